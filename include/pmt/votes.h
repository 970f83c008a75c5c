/* votes.h - which clients were served in which minute.
 *
 * One vote per client and minute, so that one noisy client cannot make an outage and a retry storm
 * is one vote. A vote carries the client's hash and the first and last second in that minute.
 * The set is kept whole up to a bound shared by the whole run (pmt_vote_budget); past it only
 * clients whose hash lies under a threshold are kept, the same threshold for every minute. While
 * the run goes on, parts of one file may hold the same vote, so the threshold is lowered a little
 * late (PMT_VOTE_SLACK); pmt_votes_settle, when all parts are joined, brings every set to the
 * highest threshold that meets the bound. So what is kept is a function of the set of requests.
 */
#ifndef PMT_VOTES_H
#define PMT_VOTES_H

#include "pmt/text.h"

#include <stdatomic.h>

enum {
    PMT_VOTE_SHIFT_MAX = 40, /* no more than one client in 2^40 is the fewest that is kept */
    PMT_VOTE_SLACK = 4,      /* while scanning, a quarter more than the limit may be kept */
};

/* Shared by all vote sets of one sort in a run. */
struct pmt_vote_budget {
    uint64_t limit;            /* votes kept at most; 0 = no limit */
    /* Votes at rest by how many top bits of their hash are 0: how many a threshold would keep. */
    _Atomic uint64_t level[PMT_VOTE_SHIFT_MAX + 1];
    _Atomic unsigned shift;    /* only clients whose top `shift` hash bits are 0 are kept */
};

struct pmt_votes {
    struct pmt_vote_minute *minutes; /* sorted */
    size_t n, cap;
    size_t last;
    uint64_t clock;
    unsigned open;
    unsigned shift;                  /* this set is thinned to */
    struct pmt_vote_budget *budget;  /* may be NULL */
};

/* A vote: 52 bits of hash, never 0, and the first and last second of the minute. */
#define PMT_VOTE_HASH(v) ((v) >> 12)
#define PMT_VOTE_FIRST(v) ((int)((v) >> 6 & 63))
#define PMT_VOTE_LAST(v) ((int)((v) & 63))

void pmt_votes_fini(struct pmt_votes *v);
/* client: any 64-bit hash of the client's address. sec: seconds since 1970. */
void pmt_votes_add(struct pmt_votes *v, uint64_t client, int64_t sec);
/* Adds a whole vote again (joins). */
void pmt_votes_put(struct pmt_votes *v, int64_t minute, uint64_t vote);
void pmt_votes_seal(struct pmt_votes *v);
/* The last word on what is kept, once every set of the budget is at rest and joined. The set
 * leaves its budget. */
void pmt_votes_settle(struct pmt_votes *v);
/* Throws out clients above a threshold. */
void pmt_votes_thin(struct pmt_votes *v, unsigned shift);
/* Adds all of src, seconds moved by map (NULL: not moved; INT64_MIN from it: left out). src is
 * emptied by it. */
void pmt_votes_merge(struct pmt_votes *dst, struct pmt_votes *src,
                     int64_t (*map)(const void *ctx, int64_t sec), const void *ctx);
/* Adds all of src and leaves it as it was (sealed). */
void pmt_votes_copy(struct pmt_votes *dst, struct pmt_votes *src);
/* Takes out the clients that have a vote in the same minute of the other set. */
void pmt_votes_without(struct pmt_votes *v, struct pmt_votes *other);
uint64_t pmt_votes_count(const struct pmt_votes *v); /* after sealing */

/* Minute i in ascending order: its number (minutes since 1970) and its votes, sorted by hash. */
const uint64_t *pmt_votes_minute(const struct pmt_votes *v, size_t i, int64_t *minute, size_t *n);
/* Index of the first minute >= minute. */
size_t pmt_votes_search(const struct pmt_votes *v, int64_t minute);

#endif
