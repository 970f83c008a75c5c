/* record.h - what one line says, plain and flat.
 *
 * A record is filled by a parser from one line and borrows that line's bytes (for what the line had
 * escaped those of scratch.h): it dies with the line. Absent text is the absent slice, unknown
 * numbers are -1. Two sorts: requests (millions, folded into the tally) and everything else (few:
 * state changes, kills, restarts, operator actions).
 */
#ifndef PMT_RECORD_H
#define PMT_RECORD_H

#include "pmt/when.h"

enum pmt_kind {
    PMT_OTHER,           /* understood, but none of the following (a TCP session, a proxy notice) */
    PMT_HTTP_REQUEST,    /* one request, as an access log tells it */
    PMT_LB_SERVER_STATE, /* the balancer says a server or a whole backend changed or was checked */
    PMT_NGINX_ERROR,     /* a line of the nginx error log */
    PMT_SYSLOG,          /* a syslog line with free text */
};

/* What a balancer line says about a server. */
enum pmt_lb {
    PMT_LB_NONE,
    PMT_LB_DOWN,        /* is DOWN, by a check, an agent or an operator */
    PMT_LB_MAINT,       /* is going DOWN for maintenance; was DOWN and now enters maintenance */
    PMT_LB_DRAIN,       /* enters drain state; is stopping */
    PMT_LB_UP,          /* takes traffic again: UP, UP/READY, leaving drain */
    PMT_LB_STILL_OUT,   /* left one forced state but takes no traffic yet: DOWN/READY, UP/DRAIN */
    PMT_LB_NO_SERVER,   /* backend has no server available */
    PMT_LB_CHECK,       /* a check that succeeded, no state change */
    PMT_LB_CHECK_FAILED, /* one that failed, no state change */
    PMT_LB_INFO,        /* address or name changed, remains in ...: no availability change */
};

static inline bool pmt_lb_is_check(uint8_t lb)
{
    return lb == PMT_LB_CHECK || lb == PMT_LB_CHECK_FAILED;
}

/* What a free-text line tells (EVENT classes of the rule catalogue). */
enum pmt_event {
    PMT_EV_NONE,
    PMT_EV_OOM, PMT_EV_CRASH, PMT_EV_REBOOT, PMT_EV_CLOCK_STEP,
    PMT_EV_SERVICE_FAILED, PMT_EV_SERVICE_STOPPED, PMT_EV_SERVICE_STARTED,
    PMT_EV_SERVICE_RESTARTING,
    PMT_EV_CONFIG_CHANGE,  /* reload, puppet, package: something was changed */
    PMT_EV_DEPLOY,
    PMT_EV_OPERATOR,       /* a person did something that may have changed something */
    PMT_EV_SESSION,        /* a person logged in */
    PMT_EV_RESOURCE,       /* a limit was reached: descriptors, connections, processes */
    PMT_EV_STORAGE,        /* disk full, read-only, I/O error */
    PMT_EV_NETWORK,
    PMT_EV_UPSTREAM,       /* a request to an upstream failed */
    PMT_EV_NO_SERVER,      /* nginx: no live upstreams */
    PMT_EV_SERVER_OUT,     /* nginx: upstream server temporarily disabled */
    PMT_EV_FAILOVER, PMT_EV_LOG_GAP, PMT_EV_INFO,
};

enum pmt_severity { /* RFC 5424 6.2.1 */
    PMT_SEV_UNKNOWN = -1,
    PMT_SEV_EMERG, PMT_SEV_ALERT, PMT_SEV_CRIT, PMT_SEV_ERR,
    PMT_SEV_WARNING, PMT_SEV_NOTICE, PMT_SEV_INFO, PMT_SEV_DEBUG,
};

/* Which program's view of a request a line is: who counts when several saw it. */
enum pmt_layer { PMT_LAYER_NONE, PMT_LAYER_NGINX, PMT_LAYER_HAPROXY };

struct pmt_own;
struct pmt_parser;

struct pmt_record {
    uint8_t kind;     /* enum pmt_kind */
    uint8_t lb;       /* enum pmt_lb */
    uint8_t event;    /* enum pmt_event, set by the rules */
    uint8_t layer;    /* enum pmt_layer */
    int8_t severity;  /* enum pmt_severity */
    bool by_operator; /* the balancer line names a forced state or the CLI */
    bool agent_logged;/* the format has a user agent field (agent may still be "-") */
    bool start_known; /* `own` is when the request began (HAProxy), not when it was logged */
    bool upstream_logged; /* nginx: the format has the upstream's address or status */
    bool redispatched;    /* HAProxy: "+" before the retries, another server was tried */
    uint32_t scratch_used; /* bytes of text unescaped for this line (scratch.h) */

    struct pmt_stamp head; /* of the envelope (syslog, journald) */
    struct pmt_stamp own;  /* of the program's own line (accept date, $time_local, error log) */

    struct pmt_slice host, program;      /* from the envelope */
    int64_t pid;
    struct pmt_slice client;             /* address without port */
    struct pmt_slice method, path;       /* path with query, as logged */
    struct pmt_slice vhost;              /* $host, $server_name, the error log's server: */
    struct pmt_slice agent, referrer, forwarded_for; /* "-" is absent */
    int64_t status, bytes;
    int64_t duration_us;                 /* $request_time, Ta, Tt */
    int64_t latency_us;                  /* what the server's side took: $upstream_response_time
                                            (of all tries), Tw + Tc + Tr; -1: not told apart */
    struct pmt_slice frontend, backend, server;
    struct pmt_slice termination;        /* "SC--"; two letters for TCP */
    int64_t retries;                     /* HAProxy: connections to a server tried again */
    struct pmt_slice upstream;           /* $upstream_addr, or upstream: of the error log */
    struct pmt_slice upstream_status;    /* list as logged */
    struct pmt_slice reason;             /* balancer: why the server went; without the counts */
    int64_t active_left;                 /* balancer: active servers left */
    struct pmt_slice message;            /* free text: what follows the envelope, the error text */
    uint64_t repeats;                    /* "message repeated N times": how many more; else 0 */

    struct pmt_slice speaker; /* the program by which the rules know it, when no envelope tells */

    /* Set by pmt_parse_line: the source's own formats, for envelopes; and who read the line, or the
     * message inside its envelope. */
    const struct pmt_own *own_formats;
    const struct pmt_parser *reader;

    /* Set by the rules: which one matched and what its named groups held. */
    int16_t rule; /* index in the catalogue, -1 for none */
    struct pmt_slice subject; /* unit, process, upstream, device: what the event is about */
    struct pmt_slice actor;   /* account; never printed */
    struct pmt_slice detail;  /* a second fact: the command's program, a count, a limit */
};

/* The record with nothing known. */
void pmt_record_clear(struct pmt_record *r);

/* The stamp the line is placed by: its own if it has one, else the envelope's. */
static inline const struct pmt_stamp *pmt_record_stamp(const struct pmt_record *r)
{
    return r->own.how != PMT_STAMP_NONE ? &r->own : &r->head;
}

const char *pmt_kind_name(enum pmt_kind k);        /* "http_request" */
const char *pmt_severity_name(int severity);       /* "err"; NULL when unknown */
const char *pmt_event_name(enum pmt_event e);      /* "oom" */
const char *pmt_lb_name(enum pmt_lb lb);           /* "down" */
/* Severity from a keyword ("err", "error", "warn", "panic" ...), PMT_SEV_UNKNOWN if none. */
int pmt_severity_from_name(struct pmt_slice s);

/* One table of the fields others see: `--format records`, and what samples are checked by. */
enum pmt_field_type { PMT_FIELD_TEXT, PMT_FIELD_NUMBER };
/* What a text is, for whoever must redact it. */
enum pmt_field_sort {
    PMT_SORT_NAME,     /* of a host, program, server, service */
    PMT_SORT_CLIENT,
    PMT_SORT_CLIENTS,  /* a list of them */
    PMT_SORT_PATH,
    PMT_SORT_TEXT,     /* anything */
    PMT_SORT_SUBJECT,  /* what an event is about */
    PMT_SORT_WORD,     /* one of ours */
};
struct pmt_field {
    const char *name; /* "client_ip" */
    enum pmt_field_type type;
    enum pmt_field_sort sort;
    struct pmt_slice (*text)(const struct pmt_record *r); /* absent when unknown */
    int64_t (*number)(const struct pmt_record *r, bool *known);
};
/* In the order they are printed: host program pid severity client_ip method path status bytes
 * frontend backend server request_time_ms termination_state upstream message; behind them vhost
 * agent referrer forwarded_for upstream_status upstream_time_ms retries state active_left reason
 * event subject. NULL name ends it. */
extern const struct pmt_field pmt_fields[];

#endif
