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
    return in->regular && stat(in->path, &st) == 0 && in->ino == st.st_ino &&
           in->dev == st.st_dev && (uint64_t)st.st_size >= in->size;
}

/* The lines that are wanted of one source. */
static void read_source(const struct pmt_scanned *s, struct pmt_wanted *v, size_t n,
                        struct pmt_arena *arena)
{
    struct pmt_source *src;
    struct pmt_line line;
    size_t i = 0;
    if (!is_the_same(s->input) || pmt_source_open(s->input->path, 0, UINT64_MAX, &src))
        return;
    while (i < n && pmt_source_next(src, &line) > 0)
        for (; i < n && v[i].line == line.number; i++)
            v[i].text = pmt_arena_copy(arena, pmt_slice_head(line.text, PMT_EXCERPT_MAX));
    pmt_source_close(src);
}

void pmt_reread(const struct pmt_scanned *sources, struct pmt_wanted *v, size_t n,
                struct pmt_arena *arena)
{
    if (n)
        qsort(v, n, sizeof *v, by_place);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && v[end].source == v[i].source;)
            end++;
        read_source(&sources[v[i].source], v + i, end - i, arena);
    }
}
