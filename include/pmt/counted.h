/* counted.h - which requests count: every user's request once, at the outermost layer that saw it.
 *
 * Sources become *streams* (a rotation family, a layer, a host). Two streams of one layer that hold
 * the same minutes are copies: one counts. Web-server streams whose requests came through the
 * balancer count only where the balancer's logs are silent. Health checks are left out, by name or
 * by their rhythm, and what was left out is listed with its rule and count. The sources' flows are
 * consumed; everything here is in UTC.
 */
#ifndef PMT_COUNTED_H
#define PMT_COUNTED_H

#include "pmt/calibrate.h"

struct pmt_counted_service {
    struct pmt_slice name;      /* backend, vhost, or the log's name: never absent */
    struct pmt_slice frontend, backend;
    uint8_t layer;
    struct pmt_flow flow;
};

/* Something that was not counted, and by which rule. */
struct pmt_left_out {
    const char *what, *rule;
    uint64_t count;
};

struct pmt_counted {
    struct pmt_counted_service *services;
    size_t n, cap;
    struct pmt_flow *total;     /* of all services; the only service's own when there is one */
    struct pmt_flow sum;
    struct pmt_use *uses;       /* per backend and server, in UTC */
    size_t nuses, capuses;
    struct pmt_left_out *left_out;
    size_t nleft, capleft;
    const char **notes;         /* sentences: which log counts where, what is a copy of what */
    size_t nnotes, capnotes;
    uint8_t decimals;           /* of the stamps that count */
    bool layers[3];             /* enum pmt_layer: requests of it are counted */
    struct pmt_arena *arena;    /* not owned */
};

void pmt_counted_build(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                       struct pmt_arena *arena);
void pmt_counted_fini(struct pmt_counted *c);

/* Requests, failures, clients between two seconds (both included). */
struct pmt_numbers {
    uint64_t requests, failed, gave_up;
    uint64_t clients, clients_affected;
    bool clients_estimated;     /* sampled: "about" */
};
struct pmt_numbers pmt_numbers_between(struct pmt_flow *f, int64_t from, int64_t to);
/* The same without the clients, which cost a sort. */
struct pmt_numbers pmt_requests_between(struct pmt_flow *f, int64_t from, int64_t to);
/* Is there any request at all, and between which seconds? */
bool pmt_flow_span(struct pmt_flow *f, int64_t *first, int64_t *last);

#endif
