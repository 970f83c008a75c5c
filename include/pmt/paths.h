/* paths.h - requests told apart by what their path begins with.
 *
 * A *prefix* is what tells what was asked for, without whom or what it was asked about:
 * "/checkout", "/api/v1/orders", "/de/cart". What is counted under it is counted in the flow of its
 * service, too; here it is kept small, so that very many may be told apart and no path that matters
 * is lost among those of a site whose paths begin with names: the counts per second, and which
 * clients failed when. Of more than PMT_PATHS_MAX those with the smallest keys are told apart:
 * whoever is among them at the end was among them all the time. The words that most sites use have
 * small keys.
 */
#ifndef PMT_PATHS_H
#define PMT_PATHS_H

#include "pmt/trace.h"
#include "pmt/votes.h"

enum {
    PMT_PATHS_MAX = 16384,   /* prefixes told apart per segment, of all its services */
    PMT_PREFIX_SEGMENTS = 3, /* of a path make a prefix, at most */
    PMT_PREFIX_WORD = 24,    /* bytes; a longer segment is somebody's or something's name */
};

/* Requests of one service with one prefix. */
struct pmt_path {
    uint64_t key;
    uint64_t service;         /* the service's key */
    struct pmt_slice prefix;
    uint64_t bad;             /* failures */
    struct pmt_trace trace;
    struct pmt_votes *failed; /* NULL: none */
};

struct pmt_paths {
    struct pmt_path *v;       /* by key once sealed */
    size_t n, cap;
    size_t last;              /* that was asked for last */
    uint64_t cut;             /* larger keys are not told apart; 0: all are */
    uint32_t *index;          /* hash table of them, index + 1; NULL when there is none */
    size_t nindex;
};

/* What a path, as logged, begins with; absent when that is nothing that tells. Borrowed. */
struct pmt_slice pmt_path_prefix(struct pmt_slice path);
uint64_t pmt_prefix_hash(struct pmt_slice prefix);
/* A short name of a prefix, by its hash; never 0. */
static inline uint32_t pmt_prefix_mark(uint64_t hash)
{
    return (uint32_t)hash | 1;
}

void pmt_paths_fini(struct pmt_paths *p);
/* The requests with this prefix, whose hash that is; NULL when it is not told apart. */
struct pmt_path *pmt_paths_find(struct pmt_paths *p, struct pmt_arena *arena, uint64_t service,
                                struct pmt_slice prefix, uint64_t hash);
/* A client failed; of those above the threshold nothing is kept. */
void pmt_path_failed(struct pmt_path *p, uint64_t client, int64_t sec, unsigned shift);
/* Adds all of src; its prefixes live on in the arena that they were made in. */
void pmt_paths_merge(struct pmt_paths *dst, struct pmt_paths *src, struct pmt_arena *arena);
/* Brings everything to rest, and thins to the threshold of the clients that failed. last: nothing
 * more will come. */
void pmt_paths_seal(struct pmt_paths *p, unsigned shift, bool last);

#endif
