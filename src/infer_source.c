#include "infer_parts.h"

/* What the parsers make of the head. */
struct reading {
    size_t lines, structured, free_text;
    size_t told;    /* what programs say of themselves, with a level */
    size_t hosts;   /* lines of another host than the one before */
    size_t untimed; /* requests that do not say how long they took */
    struct pmt_slice program; /* that most free text is of */
    struct pmt_buf messages;  /* its messages */
    size_t of_program;
};

/* Majority vote (Boyer and Moore): who has more than half of the messages is found in one go. */
static void vote(struct reading *r, struct pmt_slice program, size_t *lead)
{
    if (*lead == 0)
        r->program = program;
    *lead = pmt_slice_eq(r->program, program) ? *lead + 1 : *lead - 1;
}

static void read_head(struct reading *r, struct pmt_slice head, const struct pmt_parser *chosen,
                      const struct pmt_own *own, bool collect)
{
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice line;
    struct pmt_slice host = PMT_NO_SLICE;
    size_t lead = 0;
    for (size_t i = 0; i < PMT_INFER_LINES && pmt_cur_line(&c, &line); i++) {
        struct pmt_record rec;
        struct pmt_reject why;
        const struct pmt_parser *used;
        enum pmt_verdict v = pmt_parse_line(chosen, own, line, &rec, &used, &why);
        bool text = v == PMT_RECORD && rec.kind == PMT_SYSLOG;
        if (collect) {
            if (text && pmt_slice_eq(rec.program, r->program)) {
                pmt_buf_slice(&r->messages, rec.message);
                pmt_buf_puts(&r->messages, "\n");
                r->of_program++;
            }
            continue;
        }
        r->lines++;
        /* Of a request more than that there was one. */
        bool blind = rec.kind == PMT_HTTP_REQUEST && !rec.path.p && !rec.method.p;
        r->untimed += v == PMT_RECORD && rec.kind == PMT_HTTP_REQUEST && rec.duration_us < 0 &&
                      rec.reader == chosen && pmt_infer_room(line, &rec);
        r->structured += v == PMT_SILENT || (v == PMT_RECORD && !text && !blind);
        r->free_text += text;
        r->told += v == PMT_RECORD && rec.kind == PMT_OTHER && rec.lb == PMT_LB_NONE &&
                   rec.message.p && rec.severity != PMT_SEV_UNKNOWN &&
                   rec.head.how == PMT_STAMP_NONE && !rec.program.p;
        if (text)
            vote(r, rec.program, &lead);
        r->hosts += text && !pmt_slice_eq(rec.host, host);
        host = rec.host;
    }
}

bool pmt_inferred_use(const struct pmt_inferred *x, const struct pmt_parser **chosen,
                      struct pmt_own *own)
{
    if (own->n == PMT_OWN_MAX)
        return false;
    uint32_t moved = own->reads >> own->before & 1;
    own->reads = (own->reads & ~(UINT32_C(1) << own->before)) | moved << own->n;
    own->items[own->n++] = own->items[own->before];
    own->items[own->before] = &x->parser;
    own->reads |= UINT32_C(1) << own->before++;
    own->main = &x->parser;
    if (!x->program)
        *chosen = &x->parser;
    return true;
}

static struct pmt_inferred *infer_messages(struct pmt_slice head, const struct pmt_parser *chosen,
                                           const struct pmt_own *own, struct reading *r)
{
    read_head(r, head, chosen, own, true);
    if (r->of_program * 2 < r->free_text || r->of_program < PMT_INFER_LEAST)
        return NULL;
    struct pmt_inferred *x = pmt_infer(pmt_buf_view(&r->messages), true);
    if (x)
        x->program = r->program.n ? pmt_arena_copy(&x->arena, r->program).p : "";
    return x;
}

enum { CLIENTS = 10 }; /* so many different addresses are not those of hosts that log */

/* A date, an address and a word may be no envelope but the first columns: then they know the
 * client, and the messages do not. */
static struct pmt_inferred *better(struct pmt_inferred *behind, struct pmt_inferred *bare)
{
    const struct pmt_column *client = bare ? pmt_with_role(bare->skeleton, ROLE_CLIENT) : NULL;
    bool two = bare && bare->doubt == pmt_two_clients; /* one of them is no host */
    bool take = bare && (!behind || two || (bare->certain && !behind->certain) ||
                         (bare->certain && client && client->distinct >= CLIENTS));
    pmt_inferred_free(take ? behind : bare);
    return take ? bare : behind;
}

/* A program may log its requests as it logs all else, by names of its own: with a level and a text
 * that is the same for all of them. What could only be requests is at least a guess. */
static struct pmt_inferred *infer_told(struct pmt_slice head)
{
    struct pmt_inferred *x = pmt_infer(head, false);
    bool requests = x && (pmt_with_role(x->skeleton, ROLE_REQUEST) ||
                          pmt_with_role(x->skeleton, ROLE_METHOD));
    if (requests)
        return x;
    pmt_inferred_free(x);
    return NULL;
}

struct pmt_inferred *pmt_infer_source(struct pmt_slice head, const struct pmt_parser **chosen,
                                      struct pmt_own *own)
{
    struct reading r = {.lines = 0};
    struct pmt_inferred *x = NULL;
    read_head(&r, head, *chosen, own, false);
    if (r.structured * 2 < r.lines) {
        if (r.free_text * 2 >= r.lines)
            x = infer_messages(head, *chosen, own, &r);
        /* What is another host in every third line is no host. */
        if (!x || !pmt_with_role(x->skeleton, ROLE_CLIENT) || r.hosts * 3 > r.free_text)
            x = better(x, pmt_infer(head, false));
    }
    if (!x && r.told * 2 > r.lines)
        x = infer_told(head);
    if (!x && r.structured * 2 >= r.lines &&
        r.structured * 100 < r.lines * PMT_INFER_PERCENT) { /* a known format reads a part only */
        x = pmt_infer(head, false);
        if (x && !x->certain) {
            pmt_inferred_free(x);
            x = NULL;
        }
    }
    pmt_buf_fini(&r.messages);
    if (!x && *chosen && !(*chosen)->self && r.untimed * 2 > r.lines)
        x = pmt_infer_behind(head, *chosen);
    if (x && x->certain && !pmt_inferred_use(x, chosen, own)) {
        pmt_inferred_free(x);
        x = NULL;
    }
    return x;
}
