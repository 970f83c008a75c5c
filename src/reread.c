#include "pmt/archive.h"
#include "pmt/reread.h"

#include <stdlib.h>
#include <sys/stat.h>

static int by_place(const void *a, const void *b)
{
    const struct pmt_wanted *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* A log may have been rotated since: then this name holds other lines. */
static bool is_the_same(const struct pmt_input *in)
{
    struct stat st;
    if (in->archive)
        in = in->archive;
    return in->regular && stat(in->path, &st) == 0 && in->ino == st.st_ino &&
           in->dev == st.st_dev && (uint64_t)st.st_size >= in->size;
}

/* The lines that are wanted of one source. */
static void read_source(struct pmt_opener *opener, const struct pmt_scanned *s,
                        struct pmt_wanted *v, size_t n, struct pmt_arena *arena)
{
    struct pmt_source *src;
    struct pmt_line line;
    size_t i = 0;
    if (!is_the_same(s->input) || pmt_opener_open(opener, s->input, &src))
        return;
    while (i < n && pmt_source_next(src, &line) > 0)
        for (; i < n && v[i].line == line.number; i++)
            v[i].text = pmt_arena_copy(arena, pmt_slice_head(line.text, PMT_EXCERPT_MAX));
    pmt_source_close(src);
}

/* How many of v are of the same source as the first. */
static size_t run_of(const struct pmt_wanted *v, size_t n)
{
    size_t k = 1;
    while (k < n && v[k].source == v[0].source)
        k++;
    return k;
}

void pmt_reread(const struct pmt_scanned *sources, struct pmt_wanted *v, size_t n,
                struct pmt_arena *arena)
{
    struct pmt_opener opener = {.stdin_fd = -1};
    const struct pmt_input **inputs = pmt_alloc((n + 1) * sizeof(const struct pmt_input *));
    size_t *runs = pmt_alloc((n + 1) * sizeof *runs), nruns = 0;
    size_t *order = pmt_alloc((n + 1) * sizeof *order);
    if (n)
        qsort(v, n, sizeof *v, by_place);
    for (size_t i = 0; i < n; i += run_of(v + i, n - i)) {
        inputs[nruns] = sources[v[i].source].input;
        runs[nruns++] = i;
    }
    pmt_opener_order(inputs, nruns, order);
    for (size_t i = 0; i < nruns; i++) {
        size_t at = runs[order[i]];
        read_source(&opener, &sources[v[at].source], v + at, run_of(v + at, n - at), arena);
    }
    pmt_opener_fini(&opener);
    free(inputs);
    free(runs);
    free(order);
}
