/* facts_helpers.h - sources made by hand, each a tally with maps that leave times as they are. */
#ifndef PMT_FACTS_HELPERS_H
#define PMT_FACTS_HELPERS_H

#include "pmt/facts.h"

#include "tally_helpers.h"

static inline struct pmt_scanned scanned_of(struct pmt_tally *t, const char *host)
{
    struct pmt_scanned s = {.tally = t, .host = pmt_str(host)};
    pmt_tally_seal(t);
    s.maps = pmt_alloc((t->nclocks + 1) * sizeof *s.maps);
    for (size_t c = 0; c < t->nclocks; c++)
        s.maps[c] = pmt_alloc((t->clocks[c].n + 1) * sizeof *s.maps[c]);
    return s;
}

static inline void scanned_fini(struct pmt_scanned *s)
{
    for (size_t c = 0; c < s->tally->nclocks; c++)
        free(s->maps[c]);
    free(s->maps);
    pmt_tally_free(s->tally);
}

/* One balancer line about be/<server>, by process `pid` of `host` (NULL: not named). */
static inline void state_made(struct made *m, const char *host, int64_t pid, int64_t t, int lb,
                              const char *server, const char *words)
{
    made_clear(m);
    m->rec.kind = PMT_LB_SERVER_STATE;
    m->rec.lb = (uint8_t)lb;
    m->rec.pid = pid;
    m->rec.head = stamp_of(t, PMT_STAMP_ZONED, 0, 0);
    m->rec.host = pmt_str(host);
    m->rec.backend = PMT_SLICE("be");
    m->rec.server = pmt_str(server);
    snprintf(m->line, sizeof m->line, "Server be/%s %s", server ? server : "-", words);
    m->rec.message = pmt_str(m->line);
}

static inline void state_add(struct pmt_tally *t, const char *host, int64_t pid, int64_t at, int lb,
                             const char *server, const char *words)
{
    static struct made m;
    state_made(&m, host, pid, at, lb, server, words);
    tally_made(t, &m, t->lines + 1);
}

#endif
