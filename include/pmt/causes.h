/* causes.h - who gave the answer that a failed request got, as far as its own line tells; and which
 * requests were answered well only after another try.
 *
 * What a line says, and no more: the state in which HAProxy says that a request ended, the list of
 * answers that nginx got from its upstreams. Counted per second, so that what is kept is a function
 * of the set of requests: sums, moved by a map, in any order.
 */
#ifndef PMT_CAUSES_H
#define PMT_CAUSES_H

#include "pmt/record.h"
#include "pmt/series.h"

/* Kinds that are told apart per flow; past it those that stand last share one. */
enum { PMT_CAUSES_MAX = 24 };

enum pmt_by {
    PMT_BY_NOTHING,        /* no failure, and no try before it: not counted here */
    /* answered well after a try that was not */
    PMT_BY_UPSTREAM_RETRY, /* nginx asked another upstream */
    PMT_BY_SERVER_RETRY,   /* HAProxy connected once more, or to another server */
    /* the client left first; HAProxy tells what it waited for */
    PMT_BY_CLIENT,         /* nginx 499 */
    PMT_BY_CLIENT_SENDING, /* CR, cR: its own request was not complete */
    PMT_BY_CLIENT_QUEUED,  /* CQ */
    PMT_BY_CLIENT_CONNECT, /* CC */
    PMT_BY_CLIENT_WAITING, /* CH: for the answer to begin */
    PMT_BY_CLIENT_OTHER,   /* any other C or c */
    /* HAProxy, by termination state */
    PMT_BY_SERVER,         /* "--": the server's own answer, whole */
    PMT_BY_NO_SERVER,      /* SC, and no server was chosen */
    PMT_BY_CONNECT,        /* SC */
    PMT_BY_CONNECT_TIME,   /* sC */
    PMT_BY_SERVER_CLOSED,  /* SH */
    PMT_BY_SERVER_TIME,    /* sH */
    PMT_BY_SERVER_DATA,    /* SD, SL: the server's own answer, which broke off */
    PMT_BY_SERVER_STALLED, /* sD, sL */
    PMT_BY_QUEUE,          /* sQ */
    PMT_BY_SERVER_SIDE,    /* any other S or s */
    PMT_BY_INVALID,        /* PH */
    PMT_BY_DENIED,         /* PR, PT */
    PMT_BY_PROXY,          /* any other P */
    PMT_BY_PROXY_RULE,     /* L, and "--" without a server: HAProxy answered, as configured */
    PMT_BY_RESOURCE,       /* R */
    PMT_BY_INTERNAL,       /* I */
    PMT_BY_MARKED_DOWN,    /* D */
    PMT_BY_MARKED_UP,      /* U */
    PMT_BY_KILLED,         /* K */
    /* nginx */
    PMT_BY_UPSTREAM,       /* the last upstream asked gave this status */
    PMT_BY_NO_ANSWER,      /* 502 or 504: the upstream gave no valid answer, or gave it itself */
    PMT_BY_NO_LIVE,        /* no upstream of the group was live */
    PMT_BY_NGINX,          /* no upstream gave it */
    PMT_BY_UNKNOWN,        /* the format does not tell */
    PMT_BY_VARIOUS,        /* those past PMT_CAUSES_MAX */
    PMT_BY_COUNT,
};

struct pmt_cause_key {
    uint16_t status; /* 0: none, or it says nothing more */
    uint8_t by;      /* enum pmt_by */
};

struct pmt_causes {
    struct pmt_cause *v; /* sorted by `by`, then status */
    size_t n, cap, last;
};

/* What to count this request as; `by` is PMT_BY_NOTHING for most. */
struct pmt_cause_key pmt_cause_of(const struct pmt_record *r, bool bad, bool gave_up);

void pmt_causes_fini(struct pmt_causes *c);
void pmt_causes_add(struct pmt_causes *c, struct pmt_cause_key key, int64_t sec);
void pmt_causes_seal(struct pmt_causes *c);
/* As pmt_series_merge: src is left as it was, but sealed. */
void pmt_causes_merge(struct pmt_causes *dst, struct pmt_causes *src,
                      int64_t (*map)(const void *ctx, int64_t sec), const void *ctx);

struct pmt_cause_count {
    struct pmt_cause_key key;
    uint64_t n;
};
struct pmt_cause_counts {
    struct pmt_cause_count v[PMT_CAUSES_MAX + 1]; /* failed requests, most first */
    struct pmt_cause_count left[PMT_CAUSES_MAX];  /* given up by the client, most first */
    size_t n, nleft;
    uint64_t failed, gave_up, retried;
};
/* Between two seconds, both included. */
void pmt_causes_between(struct pmt_causes *c, int64_t from, int64_t to,
                        struct pmt_cause_counts *ret);

const char *pmt_by_name(enum pmt_by by);  /* "haproxy_connect" */
const char *pmt_by_state(enum pmt_by by); /* "SC"; NULL when no state of HAProxy's tells it */

#endif
