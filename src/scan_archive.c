/* Archives: one task reads one from front to back, each file in it into a tally of its own; so that
 * an archive of n files costs one pass and not n. */
#include "scan_parts.h"

#include "pmt/infer.h"

#include <stdlib.h>

/* ---- reading ----------------------------------------------------------------------------- */

static struct pmt_inside *add(struct pmt_task *t, const struct pmt_input *archive,
                              const struct pmt_member *m)
{
    PMT_GROW(t->inside, t->n, t->cap);
    struct pmt_inside *x = &t->inside[t->n++];
    *x = (struct pmt_inside){.in = pmt_input_member(archive, m->name, &t->arena)};
    x->in.member = m->number;
    x->in.size = m->size;
    x->in.mtime = m->mtime;
    x->a.skipped = m->why;
    x->a.problem = m->problem;
    return x;
}

static void read_member(const struct pmt_reading *r, struct pmt_archive *a,
                        struct pmt_inside *x, struct pmt_arena *arena)
{
    struct pmt_source *src;
    int err = pmt_archive_text(a, &src); /* 0 or PMT_EFORMAT: there is a source */
    if (err) {
        pmt_scan_refused(&x->a, &x->in, err, src, arena);
    } else if (pmt_archive_is(pmt_source_head(src))) {
        x->a.skipped = "is an archive in an archive: unpack the outer one first";
        x->a.problem = true;
    } else if (pmt_scan_recognise(&x->a, r->scan->formats, &x->in, src)) {
        pmt_scan_lines(r, &x->a, src, NULL);
    }
    x->a.info = *pmt_source_info(src);
    if (x->a.journal)
        x->a.info.damage[0] = '\0'; /* told already */
    x->a.problem |= x->a.info.incomplete;
    pmt_source_close(src);
}

/* The same name twice: who unpacks it gets the later one. */
static int by_name(const void *pa, const void *pb)
{
    const struct pmt_inside *a = *(struct pmt_inside *const *)pa;
    const struct pmt_inside *b = *(struct pmt_inside *const *)pb;
    int c = strcmp(a->in.shown, b->in.shown);
    return c ? c : (a->in.member > b->in.member) - (a->in.member < b->in.member);
}

static void drop_replaced(struct pmt_task *t)
{
    struct pmt_inside **order = pmt_alloc((t->n + 1) * sizeof(struct pmt_inside *));
    for (size_t i = 0; i < t->n; i++)
        order[i] = &t->inside[i];
    qsort(order, t->n, sizeof *order, by_name);
    for (size_t i = 0; i + 1 < t->n; i++) {
        struct pmt_inside *x = order[i];
        if (strcmp(x->in.shown, order[i + 1]->in.shown) != 0)
            continue;
        x->in.shown = pmt_arena_printf(&t->arena, "%s (entry %zu)", x->in.shown, x->in.member + 1);
        pmt_tally_free(x->a.tally);
        pmt_inferred_free(x->a.inferred);
        x->a = (struct pmt_answer){.skipped = "is in the archive again, further on: that one is "
                                              "read"};
    }
    free(order);
}

/* What is told of the archive itself, if anything: else its members tell all. One that was only met
 * and holds no log is told in one line. */
static void judge(struct pmt_task *t, const struct pmt_input *in, const char *damage)
{
    bool logs = false;
    for (size_t i = 0; i < t->n; i++)
        logs |= t->inside[i].a.tally != NULL;
    if (damage[0]) {
        t->a.skipped = pmt_arena_printf(&t->arena, "could be read in part only: %s", damage);
        t->a.problem = true;
    } else if (!t->n) {
        t->a.skipped = "is an empty archive";
    } else if (!logs && in->walked) {
        t->a.skipped = "is an archive without a log in it";
    }
    if (!logs && in->walked)
        t->n = 0;
}

void pmt_scan_archive(const struct pmt_reading *r, struct pmt_task *t, const struct pmt_input *in,
                      struct pmt_source *src)
{
    struct pmt_archive *a = pmt_archive_open(src);
    struct pmt_member m;
    while (!pmt_scan_stopped(r->scan) && pmt_archive_next(a, &m)) {
        struct pmt_inside *x = add(t, in, &m);
        if (!x->a.skipped)
            read_member(r, a, x, &t->arena);
        t->done = pmt_source_info(src)->bytes_in;
    }
    drop_replaced(t);
    judge(t, in, pmt_archive_damage(a));
    pmt_archive_close(a);
}

/* ---- members in the place of their archives ---------------------------------------------- */

static int by_input(const void *a, const void *b)
{
    return pmt_input_cmp(((const struct pmt_scanned *)a)->input,
                         ((const struct pmt_scanned *)b)->input);
}

static size_t put_members(struct pmt_task *t, const struct pmt_input *archive,
                          struct pmt_scanned *ret)
{
    for (size_t i = 0; i < t->n; i++) {
        t->inside[i].in.archive = archive;
        ret[i] = pmt_scanned_of(&t->inside[i].in, &t->inside[i].a);
    }
    return t->n;
}

struct pmt_scanned *pmt_scan_expand(struct pmt_inputs *inputs, struct pmt_task *tasks, size_t n,
                                    struct pmt_scanned *sources)
{
    size_t room = inputs->n + 1, out = 0;
    for (size_t i = 0; i < n; i++)
        room += tasks[i].n;
    struct pmt_scanned *all = pmt_alloc(room * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        struct pmt_task *t = &tasks[i];
        const struct pmt_scanned *own = &sources[t->input];
        if (t->part == 0 && (own->tally || own->skipped || !t->n))
            all[out++] = *own;
        if (!t->n)
            continue;
        struct pmt_input *archive = pmt_arena_alloc(&inputs->arena, sizeof *archive);
        *archive = inputs->items[t->input];
        out += put_members(t, archive, all + out);
    }
    qsort(all, out, sizeof *all, by_input);
    struct pmt_input *items = pmt_alloc(room * sizeof *items);
    for (size_t i = 0; i < out; i++) {
        items[i] = *all[i].input;
        all[i].input = &items[i];
    }
    free(inputs->items);
    free(sources);
    inputs->items = items;
    inputs->n = out;
    inputs->cap = room;
    return all;
}
