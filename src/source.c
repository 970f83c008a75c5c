#include "source_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static long read_compressed(void *from, void *p, size_t n)
{
    return pmt_intake_read(from, p, n);
}

/* A source without lines that tells why. */
static int refuse(struct pmt_source *s)
{
    s->to = 0;
    s->info.incomplete = true;
    if (!pmt_unpack_can(s->info.compression)) {
        const char *tool = pmt_unpack_name(s->info.compression);
        snprintf(s->info.damage, sizeof s->info.damage,
                 "%s data is not read: use %s -dc FILE | pm-timeline -", tool, tool);
    }
    pmt_intake_close(&s->intake);
    return PMT_EFORMAT;
}

static int open_on(struct pmt_intake *in, uint64_t from, uint64_t to, struct pmt_source **ret)
{
    enum pmt_compression compression = pmt_intake_compression(in);
    if (from > 0 && !in->regular) {
        errno = ESPIPE;
        return PMT_EIO;
    }
    struct pmt_source *s = pmt_alloc(sizeof *s);
    s->intake = *in;
    s->info.compression = compression;
    s->from = from;
    s->to = UINT64_MAX;
    *ret = s;
    if (compression == PMT_JOURNAL)
        return pmt_source_journal_open(s);
    if (compression == PMT_PLAIN) {
        if (in->regular)
            s->to = to < in->size ? to : in->size;
        if (from > 0) {
            /* The byte before tells whether a line begins at `from`. */
            s->base = from - 1;
            pmt_intake_seek(&s->intake, from - 1);
        }
        return 0;
    }
    if (pmt_unpack_can(compression) && from == 0)
        return 0;
    return refuse(s);
}

int pmt_source_open(const char *path, uint64_t from, uint64_t to, struct pmt_source **ret)
{
    struct pmt_intake in;
    int rc = pmt_intake_open(path, &in);
    if (rc)
        return rc;
    rc = open_on(&in, from, to, ret);
    if (rc && rc != PMT_EFORMAT) {
        int e = errno;
        pmt_intake_close(&in);
        errno = e;
    }
    return rc;
}

int pmt_source_open_fd(int fd, struct pmt_source **ret)
{
    struct pmt_intake in;
    int rc = pmt_intake_open_fd(fd, &in);
    return rc ? rc : open_on(&in, 0, UINT64_MAX, ret);
}

int pmt_source_open_member(long (*read)(void *from, void *p, size_t n), void *from,
                           struct pmt_whole *whole, struct pmt_source **ret)
{
    struct pmt_intake in;
    int rc = pmt_intake_open_member(read, from, &in);
    if (!rc)
        rc = open_on(&in, 0, UINT64_MAX, ret);
    if (!rc)
        (*ret)->whole = whole;
    return rc;
}

void pmt_source_close(struct pmt_source *s)
{
    if (!s)
        return;
    pmt_source_journal_close(s->journal); /* before what it reads from */
    pmt_intake_close(&s->intake);
    pmt_unpack_free(s->unpack);
    pmt_buf_fini(&s->entries);
    if (s->pieces)
        pmt_chunks_fini(s->pieces);
    free(s->pieces);
    free(s->buf);
    free(s);
}

/* ---- damage ------------------------------------------------------------------------------ */

static void describe_damage(struct pmt_source *s)
{
    pmt_damage_describe(&s->damage, s->number, s->ended, s->info.damage, sizeof s->info.damage);
}

/* Damage was reached; `building` when it broke off a line, which counts as delivered already. */
void pmt_source_note_damage(struct pmt_source *s, bool building)
{
    s->broken = false;
    if (s->pending != PMT_INFLATE_TRAILING)
        s->info.incomplete = true;
    if (s->damage.why == PMT_INFLATE_WELL)
        s->damage = (struct pmt_damage){.what = pmt_unpack_name(s->info.compression),
                                        .in_bytes = s->damage.in_bytes,
                                        .why = s->pending,
                                        .errnum = s->intake.errnum,
                                        .shrank = s->intake.shrank,
                                        .after = s->number - building,
                                        .behind = s->number};
    else
        s->damage.more++;
    describe_damage(s);
}

/* ---- text into the buffer ---------------------------------------------------------------- */

static bool damage_ahead(struct pmt_source *s, enum pmt_inflate_why why, bool last)
{
    s->pending = why;
    s->broken = why != PMT_INFLATE_WELL && why != PMT_INFLATE_TRAILING;
    s->ended = last;
    return false;
}

static bool fill_unpacked(struct pmt_source *s)
{
    size_t n;
    enum pmt_inflate_why why;
    if (!s->unpack)
        s->unpack = pmt_unpack_new(s->info.compression, read_compressed, &s->intake);
    int event = pmt_unpack_read(s->unpack, s->buf + s->end, BUFFER - s->end, &n, &why);
    s->info.bytes_in = s->intake.bytes;
    if (s->info.gzip_time == 0)
        s->info.gzip_time = pmt_unpack_time(s->unpack);
    if (event != PMT_INFLATE_TEXT)
        return damage_ahead(s, why, event == PMT_INFLATE_END);
    s->end += n;
    if (!s->whole)
        return true;
    s->whole->text += n;
    if (pmt_unpack_too_much(s->whole->packed, s->whole->text))
        damage_ahead(s, PMT_INFLATE_BOMB, true);
    return true;
}

/* Gets more text behind buf[end], moving what is left to the front. False at damage and at the
 * end. What is left is never longer than PMT_LINE_MAX + 1 or, for the head, PMT_HEAD_MAX. */
bool pmt_source_fill(struct pmt_source *s)
{
    if (s->broken || s->ended)
        return false;
    if (s->start > 0) {
        memmove(s->buf, s->buf + s->start, s->end - s->start);
        s->base += s->start;
        s->scanned -= s->start;
        s->end -= s->start;
        s->start = 0;
    }
    if (s->info.compression != PMT_PLAIN)
        return fill_unpacked(s);
    long n = pmt_intake_read(&s->intake, s->buf + s->end, BUFFER - s->end);
    s->info.bytes_in = s->intake.bytes;
    if (n < 0 || (n == 0 && s->intake.shrank))
        return damage_ahead(s, PMT_INFLATE_READ, true);
    if (n == 0)
        return damage_ahead(s, PMT_INFLATE_WELL, true);
    s->end += (size_t)n;
    return true;
}

/* Moves to the first line that begins at or after `from`. A head of NULs may be gigabytes long:
 * no further than `to` is looked. */
static void skip_to_first_line(struct pmt_source *s)
{
    while (s->base + s->start < s->to) {
        if (s->start == s->end && !pmt_source_fill(s))
            return;
        char *nl = memchr(s->buf + s->start, '\n', s->end - s->start);
        s->start = s->scanned = nl ? (size_t)(nl - s->buf) + 1 : s->end;
        if (nl)
            return;
    }
}

static void skip_byte_order_mark(struct pmt_source *s)
{
    while (s->end < 3 && pmt_source_fill(s))
        ;
    if (s->end >= 3 && memcmp(s->buf, "\xEF\xBB\xBF", 3) == 0) {
        s->info.bom = true;
        s->info.bytes_text += 3;
        s->start = s->scanned = 3;
    }
}

/* What a journal's export begins with tells it from text. */
static void look_for_export(struct pmt_source *s)
{
    enum { ENOUGH = 16 };
    while (s->end - s->start < ENOUGH && pmt_source_fill(s))
        ;
    s->info.export = pmt_export_is(pmt_slice(s->buf + s->start, s->end - s->start));
}

/* How many NULs stand at p. By words: a log that was truncated under a writer with its own offset
 * begins with as many as it was long. */
static size_t count_nuls(const char *p, size_t n)
{
    size_t i = 0;
    uint64_t w;
    while (n - i >= sizeof w) {
        memcpy(&w, p + i, sizeof w);
        if (w)
            break;
        i += sizeof w;
    }
    while (i < n && p[i] == '\0')
        i++;
    return i;
}

static void drop_nuls(struct pmt_source *s)
{
    size_t n = count_nuls(s->buf + s->start, s->end - s->start);
    s->start += n;
    if (s->scanned < s->start)
        s->scanned = s->start;
    s->info.nul_bytes += n;
    s->info.bytes_text += n;
}

/* Makes buf[start] the first byte of a line of ours. False when there is no more. */
static bool begin_line(struct pmt_source *s)
{
    if (s->begun)
        return true;
    if (!s->buf) {
        if (s->from >= s->to)
            return false;
        s->buf = pmt_realloc(NULL, BUFFER, 1);
        if (s->from > 0)
            skip_to_first_line(s);
    }
    if (s->base + s->start >= s->to)
        return false;
    if (s->base + s->start == 0) {
        skip_byte_order_mark(s);
        look_for_export(s);
    }
    for (;;) {
        if (s->start < s->end && s->buf[s->start] == '\0')
            drop_nuls(s);
        if (s->start < s->end)
            return s->begun = true;
        if (pmt_source_fill(s))
            continue;
        if (s->broken)
            pmt_source_note_damage(s, false);
        if (s->ended)
            return false;
    }
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Hands out n bytes at buf[start]; `raw` is what the line took in the text, without what was
 * skipped and counted before. */
static int deliver(struct pmt_source *s, size_t n, size_t raw, struct pmt_line *ret)
{
    ret->text = pmt_slice(s->buf + s->start, n);
    ret->cut = n > PMT_LINE_MAX;
    ret->unfinished = false;
    if (ret->cut) {
        ret->text.n = PMT_LINE_MAX;
        s->info.lines_cut++;
    }
    s->info.bytes_text += raw;
    s->info.lines = ret->number = ++s->number;
    s->begun = false;
    return 1;
}

static int deliver_to(struct pmt_source *s, const char *nl, struct pmt_line *ret)
{
    const char *p = s->buf + s->start;
    size_t raw = (size_t)(nl - p), n = raw;
    if (n && p[n - 1] == '\r')
        n--;
    deliver(s, n, raw + 1, ret);
    s->start = s->scanned = (size_t)(nl - s->buf) + 1;
    return 1;
}

/* The line at buf[start] has no newline: the end of the text, or damage, stands at buf[end]. */
static int deliver_rest(struct pmt_source *s, struct pmt_line *ret)
{
    size_t n = s->end - s->start;
    deliver(s, n, n, ret);
    s->start = s->scanned = s->end;
    ret->unfinished = s->ended;
    if (s->broken) {
        s->info.lines_cut += !ret->cut;
        ret->cut = true;
        pmt_source_note_damage(s, true);
    }
    return 1;
}

/* The line at buf[start] is too long: keeps its beginning and skips to its newline. */
static int deliver_overlong(struct pmt_source *s, struct pmt_line *ret)
{
    const char *nl = NULL;
    bool found_end = false;
    while (!nl && !found_end) {
        size_t kept_to = s->start + PMT_LINE_MAX;
        s->base += s->end - kept_to;
        s->info.bytes_text += s->end - kept_to;
        s->end = s->scanned = kept_to;
        if (pmt_source_fill(s))
            nl = memchr(s->buf + s->scanned, '\n', s->end - s->scanned);
        else
            found_end = true;
    }
    size_t raw = nl ? (size_t)(nl - s->buf) + 1 - s->start : PMT_LINE_MAX;
    deliver(s, PMT_LINE_MAX + 1, raw, ret);
    s->start = s->scanned = nl ? (size_t)(nl - s->buf) + 1 : s->end;
    if (found_end) {
        ret->unfinished = s->ended;
        if (s->broken)
            pmt_source_note_damage(s, true);
    }
    return 1;
}

int pmt_source_line(struct pmt_source *s, struct pmt_line *ret)
{
    if (s->journal)
        return pmt_source_journal_next(s, ret);
    bool any = begin_line(s);
    if (any && s->info.export)
        any = pmt_source_entry(s, ret);
    if (any && s->info.export)
        return 1;
    if (!any) {
        if (s->pending == PMT_INFLATE_TRAILING && s->damage.why == PMT_INFLATE_WELL)
            pmt_source_note_damage(s, false);
        describe_damage(s); /* the number of lines recovered has grown */
        return 0;
    }
    for (;;) {
        const char *nl = memchr(s->buf + s->scanned, '\n', s->end - s->scanned);
        if (nl)
            return deliver_to(s, nl, ret);
        s->scanned = s->end;
        if (s->end - s->start > PMT_LINE_MAX + 1)
            return deliver_overlong(s, ret);
        if (!pmt_source_fill(s))
            return deliver_rest(s, ret);
    }
}

long pmt_source_bytes(struct pmt_source *s, void *p, size_t n)
{
    if (!s->begun && !begin_line(s))
        return s->damage.why == PMT_INFLATE_WELL ? 0 : -1;
    if (s->start == s->end && !pmt_source_fill(s)) {
        if (!s->broken)
            return 0;
        s->damage.in_bytes = true;
        pmt_source_note_damage(s, false);
        s->ended = true; /* an archive makes no sense behind a gap */
        return -1;
    }
    n = s->end - s->start < n ? s->end - s->start : n;
    memcpy(p, s->buf + s->start, n);
    s->start += n;
    s->scanned = s->start;
    return (long)n;
}

const struct pmt_source_info *pmt_source_info(const struct pmt_source *s)
{
    return &s->info;
}

/* ---- a look at the beginning ------------------------------------------------------------- */

struct pmt_slice pmt_source_head(struct pmt_source *s)
{
    if (s->journal)
        return pmt_source_journal_head(s);
    if (!begin_line(s))
        return pmt_slice("", 0);
    while (s->end - s->start < PMT_HEAD_MAX && pmt_source_fill(s))
        ;
    struct pmt_slice all = pmt_slice(s->buf + s->start, s->end - s->start);
    if (s->info.export) {
        pmt_export_head(all, &s->entries);
        return pmt_buf_view(&s->entries);
    }
    if (all.n < PMT_HEAD_MAX || (all.n == PMT_HEAD_MAX && s->ended))
        return all;
    size_t n = PMT_HEAD_MAX;
    while (n > 0 && all.p[n - 1] != '\n')
        n--;
    return pmt_slice(all.p, n ? n : PMT_HEAD_MAX);
}
