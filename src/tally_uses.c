#include "tally_parts.h"

#include <stdlib.h>

/* ---- spells ------------------------------------------------------------------------------ */

void pmt_use_fini(struct pmt_use *u)
{
    pmt_series_fini(&u->series);
    free(u->spells);
    u->spells = NULL;
    u->nspells = u->capspells = 0;
}

static bool begins_before(const struct pmt_spell *a, const struct pmt_spell *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    if (a->first_source != b->first_source)
        return a->first_source < b->first_source;
    return a->first_line < b->first_line;
}

static bool ends_behind(const struct pmt_spell *a, const struct pmt_spell *b)
{
    if (a->last != b->last)
        return a->last > b->last;
    if (a->last_source != b->last_source)
        return a->last_source > b->last_source;
    return a->last_line > b->last_line;
}

/* Of requests at one instant the first line begins a spell and the last ends it, in whatever order
 * they came. */
static void spell_join(struct pmt_spell *r, const struct pmt_spell *add)
{
    if (begins_before(add, r)) {
        r->first = add->first;
        r->first_line = add->first_line;
        r->first_source = add->first_source;
    }
    if (ends_behind(add, r)) {
        r->last = add->last;
        r->last_line = add->last_line;
        r->last_source = add->last_source;
    }
    r->done = r->done > add->done ? r->done : add->done;
}

/* Spells i and i + 1 become one. */
static void close_gap(struct pmt_use *u, size_t i)
{
    spell_join(&u->spells[i], &u->spells[i + 1]);
    u->nspells--;
    memmove(u->spells + i + 1, u->spells + i + 2, (u->nspells - i - 1) * sizeof *u->spells);
}

/* Logs move forward: the widest silences of the whole are among the widest of its parts. */
static void close_narrowest(struct pmt_use *u)
{
    size_t narrowest = 0;
    for (size_t i = 1; i + 1 < u->nspells; i++)
        if (u->spells[i + 1].first - u->spells[i].last <
            u->spells[narrowest + 1].first - u->spells[narrowest].last)
            narrowest = i;
    close_gap(u, narrowest);
}

void pmt_use_add(struct pmt_use *u, const struct pmt_spell *add)
{
    size_t lo = 0, hi = u->nspells;
    if (hi && u->spells[hi - 1].first <= add->first) /* logs move forward */
        lo = u->spells[hi - 1].last > add->first - PMT_USE_GAP ? hi - 1 : hi;
    while (lo < hi) { /* the first that does not end too early to be joined */
        size_t mid = lo + (hi - lo) / 2;
        if (u->spells[mid].last <= add->first - PMT_USE_GAP)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < u->nspells && u->spells[lo].first < add->last + PMT_USE_GAP) {
        spell_join(&u->spells[lo], add);
        while (lo + 1 < u->nspells && u->spells[lo + 1].first < u->spells[lo].last + PMT_USE_GAP)
            close_gap(u, lo);
        return;
    }
    PMT_GROW(u->spells, u->nspells, u->capspells);
    memmove(u->spells + lo + 1, u->spells + lo, (u->nspells - lo) * sizeof *u->spells);
    u->spells[lo] = *add;
    if (++u->nspells > PMT_SPELLS_MAX)
        close_narrowest(u);
}

/* ---- which servers ----------------------------------------------------------------------- */

/* What a use is; its slices are borrowed. */
struct ident {
    uint8_t layer;
    struct pmt_slice backend, server;
};

static bool is_use(const struct pmt_use *u, const struct ident *id)
{
    return u->layer == id->layer && pmt_slice_eq(u->server, id->server) &&
           pmt_slice_eq(u->backend, id->backend);
}

/* NULL when the server is not watched: PMT_USES_MAX others have smaller keys. */
static struct pmt_use *use_find(struct pmt_tally *t, struct pmt_segment *s, const struct ident *id)
{
    struct pmt_use *u = s->last_use < s->nuses ? &s->uses[s->last_use] : NULL;
    if (u && is_use(u, id))
        return u;
    uint64_t key = pmt_hash(id->server.p, id->server.n,
                            pmt_hash(id->backend.p, id->backend.n, id->layer));
    size_t at = s->nuses, largest = 0;
    for (size_t i = 0; i < s->nuses; i++) {
        u = &s->uses[i];
        if (u->key == key && is_use(u, id))
            return &s->uses[s->last_use = i];
        if (u->key > s->uses[largest].key)
            largest = i;
    }
    if (s->nuses == PMT_USES_MAX) {
        if (key > s->uses[largest].key)
            return NULL;
        pmt_use_fini(&s->uses[at = largest]);
    } else {
        PMT_GROW(s->uses, s->nuses, s->capuses);
        s->nuses++;
    }
    s->last_use = at;
    s->uses[at] = (struct pmt_use){.key = key, .layer = id->layer,
                                   .backend = pmt_arena_copy(&t->arena, id->backend),
                                   .server = pmt_arena_copy(&t->arena, id->server)};
    return &s->uses[at];
}

/* $upstream_addr: "192.168.1.1:80, 192.168.1.2:80, unix:/tmp/sock : 192.168.10.1:80": commas
 * between servers that were tried in turn, a colon between groups (nginx's documentation, module
 * ngx_http_upstream_module). The last one gave the answer. What has no colon is the name of a group
 * that no server was chosen from. */
static struct pmt_slice answered(struct pmt_slice list)
{
    size_t n = list.n;
    while (n && list.p[n - 1] != ' ' && list.p[n - 1] != ',')
        n--;
    struct pmt_slice last = pmt_slice(list.p + n, list.n - n);
    return last.n > 1 && memchr(last.p, ':', last.n) ? last : PMT_NO_SLICE;
}

/* Of a TCP session only its end is known: the second letter tells how far it had come. */
static bool no_connection(const struct pmt_record *r)
{
    return r->kind != PMT_HTTP_REQUEST && r->termination.n > 1 && r->termination.p[1] == 'C';
}

void pmt_segment_use(struct pmt_tally *t, struct pmt_segment *s, const struct pmt_record *r,
                     int64_t at, uint64_t line)
{
    struct ident id = {r->layer, r->backend, r->server};
    if (r->layer == PMT_LAYER_NGINX)
        id = (struct ident){r->layer, pmt_site_of(r), r->upstream.n ? answered(r->upstream)
                                                              : PMT_NO_SLICE};
    struct pmt_use *use = id.server.n && id.server.p[0] != '<' ? use_find(t, s, &id) : NULL;
    if (!use)
        return;
    pmt_series_add(&use->series, at / PMT_SECOND - (at % PMT_SECOND < 0),
                   &(struct pmt_counts){{[PMT_ALL] = 1,
                                         [PMT_BAD] = pmt_request_bad(r) || no_connection(r),
                                         [PMT_GAVE_UP] = pmt_request_gave_up(r)}});
    pmt_use_add(use, &(struct pmt_spell){
        .first = at, .last = at, .first_line = line, .last_line = line,
        .done = at + (r->duration_us > 0 ? r->duration_us : 0)});
}

/* ---- joining and closing ----------------------------------------------------------------- */

void pmt_segment_join_uses(struct pmt_tally *t, struct pmt_segment *a, struct pmt_segment *b,
                           uint64_t lines)
{
    for (size_t i = 0; i < b->nuses; i++) {
        struct pmt_use *from = &b->uses[i];
        struct ident id = {from->layer, from->backend, from->server};
        struct pmt_use *use = use_find(t, a, &id);
        if (!use)
            continue;
        pmt_series_merge(&use->series, &from->series, NULL, NULL);
        for (size_t k = 0; k < from->nspells; k++) {
            struct pmt_spell spell = from->spells[k];
            spell.first_line += lines;
            spell.last_line += lines;
            pmt_use_add(use, &spell);
        }
    }
}

void pmt_segment_fini_uses(struct pmt_segment *s)
{
    for (size_t i = 0; i < s->nuses; i++)
        pmt_use_fini(&s->uses[i]);
    free(s->uses);
}

static int by_server(const void *a, const void *b)
{
    const struct pmt_use *x = a, *y = b;
    int d = pmt_slice_cmp(x->backend, y->backend);
    d = d ? d : pmt_slice_cmp(x->server, y->server);
    return d ? d : x->layer - y->layer;
}

void pmt_segment_seal_uses(struct pmt_segment *s)
{
    if (s->nuses)
        qsort(s->uses, s->nuses, sizeof *s->uses, by_server);
    s->last_use = 0;
    for (size_t i = 0; i < s->nuses; i++)
        pmt_series_seal(&s->uses[i].series);
}
