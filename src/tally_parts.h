/* tally_parts.h - what the files that make up the tally share; not for anyone else.
 * tally.c: clocks, lines, append. tally_requests.c: what requests leave in a segment.
 * tally_marks.c: facts that are kept whole. tally_offsets.c: which offsets were in force.
 * tally_uses.c: which server was given requests when. tally_paths.c: what was asked for.
 * tally_troubles.c: failures told by lines that are no requests. */
#ifndef PMT_TALLY_PARTS_H
#define PMT_TALLY_PARTS_H

#include "pmt/tally.h"

/* Times as a segment keeps them: UTC when the line carries its offset, else wall. */
static inline int64_t pmt_kept_time(const struct pmt_stamp *s)
{
    return s->how == PMT_STAMP_ZONED ? pmt_stamp_utc(s) : s->wall;
}

/* What a web server's log calls the site: a host, or else the pool that an ingress or a proxy gave
 * the request to. */
static inline struct pmt_slice pmt_site_of(const struct pmt_record *r)
{
    return r->vhost.n ? r->vhost : r->backend;
}

void pmt_segment_fini(struct pmt_segment *s);
void pmt_segment_seal(struct pmt_tally *t, struct pmt_segment *s);
void pmt_segment_request(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line);
/* A TCP session: no request, but some server's. */
void pmt_segment_session(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line);
/* A line of the error log about a request. */
void pmt_segment_fault(struct pmt_segment *s, const struct pmt_record *r);
void pmt_segment_join_requests(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                               uint64_t lines);

/* A request with this prefix, whose hash that is, in its service (a key). */
void pmt_segment_path(struct pmt_tally *t, struct pmt_segment *s, uint64_t service,
                      struct pmt_slice prefix, uint64_t hash, const struct pmt_hit *h);
void pmt_segment_join_paths(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b);
void pmt_segment_fini_paths(struct pmt_segment *s);
void pmt_segment_seal_paths(struct pmt_tally *t, struct pmt_segment *s, bool last);

/* A request that began at `at` was given to a server. */
void pmt_segment_use(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                     int64_t at, uint64_t line);
void pmt_segment_join_uses(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                           uint64_t lines);
void pmt_segment_fini_uses(struct pmt_segment *s);
void pmt_segment_seal_uses(struct pmt_segment *s);

/* A line that is no request: does it tell of a failure? */
void pmt_segment_trouble(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                         const struct pmt_line *line);
void pmt_segment_join_troubles(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                               uint64_t lines);
void pmt_segment_fini_troubles(struct pmt_segment *s);
void pmt_segment_seal_troubles(struct pmt_segment *s, bool last);

/* Adds to the minute's digest, or puts one where it belongs. */
void pmt_digests_add(struct pmt_digest **v, size_t *n, size_t *cap, const struct pmt_digest *add);

void pmt_tally_mark(struct pmt_tally *t, size_t clock, size_t segment, const struct pmt_record *r,
                    const struct pmt_line *line);
/* A mark that is already kept elsewhere (joins). */
void pmt_tally_put_mark(struct pmt_tally *t, const struct pmt_mark *m);
/* Brings the facts that fold down to their half of PMT_MARKS_MAX. */
void pmt_tally_cut_marks(struct pmt_tally *t);

#endif
