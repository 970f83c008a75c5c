#include "scan_parts.h"

#include "pmt/infer.h"
#include "pmt/unpack.h"

enum { CHECK_EVERY = 4096 }; /* lines between looks at the flag and the byte counter */

bool pmt_scan_stopped(const struct pmt_scan *s)
{
    return s->interrupted && *s->interrupted;
}

static const char *open_error(int err)
{
    switch (err) {
    case PMT_EMISSING: return "disappeared before it was read";
    case PMT_EACCESS: return "cannot be read: permission denied (run with sudo, or join group adm)";
    case PMT_EFORMAT: /* all others are read */
        return "is compressed by lz4, which is not read: lz4 -dc FILE | pm-timeline -";
    default: return "cannot be read: input/output error";
    }
}

void pmt_scan_refused(struct pmt_answer *a, const struct pmt_input *in, int err,
                      const struct pmt_source *src, struct pmt_arena *arena)
{
    const struct pmt_source_info *info = err == PMT_EFORMAT ? pmt_source_info(src) : NULL;
    bool journal = info && info->compression == PMT_JOURNAL;
    a->skipped = journal ? pmt_arena_copy(arena, pmt_str(info->damage)).p : open_error(err);
    /* Where nobody asked for it, and other logs are. */
    a->problem = !(journal && in->walked && !pmt_source_reads_journals());
    a->journal = journal;
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool has_method(struct pmt_slice line)
{
    static const char *const methods[] = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const char *at = pmt_slice_find(line, methods[i]), *end = line.p + line.n;
        size_t n = strlen(methods[i]);
        if (at && (at == line.p || !is_word_byte(at[-1])) &&
            ((size_t)(end - at) == n || !is_word_byte(at[n])))
            return true;
    }
    return false;
}

/* Do most lines of a text name the method of a request? */
static bool looks_like_requests(struct pmt_slice head)
{
    enum { LOOKED_AT = 50, LEAST = 3 };
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice line;
    unsigned n = 0, found = 0;
    while (n < LOOKED_AT && pmt_cur_until(&c, '\n', &line)) {
        n++;
        found += has_method(line);
    }
    return found >= LEAST && found * 2 > n;
}

bool pmt_scan_recognise(struct pmt_answer *a, const struct pmt_formats *formats,
                        const struct pmt_input *in, struct pmt_source *src)
{
    struct pmt_slice head = pmt_source_head(src);
    if (!head.n) {
        const struct pmt_source_info *info = pmt_source_info(src);
        a->skipped = info->damage[0]  ? "nothing of it can be read"
                     : info->nul_bytes ? "is empty but for zero bytes" : "is empty";
        return false;
    }
    if (pmt_source_binary(src)) {
        bool journal = pmt_unpack_how(head.p, head.n) == PMT_JOURNAL;
        a->skipped = journal ? "is a binary journal that is packed: unpack it first"
                             : "is not a text log (binary data)";
        return false;
    }
    a->parser = pmt_formats_choose(formats, in, head, &a->own);
    a->inferred = pmt_infer_source(head, &a->parser, &a->own);
    bool guess = a->inferred && !a->inferred->certain;
    if ((!a->parser || guess) && a->lent && pmt_scan_fits(a->lent, head) &&
        pmt_inferred_use(a->lent, &a->parser, &a->own)) {
        pmt_inferred_free(a->inferred);
        a->inferred = NULL;
    }
    a->unknown = !a->parser;
    if (a->unknown && in->walked) {
        a->skipped = PMT_NO_FORMAT;
        a->problem = a->requests = looks_like_requests(head);
        return false;
    }
    return true;
}

static void one_line(struct pmt_answer *a, const struct pmt_reading *r,
                     const struct pmt_line *line)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    const struct pmt_parser *used;
    if (!line->text.n) {
        pmt_tally_silent(a->tally);
        return;
    }
    switch (pmt_parse_line(a->parser, &a->own, line->text, &rec, &used, &why)) {
    case PMT_RECORD:
        if (rec.kind != PMT_HTTP_REQUEST && rec.lb == PMT_LB_NONE)
            pmt_rules_match(r->scan->rules, r->scratch, &rec);
        pmt_tally_add(a->tally, &rec, line);
        break;
    case PMT_SILENT:
        pmt_tally_silent(a->tally);
        break;
    case PMT_FOREIGN:
        pmt_tally_reject(a->tally, line, why.why, why.column);
        break;
    }
}

void pmt_scan_lines(const struct pmt_reading *r, struct pmt_answer *a, struct pmt_source *src,
                    _Atomic uint64_t *progress)
{
    struct pmt_line line;
    unsigned k = 0;
    a->tally = pmt_tally_new(r->ok, r->failed);
    a->tally->slow_budget = r->slow;
    while (pmt_source_next(src, &line) > 0) {
        one_line(a, r, &line);
        if (++k % CHECK_EVERY)
            continue;
        if (progress)
            *progress = pmt_source_info(src)->bytes_in;
        if (pmt_scan_stopped(r->scan))
            break;
    }
    pmt_tally_seal(a->tally);
}
