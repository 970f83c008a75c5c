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
 *
 * In the order they are tried: the common ones first, each fails fast on the others. */
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

enum pmt_verdict pmt_haproxy_request(struct pmt_slice line, struct pmt_record *rec,
                                     struct pmt_reject *why)
{
    struct pmt_reject best = {"not a request, session or connection line of HAProxy", 0}, one;
    pthread_once(&once, compile);
    for (int i = 0; i < FORMATS; i++) {
        if (pmt_template_run(templates[i], line, rec, &one) == PMT_RECORD)
            return PMT_RECORD;
        if (one.column > best.column)
            best = one;
    }
    *why = best;
    return PMT_FOREIGN;
}
