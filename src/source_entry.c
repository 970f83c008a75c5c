#include "source_parts.h"

static struct pmt_slice window(void *source)
{
    struct pmt_source *s = source;
    return pmt_slice(s->buf + s->start, s->end - s->start);
}

static bool more(void *source)
{
    struct pmt_source *s = source;
    s->scanned = s->start;
    return s->end - s->start <= PMT_LINE_MAX && pmt_source_fill(s);
}

static void take(void *source, size_t n, uint64_t newlines)
{
    struct pmt_source *s = source;
    s->start += n;
    s->scanned = s->start;
    s->number += newlines;
    s->info.bytes_text += n;
}

static int line_of(void *source, struct pmt_line *ret)
{
    return pmt_source_line(source, ret);
}

int pmt_source_next(struct pmt_source *s, struct pmt_line *ret)
{
    if (!s->looked) {
        s->looked = true;
        if (pmt_chunks_in(pmt_source_head(s)) && !s->info.export)
            s->pieces = pmt_alloc(sizeof *s->pieces);
    }
    if (!s->pieces)
        return pmt_source_line(s, ret);
    s->pieces->over = false;
    int any = pmt_chunks_next(s->pieces, line_of, s, ret);
    s->info.lines_cut += any > 0 && s->pieces->over;
    return any;
}

int pmt_source_entry(struct pmt_source *s, struct pmt_line *ret)
{
    const struct pmt_export_text from = {s, window, more, take};
    struct pmt_export_entry entry;
    uint64_t first = s->number + 1;
    s->begun = false;
    if (!pmt_export_entry(&from, &s->entries, &entry))
        return 0;
    bool broken = s->broken && !entry.ended, whole = s->entries.n <= PMT_LINE_MAX;
    *ret = (struct pmt_line){.text = pmt_buf_view(&s->entries), .number = first + entry.skipped,
                             .cut = entry.cut || !whole || broken,
                             .unfinished = !entry.ended && !broken};
    if (!whole)
        ret->text.n = PMT_LINE_MAX;
    s->info.lines++;
    s->info.lines_cut += ret->cut;
    if (broken)
        pmt_source_note_damage(s, true);
    return 1;
}
