/* tally.h - what is kept of the lines of one source: counts, votes, failing seconds, marks and
 * coverage.
 *
 * The scan reads each stamp as the log wrote it. A *clock* is (host named in the line, which stamp
 * of the line); its tally is a list of *segments* in line order. A new segment begins where the
 * stamp steps back by more than PMT_STEP_BACK against the line before, or jumps by half a year
 * (a year-less stamp across New Year). Lines that carry their offset need no segments: they are
 * kept in UTC at once, in one segment.
 *
 * pmt_tally_append(a, b): b follows a in the same source; associative. What is kept is a function
 * of the set of lines, never of the partition. Nothing here knows a zone or a year that the line
 * did not name. Only pmt_tally_new allocates the tally; pmt_tally_free frees it.
 */
#ifndef PMT_TALLY_H
#define PMT_TALLY_H

#include "pmt/causes.h"
#include "pmt/latency.h"
#include "pmt/minutes.h"
#include "pmt/paths.h"
#include "pmt/prints.h"
#include "pmt/record.h"
#include "pmt/rules.h"
#include "pmt/series.h"
#include "pmt/source.h"
#include "pmt/votes.h"

enum {
    PMT_EXCERPT_MAX = 240,       /* bytes of a line kept as evidence */
    PMT_TEXTS_MAX = 2048,        /* failing seconds per segment and service that keep their text */
    PMT_MARKS_MAX = 60000,       /* marks kept per source, half of them for those that fold; past
                                    it they are counted and reported */
    PMT_SERVICES_MAX = 256,      /* services told apart per segment; per layer the rest share one */
    PMT_OFFSETS_MAX = 128,       /* spans of offsets per segment */
    PMT_USES_MAX = 256,          /* servers whose share is watched, per segment */
    PMT_SPELLS_MAX = 4096,         /* spells of use per server; past it the widest silences stay */
    PMT_CHECKS_MAX = 64,         /* candidates for nameless health checks per segment */
    PMT_TROUBLES_MAX = 64,       /* sites and frontends whose error lines are told apart, per
                                    segment; of each sort the rest share one */
    PMT_REJECTS_KEPT = 3,        /* lines not understood that are kept with their reason */
    /* Against lines made up to exhaust memory. Past these, and only there, what is kept depends on
     * which came first. */
    PMT_CLOCKS_MAX = 16384,      /* hosts (and stamps) told apart per source; the rest share one */
    PMT_SEGMENTS_MAX = 16384,    /* per source; past it steps back begin no new segment */
};
#define PMT_STEP_BACK (10 * PMT_MINUTE)
#define PMT_HALF_YEAR (182 * PMT_DAY)
#define PMT_USE_GAP (2 * PMT_MINUTE) /* a silence of this length parts two spells of use */

/* Which stamp of a line a clock is. */
enum pmt_which {
    PMT_CLOCK_HEAD, PMT_CLOCK_ACCEPT, PMT_CLOCK_ACCESS, PMT_CLOCK_ERROR, PMT_CLOCK_OWN,
};

/* What of a line it is, for people: "heads of lines", "requests". */
const char *pmt_which_told(enum pmt_which which);

/* One second (wall or UTC, as its segment) in which something failed. */
struct pmt_badsec {
    int64_t sec;
    int32_t first_us, last_us;       /* of the first and last failing request in it */
    uint64_t first_line, last_line;
    uint32_t first_path, last_path;  /* marks of the prefixes they asked for; 0: none */
    struct pmt_badtext *text;        /* excerpts of those two lines, or NULL (thinned) */
    int32_t source;                  /* set at the join: index of the source */
};
struct pmt_badtext {
    uint8_t first_n, last_n;
    char first[PMT_EXCERPT_MAX], last[PMT_EXCERPT_MAX];
};

/* Which requests hardly served their client, failures left aside. Each is of one sort. */
enum pmt_slow {
    PMT_SLOW_LEFT,  /* the client gave up */
    PMT_SLOW_1,     /* took a second or more, but less than four; and so on */
    PMT_SLOW_4,
    PMT_SLOW_16,
    PMT_SLOW_SORTS,
};

/* Requests of one service: everything that is counted. */
struct pmt_flow {
    struct pmt_series series;
    struct pmt_votes ok, failed;
    struct pmt_causes causes;
    struct pmt_latency latency;
    /* What was slow, each sort as though it had failed (PMT_BAD of the series, failed, bad); NULL
     * where there was none, so that a quick site pays nothing. */
    struct pmt_flow *slow[PMT_SLOW_SORTS];
    struct pmt_vote_budget *slow_budget; /* may be NULL */
    struct pmt_badsec *bad;          /* sorted by sec */
    size_t nbad, capbad;
    unsigned texts, text_shift;      /* texts kept: first and last in cells of 2^shift seconds */
    unsigned searched;               /* it has no ok votes, and is one of so many such flows that
                                        are searched; 0: it has them */
    bool by_requests;                /* of such a flow: its clients cannot be told apart */
};

struct pmt_service {
    uint64_t key;          /* hash of what it is; those with the smallest keys are told apart */
    struct pmt_slice name; /* HAProxy: the backend; nginx: the vhost, else the pool of an
                              ingress, or absent */
    struct pmt_slice frontend, backend;
    uint8_t layer;         /* enum pmt_layer */
    struct pmt_flow flow;
};

/* Requests of one peer for one path without a user agent, or of a known checking agent: kept apart
 * until it is known whether they are checks. */
struct pmt_check {
    uint64_t key;            /* hash of peer and path; candidates with the smallest keys are kept */
    struct pmt_slice peer, path, agent; /* agent: name of the known agent, else absent */
    uint64_t count;
    uint32_t service;        /* where it goes back when it is no check */
    struct pmt_flow flow;
};

/* What failed, by lines that are no requests: they tell nothing of what succeeded. */
enum pmt_trouble_sort {
    PMT_TROUBLE_UPSTREAM,   /* an error log: a client's request got no answer from an upstream, or
                               from one of several */
    PMT_TROUBLE_CONNECTION, /* a client's connection ended before it carried a request */
};
struct pmt_trouble {
    uint64_t key;           /* hash of both; those with the smallest are told apart */
    uint8_t sort;           /* enum pmt_trouble_sort */
    struct pmt_slice name;  /* the site as its server calls it; the frontend; or absent */
    struct pmt_flow flow;   /* every line as a failure, when it was logged */
};
struct pmt_troubles {
    struct pmt_trouble *v;
    size_t n, cap;
    struct pmt_digest *digests;        /* of these lines: is another source the same stream? */
    size_t ndigests, capdigests;
};

/* Requests that a server was given with no silence of PMT_USE_GAP among them. */
struct pmt_spell {
    int64_t first, last;               /* when they came; as its segment keeps time */
    uint64_t first_line, last_line;
    uint32_t first_source, last_source; /* set at the join: index of the source */
    int64_t done;                      /* when it had answered all of them */
};

/* When a server was given requests, or TCP sessions: one of a HAProxy backend, or an upstream that
 * nginx names. */
struct pmt_use {
    uint64_t key;                      /* hash of all three; those with the smallest are watched */
    uint8_t layer;                     /* enum pmt_layer */
    struct pmt_slice backend, server;  /* nginx: as the service's name; the address that
                                          answered */
    struct pmt_slice host;             /* of the balancer; set at the join */
    struct pmt_series series;          /* bad: those of a session that got no connection, too */
    struct pmt_spell *spells;              /* sorted, apart by PMT_USE_GAP */
    size_t nspells, capspells;
};

/* An offset that was in force, and the instants between which so many lines showed it. Spans are
 * kept apart by calendar cells shorter than any summer time, so that none hides another in its
 * middle; a cell's spans of one offset are one. */
struct pmt_offset_span {
    int32_t offset;                    /* seconds east of UTC */
    int64_t min, max;
    uint64_t n;
};
#define PMT_OFFSET_CELL (48 * PMT_DAY)
struct pmt_offsets {
    struct pmt_offset_span *v;         /* sorted by cell, then offset */
    uint32_t n, cap, last;
};

struct pmt_segment {
    uint8_t how;                       /* enum pmt_stamp_how of its lines */
    uint8_t decimals;                  /* most seen */
    uint64_t first_line, last_line, lines;
    int64_t first_key, last_key;       /* first and last stamp in line order (request end) */
    int64_t min, max;                  /* earliest and latest stamp */
    struct pmt_offsets offsets;        /* ZONED: that its lines carried */
    struct pmt_offsets paired;         /* else: that the other stamp of the same lines showed */
    /* YEARLESS envelope: the year that the line's own stamp carries, first seen. 0 = none. */
    int32_t pair_year;
    /* So many quarter hours the envelope is ahead of the line's own stamp, first seen, when neither
     * has a zone; `beside`: it is known. */
    bool beside;
    int16_t beside_quarters;
    bool leap_day;                     /* YEARLESS: lines of Feb 29 are in it */
    struct pmt_minutes minutes;        /* that hold lines, as the segment keeps time */
    struct pmt_service *services;      /* sorted by layer, name, frontend, backend once sealed */
    size_t nservices, capservices;
    size_t last_service;
    struct pmt_paths *paths;           /* what they were asked for, but by candidates for checks; or
                                          NULL */
    struct pmt_check *checks;          /* sorted by key */
    size_t nchecks, capchecks;
    struct pmt_use *uses;              /* sorted by backend and server once sealed */
    size_t nuses, capuses, last_use;
    struct pmt_digest *digests;        /* sorted by minute: is another source the same stream? */
    size_t ndigests, capdigests;
    struct pmt_troubles *troubles;     /* lines that tell of failures; NULL: none */
    struct pmt_prints prints;          /* by when the request ended: what other clocks saw too */
    struct pmt_prints faults;          /* client, method and path of requests answered with 400 and
                                          above, or that an error line names: by the line's time */
};

/* A minute of requests: how many, and a commutative sum of hashes of their lines. */
struct pmt_digest {
    int64_t minute;
    uint32_t count, checks;            /* requests, and those of them that may be health checks */
    uint64_t sum;
};

struct pmt_clock {
    struct pmt_slice host;
    uint8_t which;                     /* enum pmt_which */
    struct pmt_segment *segments;
    size_t n, cap;
};

/* A fact that is kept whole. Repeats of the same fact in the same minute are folded. */
struct pmt_mark {
    uint32_t clock, segment;
    int64_t wall, last_wall;           /* as its segment keeps time */
    uint64_t line;                     /* of the first; last in the source */
    uint64_t count;
    uint64_t payload;                  /* hash of the message: the same fact in another source */
    uint8_t kind, lb, event, decimals;
    int8_t severity;
    bool by_operator, foldable, timeless;
    int16_t rule;
    int64_t pid, active_left;
    struct pmt_slice host, program, backend, server, subject, detail, reason, client, upstream;
    uint64_t actor;                    /* hash of the account, 0 = none */
    struct pmt_slice account;          /* behind actor; for --keep-actors and nothing else */
    struct pmt_slice excerpt;
};

struct pmt_rejected {
    uint64_t line;
    const char *why;
    size_t column;
    struct pmt_slice excerpt;
};

struct pmt_tally {
    struct pmt_arena arena;
    struct pmt_clock *clocks;
    size_t nclocks, capclocks;
    size_t last_clock[5];
    size_t nsegments;                  /* of all clocks */
    uint32_t *clock_index;             /* hash table of clocks, index + 1; NULL when sealed */
    size_t nclock_index;
    struct pmt_mark *marks;            /* by the line they were first seen in */
    size_t nmarks, capmarks;
    size_t nfoldable;                  /* so many of them fold */
    uint64_t fold_cut;                 /* facts that fold are kept up to this rank; 0 = all */
    uint64_t marks_dropped;
    uint32_t *fold;                    /* hash table of those, index + 1; NULL when sealed */
    size_t nfold;
    /* coverage */
    uint64_t lines, understood, undated, not_understood, late;
    struct pmt_rejected rejects[PMT_REJECTS_KEPT];
    unsigned nrejects;
    uint64_t kinds[5], layers[3];      /* records by kind, and requests by layer */
    struct pmt_agent_cache *agents;    /* scan only: answers for user agents seen lately */
    /* Shared by the run; not owned. */
    struct pmt_vote_budget *ok_budget, *failed_budget, *slow_budget;
};

struct pmt_tally *pmt_tally_new(struct pmt_vote_budget *ok, struct pmt_vote_budget *failed);
void pmt_tally_free(struct pmt_tally *t);

/* One understood line. raw is the whole line, for the excerpt. rec may hold a rule's findings. */
void pmt_tally_add(struct pmt_tally *t, const struct pmt_record *rec, const struct pmt_line *line);
/* A line that is of the format but says nothing (silent), or that no parser understood. */
void pmt_tally_silent(struct pmt_tally *t);
void pmt_tally_reject(struct pmt_tally *t, const struct pmt_line *line, const char *why,
                      size_t column);
/* b follows a in the same source; its line numbers are moved by a's. Frees b. */
void pmt_tally_append(struct pmt_tally *a, struct pmt_tally *b);
/* Nothing more will be added: brings everything to rest. */
void pmt_tally_seal(struct pmt_tally *t);

/* Is this request a failure on the server's side, and did the client leave first? */
bool pmt_request_bad(const struct pmt_record *r);
bool pmt_request_gave_up(const struct pmt_record *r);

/* Adds a span; of more than PMT_OFFSETS_MAX the last are given up. */
void pmt_offsets_add(struct pmt_offsets *o, const struct pmt_offset_span *add);

/* One more spell, or a part of one: what is nearer than PMT_USE_GAP is one. */
void pmt_use_add(struct pmt_use *u, const struct pmt_spell *add);
void pmt_use_fini(struct pmt_use *u);

/* ---- flows ------------------------------------------------------------------------------- */

/* What a flow is told of one request. */
struct pmt_hit {
    int64_t t;          /* when it began, as its segment keeps time */
    bool bad, gave_up;
    int64_t latency;    /* microseconds that its client waited for the server's side; -1 */
    uint64_t client;    /* hash of the address; 0: not known */
    struct pmt_cause_key cause;
    uint32_t path;      /* mark of its prefix; 0: none */
};

void pmt_flow_fini(struct pmt_flow *f);
void pmt_flow_add(struct pmt_flow *f, const struct pmt_hit *h, const struct pmt_line *line);
/* Adds all of src to dst, with times moved by map (PMT_DROP leaves out); bad seconds get `source`
 * when it is not negative, and their lines are moved. src is emptied of its texts and votes. */
void pmt_flow_merge(struct pmt_flow *dst, struct pmt_flow *src,
                    int64_t (*map)(const void *ctx, int64_t sec), const void *ctx, int32_t source,
                    uint64_t add_lines);
/* Adds all of src to dst and leaves src as it was. */
void pmt_flow_copy(struct pmt_flow *dst, struct pmt_flow *src);
/* The same into an empty dst, as though requests of these sorts (1 << enum pmt_slow) had failed;
 * a client's vote of a minute is then either ok or failed. */
void pmt_flow_copy_slow(struct pmt_flow *dst, struct pmt_flow *src, unsigned sorts);
void pmt_flow_seal(struct pmt_flow *f);
/* The last word on the votes that are kept (pmt_votes_settle). */
void pmt_flow_settle(struct pmt_flow *f);
/* Index of the first failing second >= sec. */
size_t pmt_flow_search(const struct pmt_flow *f, int64_t sec);

#endif
