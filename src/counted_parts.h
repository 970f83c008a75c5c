/* counted_parts.h - what counted.c (streams, copies, merging) and counted_cover.c (did these
 * requests come through the balancer?) share. */
#ifndef PMT_COUNTED_PARTS_H
#define PMT_COUNTED_PARTS_H

#include "pmt/counted.h"

struct pmt_stream_ref {
    size_t source, clock, segment;
};

struct pmt_stream {
    const char *family, *shown;
    uint8_t layer;
    struct pmt_slice host;
    struct pmt_stream_ref *refs;
    size_t n, cap;
    struct pmt_digest *digests; /* in UTC */
    size_t ndigests, capdigests;
    uint64_t users;             /* requests that are no candidates for health checks */
    const struct pmt_stream *copy_of;
};

struct pmt_streams {
    struct pmt_stream *items;
    size_t n, cap;
};

/* Minutes, both ends included. */
struct pmt_stretch {
    int64_t from, to;
};

struct pmt_cover {
    struct pmt_stretch *items; /* sorted, apart */
    size_t n, cap;
};

struct pmt_filter {
    const struct pmt_map *map;
    const struct pmt_stream *copy_of;
    const struct pmt_cover *cover;
};

struct pmt_merged_check {
    uint64_t key, count;
    struct pmt_slice peer, path, agent;
    size_t service;
    struct pmt_flow flow;
};

struct pmt_checks {
    struct pmt_merged_check *items;
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

const struct pmt_digest *pmt_stream_minute(const struct pmt_stream *s, int64_t minute);
bool pmt_cover_has(const struct pmt_cover *cover, int64_t minute);
/* A note with up to two "%s". */
void pmt_counted_note(struct pmt_counted *c, const char *fmt, const char *a, const char *b);
/* Did the requests of this web-server stream come through the balancer? services[0..balancer) are
 * the balancer's. */
bool pmt_came_through(struct pmt_counted *c, size_t balancer, struct pmt_scanned *sources,
                      const struct pmt_stream *s, const struct pmt_cover *cover);

#endif
