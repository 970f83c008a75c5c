/* counted_parts.h - what counted.c (streams, merging), counted_checks.c (which are health checks),
 * counted_copies.c (which logs hold the same requests), counted_cover.c (did these requests come
 * through the balancer?), counted_paths.c (the parts of a service) and counted_troubles.c (lines
 * that are no requests) share; not for anyone else. */
#ifndef PMT_COUNTED_PARTS_H
#define PMT_COUNTED_PARTS_H

#include "pmt/counted.h"

/* The requests of one layer and host in one source, minute by minute. */
struct pmt_piece {
    size_t source;
    const char *shown;
    uint8_t layer;
    struct pmt_slice host;
    struct pmt_digest *digests; /* in UTC, sorted, each minute once */
    size_t n, cap;
    uint64_t users;             /* requests that are no candidates for health checks */
    size_t group;               /* of pieces that hold copies of each other's requests */
    int64_t *drops;             /* minutes that count in another piece; sorted */
    size_t ndrops, capdrops;
};

struct pmt_pieces {
    struct pmt_piece *items;
    size_t n, cap;
};

struct pmt_stream_ref {
    size_t source, clock, segment, piece;
};

/* A rotation family, a layer, a host. */
struct pmt_stream {
    const char *family, *shown;
    uint8_t layer;
    struct pmt_slice host;
    struct pmt_stream_ref *refs;
    size_t n, cap;
    struct pmt_digest *digests; /* of all pieces, without what is dropped */
    size_t ndigests, capdigests;
    bool covered;               /* its requests came through the balancer */
};

struct pmt_streams {
    struct pmt_stream *items;
    size_t n, cap;
};

struct pmt_cover {
    struct pmt_stretch *items; /* sorted, apart */
    size_t n, cap;
};

static inline struct pmt_segment *pmt_ref_segment(struct pmt_scanned *sources,
                                                  const struct pmt_stream_ref *r)
{
    return &sources[r->source].tally->clocks[r->clock].segments[r->segment];
}
static inline const struct pmt_map *pmt_ref_map(const struct pmt_scanned *sources,
                                                const struct pmt_stream_ref *r)
{
    return &sources[r->source].maps[r->clock][r->segment];
}

void pmt_counted_note(struct pmt_counted *c, enum pmt_count_note kind, const char *log,
                      const char *other);

/* Which minutes are left out; any part may be NULL. */
struct pmt_filter {
    const struct pmt_map *map;
    const struct pmt_piece *piece;
    const struct pmt_cover *cover;
};
/* A second in UTC, PMT_DROP when it is counted elsewhere; ctx: a filter. */
int64_t pmt_filtered(const void *ctx, int64_t sec);

/* ---- health checks ----------------------------------------------------------------------- */

/* Requests that may be health checks: of one peer for one path, or of one agent, in one stream. */
struct pmt_candidate {
    const struct pmt_stream *stream;
    uint64_t key;
    struct pmt_slice path, agent;
    size_t service;
    struct pmt_flow flow;
};
struct pmt_candidates {
    struct pmt_candidate *items;
    size_t n, cap;
};

/* Finds or makes it. */
struct pmt_candidate *pmt_candidate_for(struct pmt_candidates *list, const struct pmt_stream *st,
                                        const struct pmt_check *k);
/* Are these checks? Then they are listed as left out. */
bool pmt_candidate_left_out(struct pmt_counted *c, struct pmt_candidate *k);

/* ---- parts of services ------------------------------------------------------------------- */

/* Failures with one prefix in one segment. */
struct pmt_part_row {
    size_t service; /* index */
    struct pmt_slice prefix;
    uint64_t bad;
};
struct pmt_part_rows {
    struct pmt_part_row *v;
    size_t n, cap;
};

/* Which prefixes failed in this segment; to[i] is the index of what its service i is counted in,
 * SIZE_MAX: it is not. */
void pmt_parts_count(struct pmt_part_rows *rows, const struct pmt_segment *s, const size_t *to);
/* Makes the parts that are watched; ends the rows. */
void pmt_parts_choose(struct pmt_counted *c, struct pmt_part_rows *rows);
/* Moves into them what the segment holds of them. map moves seconds, PMT_DROP leaves out. */
void pmt_parts_merge(struct pmt_counted *c, struct pmt_segment *s, const size_t *to,
                     int64_t (*map)(const void *ctx, int64_t sec), const void *ctx);
/* Brings the parts of a service to rest; those that are nearly all of it go. shift: of the votes of
 * the clients that failed. */
void pmt_parts_settle(struct pmt_counted_service *s, unsigned shift);
void pmt_parts_fini(struct pmt_counted_service *s);
/* Once all are at rest: which prefixes several services have. */
void pmt_parts_share(struct pmt_counted *c);

/* ---- copies ------------------------------------------------------------------------------ */

/* Index of the piece that this segment's requests of a layer belong to. */
size_t pmt_piece_add(struct pmt_pieces *list, struct pmt_scanned *sources,
                     const struct pmt_stream_ref *ref, uint8_t layer);
/* Finds the copies and says which minutes of which piece do not count. */
void pmt_find_copies(struct pmt_counted *c, struct pmt_pieces *list);
bool pmt_piece_drops(const struct pmt_piece *p, int64_t minute);
void pmt_pieces_fini(struct pmt_pieces *list);
/* Sorts minutes, and adds up those that are the same. Returns how many are left. */
size_t pmt_digests_settle(struct pmt_digest *v, size_t n);

/* ---- cover ------------------------------------------------------------------------------- */

/* What the balancer's logs cover; not the gaps that coverage found in them. */
void pmt_cover_build(struct pmt_cover *cover, const struct pmt_streams *list,
                     const struct pmt_scanned *sources, size_t n);
/* What any log of requests covers, give or take a minute: quiet times are covered, gaps are not. */
void pmt_cover_requests(struct pmt_cover *cover, const struct pmt_streams *list,
                        const struct pmt_scanned *sources, size_t n);
bool pmt_cover_has(const struct pmt_cover *cover, int64_t minute);
/* Adds a stream's fingerprints in UTC (of the covered time only, unless cover is NULL). */
void pmt_stream_prints(struct pmt_scanned *sources, const struct pmt_stream *s,
                       const struct pmt_cover *cover, struct pmt_prints *ret);
/* Did the requests of this web-server stream come through the balancer? */
bool pmt_came_through(struct pmt_scanned *sources, const struct pmt_stream *s,
                      const struct pmt_cover *cover, const struct pmt_prints *balancer);

/* ---- troubles ---------------------------------------------------------------------------- */

/* Lines that tell of failures and are no requests. The flows of the sources are consumed. */
void pmt_troubles_count(struct pmt_counted *c, struct pmt_scanned *sources, size_t n,
                        const struct pmt_streams *list);

#endif
