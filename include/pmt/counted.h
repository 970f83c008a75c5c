/* counted.h - which requests count: every user's request once, at the outermost layer that saw it.
 *
 * Sources become *streams* (a rotation family, a layer, a host). Two sources of one layer that hold
 * the same minutes are copies: each minute counts in the one that holds most of it. Web-server
 * streams whose requests came through the balancer count only where the balancer's logs are silent.
 * Health checks are left out, by name or by their rhythm, and what was left out is listed with its
 * rule and count. The sources' flows are consumed; everything here is in UTC.
 */
#ifndef PMT_COUNTED_H
#define PMT_COUNTED_H

#include "pmt/calibrate.h"

/* Requests of a service with one prefix; they are in the service's flow, too. */
struct pmt_part {
    struct pmt_slice prefix;
    uint64_t requests, bad;     /* at any time */
    struct pmt_flow flow;       /* no ok votes; no failing seconds until asked for */
};

struct pmt_counted_service {
    struct pmt_slice name;      /* backend, vhost, or the log's name: never absent */
    struct pmt_slice frontend, backend;
    uint8_t layer;
    struct pmt_flow flow;
    struct pmt_part *parts;     /* that failed, and are not nearly all of it; by prefix */
    size_t nparts, capparts;
};
enum {
    PMT_PARTS_MAX = 128,        /* of a service; more, and those that failed most are watched */
    PMT_PART_BAD = 6,           /* fewer failures are no incident */
    PMT_PART_SHARE = 90,        /* percent of a service's requests: more is all of it */
};

/* What failed by lines that are no requests, every line once. Of requests that had no answer from
 * an upstream only those of a time in which no log of requests tells more. */
struct pmt_counted_trouble {
    uint8_t sort;               /* enum pmt_trouble_sort */
    struct pmt_slice name;      /* the site, the frontend, or the log's name: never absent */
    struct pmt_flow flow;       /* failures only */
    int64_t from, to;           /* seconds: first and last line of the logs that would tell */
};

/* Something that was not counted, and by which rule. */
enum pmt_left_rule {
    PMT_LEFT_AGENT,  /* name: what people call the agent; a literal */
    PMT_LEFT_RHYTHM, /* name: the path, as logged, that one peer asks for at a constant interval */
};
struct pmt_left_out {
    enum pmt_left_rule rule;
    struct pmt_slice name;
    uint64_t count;
};

enum pmt_count_note {
    PMT_NOTE_COPY,             /* `log` holds the same requests as `other` */
    PMT_NOTE_THROUGH_BALANCER, /* `log` counts only where the balancer's log is silent */
};
struct pmt_note {
    enum pmt_count_note kind;
    const char *log, *other;   /* as shown; other may be NULL */
};

struct pmt_counted {
    struct pmt_counted_service *services;
    size_t n, cap;
    struct pmt_part *parts;     /* of prefixes that several services have: all of their requests */
    size_t nparts, capparts;
    struct pmt_flow *total;     /* of all services; the only service's own when there is one */
    struct pmt_flow sum;
    struct pmt_counted_trouble *troubles; /* by sort, then name */
    size_t ntroubles, captroubles;
    struct pmt_use *uses;       /* per balancer, backend and server, in UTC */
    size_t nuses, capuses;
    struct pmt_left_out *left_out;
    size_t nleft, capleft;
    struct pmt_note *notes;     /* which log counts where, what is a copy of what */
    size_t nnotes, capnotes;
    uint8_t decimals;           /* of the stamps that count */
    bool layers[3];             /* enum pmt_layer: requests of it are counted */
    struct pmt_arena *arena;    /* not owned */
};

void pmt_counted_build(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                       struct pmt_arena *arena);
void pmt_counted_fini(struct pmt_counted *c);
/* Adds up what the services have of a part of several; and forgets it. */
void pmt_part_unite(struct pmt_counted *c, struct pmt_part *p);
void pmt_part_forget(struct pmt_part *p);
/* Finds the failing seconds of a part, what is known of their lines and who answered then; and
 * forgets it. */
void pmt_part_open(struct pmt_counted_service *s, struct pmt_part *p);
void pmt_part_close(struct pmt_part *p);

/* Requests, failures, clients between two seconds (both included). */
struct pmt_numbers {
    uint64_t requests, failed, gave_up;
    uint64_t clients, clients_affected;
    uint64_t clients_sample;         /* so many clients tell, of which all are estimated; 0: all */
    bool clients_estimated;     /* sampled: "about" */
};
struct pmt_numbers pmt_numbers_between(struct pmt_flow *f, int64_t from, int64_t to);
/* The same without the clients, which cost a sort. */
struct pmt_numbers pmt_requests_between(struct pmt_flow *f, int64_t from, int64_t to);
/* Is there any request at all, and between which seconds? */
bool pmt_flow_span(struct pmt_flow *f, int64_t *first, int64_t *last);

#endif
