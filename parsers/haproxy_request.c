#include "haproxy.h"
#include "pmt/template.h"

#include <assert.h>
#include <pthread.h>

/* What HAProxy writes about one request or session, as its own source has the formats
 * (haproxy/src/log.c, default_*_log_format; configuration manual 8.2):
 *
 * - httplog. The format of 1.6 and before has the same shape, with other meanings of date (%t) and
 *   timers (%Tq/%Tw/%Tc/%Tr/%Tt); httpslog (2.5) has a tail behind it. One template reads all.
 * - tcplog; tcplog clf (3.1), before httplog clf (1.7), which would read it as a request.
 * - no option at all: one fixed text per accepted connection.
 * - a connection that ended before it carried a request: src/session.c session_kill_embryonic(),
 *   with the texts of src/connection.c. "bind" is the bind line's name or number.
 * - httplog with one word of the site's own before the timers: the host asked for, or an address.
 *
 * In the order they are tried: the common ones first, each fails fast on the others. Sites put a
 * word of their own before them (a unique-id, %H), see skip_word(). */
static const char *const formats[] = {
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq "
    "%hr %hs %{+Q}r",
    "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq",
    "%ci:%cp [%t] %ft/%ID: %[fc_err_str]",
    "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- "
    "%ac %fc %bc %sc %rc %sq %bq",
    "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac "
    "%fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl",
    "Connect from %ci:%cp to %fi:%fp (%ft/%[mode])",
    "%ci:%cp [%tr] %ft %b/%s %[dst] %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc "
    "%sq/%bq %hr %hs %{+Q}r",
};
enum { FORMATS = sizeof formats / sizeof *formats };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct pmt_arena arena;
static const struct pmt_template *templates[FORMATS];

static void compile(void)
{
    for (int i = 0; i < FORMATS; i++) {
        const char *why;
        int bad =
            pmt_template_compile(PMT_DIALECT_HAPROXY, formats[i], &arena, &templates[i], &why);
        assert(!bad);
        (void)bad;
    }
}

static enum pmt_verdict run(struct pmt_slice line, struct pmt_record *rec, struct pmt_reject *why)
{
    struct pmt_reject one;
    for (int i = 0; i < FORMATS; i++) {
        if (pmt_template_run(templates[i], line, rec, &one) == PMT_RECORD)
            return PMT_RECORD;
        if (one.column > why->column)
            *why = one;
    }
    return PMT_FOREIGN;
}

/* A tab before the first blank: columns of a table stand before the client, not an address. */
static bool is_table(struct pmt_slice line)
{
    enum { NEAR = 64 };
    const char *tab = line.n ? memchr(line.p, '\t', line.n < NEAR ? line.n : NEAR) : NULL;
    return tab && !memchr(line.p, ' ', (size_t)(tab - line.p));
}

/* Behind the one word before "<address>:<port> [<date>]"; 0 when there is none, and when it is a
 * time, a priority or in brackets: those are an envelope's. */
static size_t skip_word(struct pmt_slice line)
{
    enum { NEAR = 200 };
    struct pmt_cursor c = pmt_cursor(line.n > NEAR ? pmt_slice(line.p, NEAR) : line), t = c;
    struct pmt_slice word, client;
    struct pmt_stamp ignored;
    if (!pmt_cur_until(&c, ' ', &word) || !word.n || *word.p == '<' || *word.p == '[' ||
        pmt_read_iso_stamp(&t, &ignored))
        return 0;
    size_t n = (size_t)(c.p - line.p);
    return pmt_cur_until(&c, ' ', &client) && memchr(client.p, ':', client.n) &&
                   pmt_cur_char(&c, '[')
               ? n
               : 0;
}

enum pmt_verdict pmt_haproxy_request(struct pmt_slice line, struct pmt_record *rec,
                                     struct pmt_reject *why)
{
    struct pmt_reject best = {"not a request, session or connection line of HAProxy", 0};
    pthread_once(&once, compile);
    if ((line.n && *line.p == '<') || is_table(line)) /* a priority, not a client */
        return *why = best, PMT_FOREIGN;
    /* No client begins with a quote. */
    if (line.n && *line.p != '"' && run(line, rec, &best) == PMT_RECORD)
        return PMT_RECORD;
    size_t n = skip_word(line);
    if (n && line.p[n] != '"' && run(pmt_slice(line.p + n, line.n - n), rec, &best) == PMT_RECORD)
        return PMT_RECORD;
    *why = best;
    return PMT_FOREIGN;
}
