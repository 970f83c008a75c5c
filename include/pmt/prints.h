/* prints.h - fingerprints of requests: what makes two clocks comparable though no request is kept.
 *
 * Of each day the PMT_PRINTS_MAX requests with the smallest hash are kept, so two logs that saw
 * the same requests keep the same ones. Of a key seen very often those are kept that came first in
 * their quarter hour, which are the same ones in all zones. What is kept is a function of the set
 * of requests, never of their order or partition. A print's time is when the request ended, as its
 * clock wrote it.
 */
#ifndef PMT_PRINTS_H
#define PMT_PRINTS_H

#include "pmt/text.h"

enum {
    PMT_PRINTS_MAX = 4096,
    PMT_PRINTS_BUSY = 256, /* of one key, in a day */
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

/* Requests that both clocks logged, by a's time: when each of them wrote it. */
struct pmt_match {
    int64_t a, b;
};
struct pmt_matches {
    struct pmt_match *v;
    size_t n, cap;
    size_t compared;   /* keys that both hold, rarely enough to tell */
};
/* Finds them whatever the two clocks' zones, and whether they turn, drift or are set in between:
 * nothing is taken for granted but that the difference changes little from one request to the
 * next. Chance pairs are left out: what is kept agrees with what lies around it in time to within
 * seconds. Empty when fewer than PMT_PAIRS_MIN rare keys agree, or no more than chance would have;
 * then keys that are not rare are tried, too, of which it takes many more requests. */
enum { PMT_PAIRS_MIN = 4 };
void pmt_prints_match(const struct pmt_prints *a, const struct pmt_prints *b,
                      struct pmt_matches *ret);
void pmt_matches_fini(struct pmt_matches *m);
/* Both in UTC: of a's requests that b would have kept (seen), how many b holds at the same time,
 * give or take the clocks' difference (found). Of those that come often, as many as tell more than
 * chance would. */
void pmt_prints_share(const struct pmt_prints *a, const struct pmt_prints *b, size_t *seen,
                      size_t *found);

#endif
