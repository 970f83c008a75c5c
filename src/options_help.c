#include "options_parts.h"

enum { HELP_COLUMN = 29, HELP_WIDTH = 80 };

/* Appends text, which begins at `column`, wrapped at blanks; further lines begin at HELP_COLUMN. */
static void put_wrapped(struct pmt_buf *b, const char *text, size_t column)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (column > HELP_COLUMN) {
            if (column + 1 + n > HELP_WIDTH) {
                pmt_buf_printf(b, "\n%*s", HELP_COLUMN, "");
                column = HELP_COLUMN;
            } else {
                pmt_buf_puts(b, " ");
                column++;
            }
        }
        pmt_buf_put(b, text, n);
        column += n;
        text += n + strspn(text + n, " ");
    }
    pmt_buf_puts(b, "\n");
}

static void put_row(struct pmt_buf *b, const struct pmt_option_row *row)
{
    size_t begin = b->n;
    if (row->letter)
        pmt_buf_printf(b, "  -%c, --%s", row->letter, row->name);
    else
        pmt_buf_printf(b, "      --%s", row->name);
    if (pmt_option_is_optional(row))
        pmt_buf_printf(b, "[=%.*s]", (int)(strlen(row->arg) - 2), row->arg + 1);
    else if (row->arg)
        pmt_buf_printf(b, " %s", row->arg);
    size_t used = b->n - begin;
    if (used + 2 > HELP_COLUMN)
        pmt_buf_printf(b, "\n%*s", HELP_COLUMN, "");
    else
        pmt_buf_printf(b, "%*s", (int)(HELP_COLUMN - used), "");
    put_wrapped(b, row->help, HELP_COLUMN);
}

void pmt_options_help(struct pmt_buf *b, const char *version)
{
    pmt_buf_printf(b,
                   "Usage: pm-timeline [OPTION]... PATH...\n"
                   "Reads nginx, HAProxy and syslog files after an outage, drafts a post-mortem.\n"
                   "PATH is a log file, a directory, or - for standard input; logs that are\n"
                   "rotated or compressed are read too. Times are UTC.\n"
                   "\n"
                   "Options:\n");
    for (size_t i = 0; i < pmt_option_count; i++)
        put_row(b, &pmt_option_rows[i]);
    pmt_buf_printf(b,
                   "\n"
                   "Exit status:\n"
                   "  0    the draft was written, with an incident or without\n"
                   "  1    nothing could be read or understood\n"
                   "  2    the command line was wrong\n"
                   "  3    the draft was written, but some input could not be read in full\n"
                   "  4    --final: something in the report is still open\n"
                   "  10   with --exit-code: an incident was found\n"
                   "  130  interrupted\n"
                   "\n"
                   "pm-timeline %s. Manual: man pm-timeline\n",
                   version);
}

void pmt_options_intro(struct pmt_buf *b)
{
    pmt_buf_puts(b, "pm-timeline reads logs after an outage and drafts the post-mortem.\n"
                    "  pm-timeline /var/log/nginx                  read a directory\n"
                    "  pm-timeline access.log haproxy.log syslog   better: the balancer's log too\n"
                    "  journalctl -o short-iso | pm-timeline -     read the journal\n"
                    "  pm-timeline --help                          all options\n");
}
