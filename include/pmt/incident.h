/* incident.h - what was found: incidents with bounds, removals, and which one is drafted. */
#ifndef PMT_INCIDENT_H
#define PMT_INCIDENT_H

#include "pmt/counted.h"
#include "pmt/coverage.h"
#include "pmt/detect.h"
#include "pmt/facts.h"

enum pmt_incident_kind { PMT_INCIDENT_ERRORS, PMT_INCIDENT_SLOW, PMT_INCIDENT_SILENCE,
                         PMT_INCIDENT_NO_SERVER,
                         PMT_INCIDENT_UPSTREAM,     /* error lines, where no request is logged */
                         PMT_INCIDENT_CONNECTIONS }; /* that ended before a request */
enum pmt_grade { PMT_GRADE_LOW, PMT_GRADE_MEDIUM, PMT_GRADE_HIGH };
enum pmt_phase_kind { PMT_PHASE_FULL, PMT_PHASE_PARTIAL, PMT_PHASE_SLOW, PMT_PHASE_NO_DATA,
                      PMT_PHASE_WELL }; /* between bursts that are one incident */

struct pmt_phase {
    enum pmt_phase_kind kind;
    int64_t from, to;            /* instants */
    uint64_t requests, failed;
};

/* What failed while an incident lasted, at all of the site. */
enum pmt_worst_kind { PMT_WORST_PATH, PMT_WORST_SERVICE, PMT_WORST_SERVER };
enum { PMT_WORST_MAX = 5 };      /* of each kind */
struct pmt_worst {
    enum pmt_worst_kind kind;
    struct pmt_slice name, of;   /* of a path: its service, absent when they are several;
                                    of a server: its backend */
    uint64_t requests, failed;
};
struct pmt_worst_list {
    struct pmt_worst *v;         /* by kind, then most failures first */
    size_t n, cap;
};

/* Paths that together hold nearly all that failed, while next to nothing failed elsewhere. */
enum { PMT_WHERE_MAX = 4 };
struct pmt_where {
    struct pmt_slice names[PMT_WHERE_MAX]; /* most failures first; or the one they all begin with */
    size_t n;                    /* 0: there are no such */
    size_t paths;                /* so many are below that one; else 0 */
    uint64_t requests, failed;
};

/* Requests that took long, or whose client left. */
struct pmt_slowness {
    int64_t from, to;            /* instants: of an incident of errors it may lie around */
    int64_t step;                /* microseconds from which on a request is slow; 0: times tell
                                    nothing here, only clients that left do */
    uint64_t slow, left, requests;
    uint64_t requests_before;    /* of a slow incident: in the time before it, */
    uint64_t bad_before;         /* and those that were slow, left or failed */
    const struct pmt_badsec *first, *last;
};

struct pmt_incident {
    enum pmt_incident_kind kind;
    enum pmt_grade severity;
    struct pmt_flow *flow;       /* the series it is told at; NULL: no_server, silence, and what
                                    lines tell that are no requests */
    int64_t start, end;          /* instants of the first and last failing request */
    int64_t good_before, good_after; /* the seconds of the nearest good requests outside; NO_TIME */
    bool ongoing, began_before;
    struct pmt_numbers numbers;  /* of that series; but the clients are all of the site. Of a slow
                                    one, clients affected are those it kept waiting */
    struct pmt_numbers site;     /* of all services */
    struct pmt_slice path;       /* it is told at the requests with this prefix; or absent */
    struct pmt_worst_list worst;
    struct pmt_where where;      /* of the series it is told at */
    struct pmt_slowness *slow;   /* of a slow incident, or beside one of errors; NULL: none */
    struct pmt_percentiles before, during, after; /* how long requests took */
    uint64_t expected;           /* requests, about, while none was logged; of connections: that
                                    the hours around it would have had */
    uint64_t lines;              /* of upstream and connections: that tell of a failure. The numbers
                                    are requests logged meanwhile, and clients these lines name */
    struct pmt_phase *phases;
    size_t nphases, capphases;
    size_t bursts;               /* so many are this one incident, with phases of PMT_PHASE_WELL in
                                    between; 0: it is one */
    struct pmt_slice services[8]; /* that failed most, most first */
    size_t nservices;
    uint8_t layer;
    const struct pmt_badsec *first, *last; /* evidence */
    const struct pmt_fact *fact; /* evidence of a no_server incident: its first and last
                                    line; of a silence: something in it that tells of it */
    const struct pmt_fact *fact_end;
    struct pmt_place silent_from, silent_to; /* evidence of a silence in it: the last line before
                                                and the first behind; line 0: not known */
    int64_t redundancy_restored; /* all removals that overlap were over; NO_TIME */
    uint8_t decimals;
};

enum pmt_removal_kind { PMT_REMOVAL_DOWN, PMT_REMOVAL_MAINTENANCE, PMT_REMOVAL_DRAIN,
                        PMT_REMOVAL_NO_TRAFFIC };

struct pmt_removal {
    struct pmt_slice backend, server;
    struct pmt_slice host;       /* of the balancer */
    enum pmt_removal_kind kind;
    bool inferred;               /* `to` (or all of it) is read from traffic, not a state line */
    bool open;                   /* no return is in the logs */
    bool began_before;           /* it was out of use when its log begins: `from` is at or before */
    bool pause;                  /* nginx passed over an upstream; it names no backend */
    int64_t from, to;            /* to = NO_TIME while open */
    uint64_t count;              /* how often it went out; of a pause: how often that was logged */
    bool flaps;                  /* it went out and came back so often that it is told as one */
    uint64_t requests;           /* NO_TRAFFIC: seconds in which it was given some all the same */
    const struct pmt_fact *out, *back; /* evidence; NULL when not told by a line */
    struct pmt_place before, behind; /* its last request before and first behind, at from and to;
                                        line 0: none, or not kept */
};

struct pmt_window {
    int64_t since, until;        /* instants; NO_TIME: open; since is inside, until is not */
};

struct pmt_findings {
    struct pmt_incident *incidents; /* by start */
    size_t n, cap;
    struct pmt_removal *removals;   /* by start */
    size_t nremovals, capremovals;
    size_t main;                    /* index, SIZE_MAX when none is to be drafted */
    struct pmt_flow **views;        /* flows of slow incidents: what was slow counts as failed; and
                                       of lines that are no requests */
    size_t nviews, capviews;
};

/* counted's flows are used, not consumed. Of what crosses an edge of the window only the part
 * inside is found and counted: it began before, or goes on. Without coverage (NULL) no silence is
 * found; with it an incident of errors next to one has it as a phase, at its start or end, too. */
void pmt_findings_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts, struct pmt_window window,
                        const struct pmt_coverage *coverage);
void pmt_findings_fini(struct pmt_findings *f);

/* Pairs the balancer's state lines into intervals per server (removals.c), and finds the servers
 * that were given nothing while the others were (removals_shares.c). */
void pmt_removals_build(struct pmt_findings *f, struct pmt_counted *counted,
                        const struct pmt_facts *facts);

/* "2022-02-26T0847Z": the start to the minute, so that it survives a redraft. */
void pmt_incident_id(const struct pmt_incident *i, struct pmt_buf *b);

/* All of it in which requests failed, as one phase as long as that: what lies between its bursts is
 * left out. */
struct pmt_phase pmt_incident_failing(const struct pmt_incident *p);

const char *pmt_incident_kind_name(enum pmt_incident_kind k);
const char *pmt_grade_name(enum pmt_grade g);
const char *pmt_phase_name(enum pmt_phase_kind k);
const char *pmt_removal_kind_name(enum pmt_removal_kind k);

#endif
