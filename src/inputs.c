#include "inputs_parts.h"

#include <stdlib.h>

/* ---- the same file twice ----------------------------------------------------------------- */

static int by_flag(bool a, bool b)
{
    return (int)a - (int)b;
}

/* By file, and among the ways to one file the way to read it by first. Nothing in it asks for the
 * order of arguments: what was named itself, what is no link, the longest name, the bytes. */
static int by_file(const void *pa, const void *pb)
{
    const struct pmt_found *a = *(struct pmt_found *const *)pa, *b = *(struct pmt_found *const *)pb;
    if (a->in.dev != b->in.dev)
        return a->in.dev < b->in.dev ? -1 : 1;
    if (a->in.ino != b->in.ino)
        return a->in.ino < b->in.ino ? -1 : 1;
    int c = by_flag(a->in.walked, b->in.walked);
    if (!c)
        c = by_flag(a->link, b->link);
    size_t na = strlen(a->below), nb = strlen(b->below);
    if (!c && na != nb)
        c = na > nb ? -1 : 1;
    if (!c)
        c = strcmp(a->below, b->below);
    if (!c)
        c = strcmp(a->in.path, b->in.path);
    return c ? c : strcmp(a->in.arg, b->in.arg);
}

static void find_same_files(struct pmt_founds *all)
{
    struct pmt_found **order = pmt_realloc(NULL, all->n, sizeof(struct pmt_found *));
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (!all->items[i].why)
            order[n++] = &all->items[i];
    qsort(order, n, sizeof *order, by_file);
    const struct pmt_found *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (first && first->in.dev == order[i]->in.dev && first->in.ino == order[i]->in.ino)
            order[i]->same_as = first;
        else
            first = order[i];
    }
    free(order);
}

/* ---- how they are shown ------------------------------------------------------------------ */

static bool can_grow(const struct pmt_found *f)
{
    return f->in.shown[0] != '/' && f->root[0] == '/';
}

/* `below` with the last `parents` names of root before it; with more than root has, the whole. */
static void show(struct pmt_founds *all, struct pmt_found *f)
{
    const char *p = f->root + strlen(f->root);
    size_t left = f->parents;
    if (left == 0) {
        f->in.shown = f->below;
        return;
    }
    while (left > 0 && p > f->root)
        if (*--p == '/')
            left--;
    bool whole = left > 0 || p[1] == '\0'; /* the root "/" ends in its slash */
    const char *between = f->root[1] ? "/" : "";
    f->in.shown = pmt_arena_printf(all->arena, "%s%s%s", whole ? f->root : p + 1, between,
                                   f->below);
}

static int by_shown(const void *pa, const void *pb)
{
    const struct pmt_found *a = *(struct pmt_found *const *)pa, *b = *(struct pmt_found *const *)pb;
    return strcmp(a->in.shown, b->in.shown);
}

/* Adds parent names to those that would be shown the same, until none are. */
static void make_unique(struct pmt_founds *all)
{
    struct pmt_found **order = pmt_realloc(NULL, all->n, sizeof(struct pmt_found *));
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct pmt_found *f = &all->items[i];
        f->in.shown = f->typed ? f->in.arg : f->below;
        if (!f->typed && !f->same_as)
            order[n++] = f;
    }
    for (bool changed = true; changed;) {
        changed = false;
        qsort(order, n, sizeof *order, by_shown);
        for (size_t i = 0, end; i < n; i = end) {
            for (end = i + 1; end < n && by_shown(&order[i], &order[end]) == 0; end++)
                ;
            for (size_t k = i; end - i > 1 && k < end; k++) {
                if (!can_grow(order[k]))
                    continue;
                order[k]->parents++;
                changed = true;
            }
            for (size_t k = i; end - i > 1 && k < end; k++)
                show(all, order[k]);
        }
    }
    free(order);
}

/* ---- families ---------------------------------------------------------------------------- */

/* `name` is in the directory dir. */
static void name_family(struct pmt_input *in, struct pmt_slice dir, struct pmt_slice name,
                        struct pmt_arena *arena)
{
    struct pmt_slice base;
    in->rotation = INT64_MAX;
    in->numbered = false;
    if (!pmt_rotation_split(name, arena, &base, &in->rotation, &in->numbered)) {
        base = pmt_strip_compression(name);
        if (base.n != name.n)
            in->rotation = INT64_MAX - 1; /* compressed: nobody writes to it any more */
    }
    in->family = pmt_arena_printf(arena, "%.*s%s%.*s", PMT_FMT(dir),
                                  pmt_slice_ends(dir, "/") ? "" : "/", PMT_FMT(base));
}

static void name_found(struct pmt_founds *all, struct pmt_found *f)
{
    const char *slash = strrchr(f->below, '/');
    if (f->real_dir) {
        name_family(&f->in, pmt_str(f->real_dir), pmt_str(slash ? slash + 1 : f->below),
                    all->arena);
        return;
    }
    f->in.rotation = INT64_MAX;
    f->in.numbered = false;
    f->in.family = f->in.path;
}

/* "logs.tar.gz" is a folder "logs". */
static struct pmt_slice without_suffixes(struct pmt_slice name)
{
    static const char *const suffixes[] = {".tar", ".zip",  ".tgz", ".tbz2",
                                           ".tbz", ".txz", ".tzst"};
    name = pmt_strip_compression(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t n = strlen(suffixes[i]);
        if (name.n > n && pmt_slice_ends(name, suffixes[i]))
            return pmt_slice(name.p, name.n - n);
    }
    return name;
}

struct pmt_input pmt_input_member(const struct pmt_input *archive, const char *name,
                                  struct pmt_arena *arena)
{
    struct pmt_input in = *archive;
    const char *slash = strrchr(name, '/');
    struct pmt_slice folder = pmt_slice(name, slash ? (size_t)(slash - name) : 0);
    in.path = pmt_arena_printf(arena, "%.*s/%s", PMT_FMT(without_suffixes(pmt_str(archive->path))),
                               name);
    in.shown = pmt_arena_printf(arena, "%s:%s", archive->shown, name);
    /* With its suffix, which no folder beside it has. */
    const char *dir = pmt_arena_printf(arena, "%s/%.*s", archive->family, PMT_FMT(folder));
    name_family(&in, pmt_str(dir), pmt_str(slash ? slash + 1 : name), arena);
    in.archive = archive;
    in.walked = true;
    return in;
}

int pmt_input_cmp(const struct pmt_input *a, const struct pmt_input *b)
{
    int c = strcmp(a->family, b->family);
    if (!c && a->rotation != b->rotation)
        c = a->rotation < b->rotation ? -1 : 1;
    if (!c)
        c = strcmp(a->shown, b->shown);
    return c ? c : strcmp(a->path, b->path);
}

static int by_family(const void *a, const void *b)
{
    return pmt_input_cmp(a, b);
}

static int by_note(const void *pa, const void *pb)
{
    const struct pmt_input_note *a = pa, *b = pb;
    int c = strcmp(a->shown, b->shown);
    return c ? c : strcmp(a->why, b->why);
}

/* ---- the list ---------------------------------------------------------------------------- */

static void put_note(struct pmt_inputs *in, const char *shown, const char *why, bool problem)
{
    PMT_GROW(in->notes, in->nnotes, in->capnotes);
    in->notes[in->nnotes++] = (struct pmt_input_note){shown, why, problem};
}

static void put_found(struct pmt_inputs *in, struct pmt_founds *all, struct pmt_found *f)
{
    if (f->why) {
        put_note(in, f->in.shown, f->why, f->problem);
    } else if (f->same_as) {
        const char *other = f->same_as->in.shown;
        bool same = strcmp(f->in.shown, other) == 0;
        put_note(in, f->in.shown,
                 same ? "was given twice: read once"
                      : pmt_arena_printf(all->arena, "is the same file as %s: read once", other),
                 false);
    } else {
        name_found(all, f);
        PMT_GROW(in->items, in->n, in->cap);
        in->items[in->n++] = f->in;
    }
}

void pmt_inputs_collect(struct pmt_inputs *in, const char *const *args, size_t nargs)
{
    *in = (struct pmt_inputs){0};
    struct pmt_founds all = {.arena = &in->arena};
    for (size_t i = 0; i < nargs; i++)
        pmt_inputs_walk(&all, args[i]);
    find_same_files(&all);
    make_unique(&all);
    for (size_t i = 0; i < all.n; i++)
        put_found(in, &all, &all.items[i]);
    if (in->n)
        qsort(in->items, in->n, sizeof *in->items, by_family);
    if (in->nnotes)
        qsort(in->notes, in->nnotes, sizeof *in->notes, by_note);
    in->nothing_named_exists = nargs > 0 && all.missing == nargs;
    free(all.items);
}

void pmt_inputs_leave_out(struct pmt_inputs *in, size_t item, const char *why)
{
    put_note(in, in->items[item].shown, why, false);
    qsort(in->notes, in->nnotes, sizeof *in->notes, by_note);
    in->n--;
    memmove(in->items + item, in->items + item + 1, (in->n - item) * sizeof *in->items);
}

void pmt_inputs_fini(struct pmt_inputs *in)
{
    free(in->items);
    free(in->notes);
    pmt_arena_fini(&in->arena);
    *in = (struct pmt_inputs){0};
}
