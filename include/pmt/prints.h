/* prints.h - fingerprints of requests: what makes two clocks comparable though no request is kept.
 *
 * Of each day the PMT_PRINTS_MAX requests with the smallest hash are kept, so two logs that saw
 * the same requests keep the same ones. What is kept is a function of the set of requests, never of
 * their order or partition. A print's time is when the request ended, as its clock wrote it.
 */
#ifndef PMT_PRINTS_H
#define PMT_PRINTS_H

#include "pmt/text.h"

enum {
    PMT_PRINTS_MAX = 4096,
    PMT_PRINTS_BUSY = 256, /* keys seen more often in a day are passed over */
};

struct pmt_print {
    uint64_t hash; /* of what both logs write alike: method, path with query, status */
    int64_t t;     /* microseconds, wall or UTC as the clock keeps time */
};

struct pmt_print_day;
struct pmt_prints {
    struct pmt_print_day *days; /* sorted */
    size_t n, cap, last;
};

void pmt_prints_fini(struct pmt_prints *p);
void pmt_prints_add(struct pmt_prints *p, uint64_t hash, int64_t t);
/* Adds all of src; src is left as it was. */
void pmt_prints_merge(struct pmt_prints *dst, const struct pmt_prints *src);
/* Adds src with times moved by map (INT64_MIN from it: left out). src is sealed and stays. */
void pmt_prints_move(struct pmt_prints *dst, const struct pmt_prints *src,
                     int64_t (*map)(const void *ctx, int64_t t), const void *ctx);
/* Cuts every day to its smallest hashes and frees what is not needed. */
void pmt_prints_seal(struct pmt_prints *p);
size_t pmt_prints_count(const struct pmt_prints *p);

/* What two clocks that logged the same requests show of each other. */
struct pmt_pairing {
    int32_t quarters;   /* a's time is so many quarter hours ahead of b's ... */
    int64_t rest;       /* ... and so many microseconds (median of the matches) */
    int64_t spread;     /* median distance of a match from that median */
    size_t matched;     /* keys that agree on the quarter */
    size_t compared;    /* keys that both hold, rarely enough to tell */
};
/* Pairs keys that both hold a few times only. False when fewer than PMT_PAIRS_MIN keys were
 * compared or fewer than three in five agree on one quarter of an hour. */
enum { PMT_PAIRS_MIN = 4 };
bool pmt_prints_pair(const struct pmt_prints *a, const struct pmt_prints *b,
                     struct pmt_pairing *ret);
/* Both in UTC: of a's requests that b would have kept (seen), how many b holds at the same time,
 * give or take the clocks' difference (found). */
void pmt_prints_share(const struct pmt_prints *a, const struct pmt_prints *b, size_t *seen,
                      size_t *found);

#endif
