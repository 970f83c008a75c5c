#include "options_parts.h"

#include "pmt/template.h"

static const char *const formats[] = {"md", "json", "records", "timesketch", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

#define AT(field) offsetof(struct pmt_options, field)

const struct pmt_option_row pmt_option_rows[] = {
    {'o', "output", TEXT, AT(output), "FILE",
     "write to FILE instead of standard output; to a folder (DIR/) one file per incident; existing "
     "files are kept",
     NULL, 0, 0, 0},
    {0, "update", TEXT, AT(update), "REPORT",
     "write anew what is generated in the draft REPORT, about the same incident; what people wrote "
     "stays",
     NULL, 0, 0, 0},
    {0, "final", TEXT, AT(final), "REPORT",
     "read no log: list what is still open in REPORT", NULL, 0, 0, 0},
    {0, "explain", TEXT, AT(explain), "FILE",
     "draft nothing: show how FILE is read, its format and why, lines field by field, and what is "
     "not understood",
     NULL, 0, 0, 0},
    {0, "force", FLAG, AT(force), NULL,
     "let --output, --invalid and --keep-actors replace existing files, and --update what was "
     "edited by hand",
     NULL, 0, 0, 0},
    {'f', "format", WORD, AT(format), "FORMAT",
     "md: the draft (default); json: the same as data; records: every line that was understood, "
     "one JSON object each; timesketch: the timeline as Timesketch imports it",
     formats, 0, 0, 0},
    {0, "formats", FLAG, AT(formats), NULL, "list the formats that are read, with a line of each",
     NULL, 0, 0, 0},
    {0, "since", TEXT, AT(since), "TIME",
     "draft and count incidents from TIME on: 2022-02-26T08:47, 2022-02-26, 14:00 (last day in the "
     "logs), -3h (before the last line), @1645866904",
     NULL, 0, 0, 0},
    {0, "until", TEXT, AT(until), "TIME", "draft and count incidents before TIME", NULL, 0, 0, 0},
    {0, "lead", DURATION, AT(lead), "DURATION",
     "how long before an incident its lead-up is looked for: 14d (default), 36h, 90m, 0", NULL, 0,
     0, 0},
    {0, "incident", TEXT, AT(incident), "ID",
     "draft this incident instead of the main one (the newest, unless one of the day before failed "
     "ten times as many requests); the draft lists the IDs", NULL, 0, 0, 0},
    {0, "slo", PERCENT, AT(allowed), "PERCENT",
     "share of requests that are to succeed, such as 99.9: say when burn-rate alerts would have "
     "fired, and how much of the budget was used",
     NULL, 0, 0, 0},
    {0, "notes", NOTES, AT(notes), "FILE",
     "merge what people noted into the draft, one note a line: 2022-02-26 12:15 EAT - escalated to "
     "the database team #escalated; may be repeated",
     NULL, 0, 0, 0},
    {0, "assume-tz", ZONE_FOR, AT(assume_tz), "[GLOB=]ZONE",
     "zone of logs that do not write theirs, such as Africa/Nairobi or +03:00; with GLOB only for "
     "hosts, or else files, that match; may be repeated",
     NULL, 0, 0, 0},
    {0, "log-format", LOG_FORMAT, AT(log_formats), "FORMAT",
     "the logs are written in FORMAT, a log_format of nginx, a log-format of HAProxy or a "
     "LogFormat of Apache; nginx:, haproxy: or apache: before it says which; may be repeated",
     NULL, 0, 0, 0},
    {0, "log-format-for", LOG_FORMAT_FOR, AT(log_formats), "GLOB FORMAT",
     "the same for logs whose name matches GLOB; may be repeated", NULL, 0, 0, 0},
    {0, "nginx-conf", CONF, AT(confs), "FILE",
     "read the formats of logs in this nginx.conf and what it includes, and which log has which; "
     "found by itself among the logs, and in /etc for logs in /var/log; may be repeated",
     NULL, PMT_DIALECT_NGINX, 0, 0},
    {0, "haproxy-conf", CONF, AT(confs), "FILE", "the same of a haproxy.cfg or a folder of them",
     NULL, PMT_DIALECT_HAPROXY, 0, 0},
    {0, "apache-conf", CONF, AT(confs), "FILE", "the same of an apache2.conf or httpd.conf", NULL,
     PMT_DIALECT_APACHE, 0, 0},
    {0, "journal", JOURNAL, AT(journals), "DIR",
     "read the journal of systemd in DIR, such as /var/log/journal, as if DIR were a PATH; may be "
     "repeated",
     NULL, 0, 0, 0},
    {0, "parser", PARSER, AT(parsers), "FILE",
     "read the format that FILE describes (JSON: a regular expression, a time format, samples); "
     "may be repeated",
     NULL, 0, 0, 0},
    {0, "rules", RULES, AT(rules), "FILE",
     "tell the events that FILE describes (JSON: a list of rules) before those built in; may be "
     "repeated",
     NULL, 0, 0, 0},
    {0, "display-tz", TEXT, AT(display_tz), "ZONE",
     "show times in ZONE beside UTC; --since and --until without a zone are read in it",
     NULL, 0, 0, 0},
    {0, "year", NUMBER, AT(year), "YEAR",
     "year of the newest line in logs that do not write theirs",
     NULL, PMT_YEAR_MIN, PMT_YEAR_MAX, 0},
    {'j', "jobs", NUMBER, AT(jobs), "N", "read with N threads; 0: one per processor (default)",
     NULL, 0, PMT_JOBS_MAX, 0},
    {0, "invalid", TEXT, AT(invalid), "FILE",
     "write the lines that were not understood to FILE, with file, line and reason", NULL, 0, 0, 0},
    {0, "no-redact", FLAG, AT(no_redact), NULL,
     "keep client addresses, query strings, credentials and account names as logged", NULL, 0, 0,
     0},
    {0, "keep-actors", TEXT, AT(keep_actors), "FILE",
     "write which operator of the draft is which account to FILE, which only you may read", NULL, 0,
     0, 0},
    {0, "exit-code", FLAG, AT(exit_code), NULL, "exit with 10 when an incident was found", NULL, 0,
     0, 0},
    {'q', "quiet", FLAG, AT(quiet), NULL, "print errors only", NULL, 0, 0, 0},
    {'v', "verbose", FLAG, AT(verbose), NULL,
     "say more about what is read, and how the times of each clock are known", NULL, 0, 0, 0},
    {0, "color", WORD, AT(color), "[WHEN]",
     "color messages: auto (default), always, never; --color alone is always", colors, 0, 0,
     PMT_COLOR_ALWAYS},
    {'h', "help", FLAG, AT(help), NULL, "print this help", NULL, 0, 0, 0},
    {'V', "version", FLAG, AT(version), NULL, "print the version", NULL, 0, 0, 0},
};
const size_t pmt_option_count = sizeof pmt_option_rows / sizeof *pmt_option_rows;
