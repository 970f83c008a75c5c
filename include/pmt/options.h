/* options.h - the command line: one table of rows that parses, prints --help and is checked
 * against the manual page.
 *
 * Parsing prints nothing, opens nothing and asks nothing of the host: times and zones stay the text
 * that was typed, and are resolved by whoever knows the logs. GNU habits hold: options and paths
 * may be mixed, short flags bundle (-qf json), --long=value and --long value, "--" ends the
 * options, "-" is a path. Long names are not abbreviated.
 * Ownership: strings are borrowed from argv or lie in the arena.
 */
#ifndef PMT_OPTIONS_H
#define PMT_OPTIONS_H

#include "pmt/when.h"

enum pmt_write_as {
    PMT_FORMAT_MARKDOWN, /* "md": the draft */
    PMT_FORMAT_JSON,     /* "json": the same as data */
    PMT_FORMAT_RECORDS,  /* "records": one object per understood line */
    PMT_FORMAT_TIMESKETCH, /* "timesketch": the timeline, one object per line */
};

enum pmt_color { PMT_COLOR_AUTO, PMT_COLOR_ALWAYS, PMT_COLOR_NEVER };

/* --assume-tz [GLOB=]ZONE */
struct pmt_assume_tz {
    const char *glob; /* NULL: every log whose zone is not known otherwise */
    const char *zone; /* as typed, for pmt_zone_open */
};

/* --log-format FORMAT, --log-format-for GLOB FORMAT */
struct pmt_log_format {
    const char *glob; /* NULL: all logs */
    const char *text; /* as typed, for pmt_dialect_read */
};

/* --nginx-conf FILE, --haproxy-conf FILE, --apache-conf FILE */
struct pmt_conf_given {
    int dialect; /* enum pmt_dialect */
    const char *path;
};

enum {
    PMT_YEAR_MIN = 1970,
    PMT_YEAR_MAX = 9999,
    PMT_JOBS_MAX = 256,
};
#define PMT_LEAD_DEFAULT (14 * PMT_DAY)
#define PMT_MILLION 1000000

struct pmt_options {
    const char **paths; /* in the order given, "-" is standard input */
    size_t npaths;
    int format;         /* enum pmt_write_as */
    const char *output; /* NULL: standard output (also for "-o -") */
    const char *update; /* the report to update; NULL: none */
    const char *final;  /* the report to look through; NULL: none */
    const char *explain; /* the log to explain, the only path; NULL: none */
    bool formats;       /* list the formats; nothing is read */
    const char *keep_actors; /* file for the key of operators; NULL: none */
    bool force;
    const char *since, *until; /* NULL: not given; for pmt_timespec_resolve */
    int64_t lead;              /* microseconds */
    struct pmt_assume_tz *assume_tz; /* in the order given */
    size_t nassume_tz;
    struct pmt_log_format *log_formats; /* in the order given */
    size_t nlog_formats;
    struct pmt_conf_given *confs; /* in the order given */
    size_t nconfs;
    const char **notes; /* files of notes, in the order given */
    size_t nnotes;
    const char **journals; /* the paths that must hold a journal, in the order given */
    size_t njournals;
    const char **parsers; /* files of a format each, in the order given */
    size_t nparsers;
    const char **rules; /* files of event rules, in the order given */
    size_t nrules;
    const char *display_tz; /* NULL: UTC alone */
    int year;               /* 0: not given */
    int jobs;               /* 0: as many as there are processors */
    const char *incident;   /* NULL: the main one */
    const char *invalid;    /* NULL: not wanted */
    int allowed;            /* --slo: so many requests in a million may fail; 0: not given */
    bool no_redact;
    bool exit_code;
    bool quiet, verbose; /* never both */
    int color;           /* enum pmt_color */
    bool help, version;  /* whichever came first; what stands behind it was not looked at */
};

/* 0; or -1 with *error one line on what is wrong and what to do, in the arena, without the
 * program's name: the caller prints it (it holds what was typed: escape it) and exits with 2.
 * *ret is untouched on failure. No argument at all is no error: npaths is 0 and the caller shows
 * pmt_options_intro. */
int pmt_options_parse(int argc, char **argv, struct pmt_arena *arena, struct pmt_options *ret,
                      const char **error);

/* What --help prints: usage, the options, the exit statuses. */
void pmt_options_help(struct pmt_buf *b, const char *version);
/* Five lines for who typed the bare name. */
void pmt_options_intro(struct pmt_buf *b);

#endif
