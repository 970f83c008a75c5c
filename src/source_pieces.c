/* source_pieces.c - container engines write what a program says in pieces of 16 KiB.
 *
 * containerd and CRI-O (the kubelet's log format) mark a piece with P, the last one with F; Docker
 * (json-file) leaves the newline out of each but the last:
 *
 *   2022-02-26T09:00:07.118765432Z stdout P the first
 *   2022-02-26T09:00:07.118765433Z stdout F  and the last
 *   {"log":"the first ","stream":"stdout","time":"2022-02-26T09:00:07.118765432Z"}
 *   {"log":"and the last\n","stream":"stdout","time":"2022-02-26T09:00:07.118765433Z"}
 *
 * Between two pieces the other stream may have its say: its lines wait, so that lines are given in
 * the order of their first numbers. The line has the head of its first piece.
 */
#include "source_pieces.h"

enum { DOCKER_PIECE = 16 * 1024 };

/* Where the text of a piece stands. */
struct piece {
    struct pmt_slice head, text, tail, stream;
    bool more;   /* another piece follows */
    bool docker; /* else CRI */
};

static bool read_cri(struct pmt_slice line, struct piece *ret)
{
    enum { TIME_MAX = 40 };
    struct pmt_cursor c = pmt_cursor(line);
    struct pmt_slice time;
    if (line.n < 20 || line.p[4] != '-' || line.p[10] != 'T' || !pmt_cur_until(&c, ' ', &time) ||
        time.n > TIME_MAX)
        return false;
    ret->stream = pmt_slice(c.p, 6);
    if (!pmt_cur_lit(&c, "stdout ") && !pmt_cur_lit(&c, "stderr "))
        return false;
    ret->head = pmt_slice(line.p, (size_t)(c.p - line.p));
    ret->more = pmt_cur_char(&c, 'P');
    if ((!ret->more && !pmt_cur_char(&c, 'F')) || (!pmt_cur_end(&c) && !pmt_cur_char(&c, ' ')))
        return false;
    ret->text = pmt_cur_rest(&c);
    ret->tail = pmt_slice("", 0);
    ret->docker = false;
    return true;
}

/* Whether the text ends with an escaped newline. */
static bool ends_line(struct pmt_slice text)
{
    size_t n = 0;
    if (!pmt_slice_ends(text, "\\n"))
        return false;
    while (n < text.n - 1 && text.p[text.n - 2 - n] == '\\')
        n++;
    return n % 2;
}

static bool read_docker(struct pmt_slice line, struct piece *ret)
{
    static const char before[] = "{\"log\":\"", behind[] = "\",\"stream\":\"std";
    struct pmt_slice rest;
    if (!pmt_slice_starts(line, before))
        return false;
    rest = pmt_slice(line.p + strlen(before), line.n - strlen(before));
    const char *end = pmt_slice_find(rest, behind); /* inside, quotes are escaped */
    if (!end || (size_t)(rest.p + rest.n - end) < strlen(behind) + 3)
        return false;
    ret->head = pmt_slice(line.p, strlen(before));
    ret->text = pmt_slice(rest.p, (size_t)(end - rest.p));
    ret->tail = pmt_slice(end, (size_t)(rest.p + rest.n - end));
    ret->stream = pmt_slice(end + strlen(behind) - 3, 6);
    ret->more = ret->text.n >= DOCKER_PIECE && !ends_line(ret->text);
    ret->docker = true;
    return true;
}

static bool read_piece(struct pmt_slice line, struct piece *ret)
{
    return line.n && (*line.p == '{' ? read_docker(line, ret) : read_cri(line, ret));
}

/* What is sure to be whole costs no more than a look. */
static bool begins(struct pmt_slice line, struct piece *ret)
{
    if (line.n && *line.p == '{' && line.n < DOCKER_PIECE)
        return false;
    return read_piece(line, ret) && ret->more;
}

bool pmt_chunks_in(struct pmt_slice head)
{
    enum { LINES = 8 };
    struct pmt_cursor c = pmt_cursor(head);
    struct pmt_slice line;
    struct piece ignored;
    for (int i = 0; i < LINES; i++) {
        bool whole = pmt_cur_until(&c, '\n', &line);
        if (read_piece(whole ? line : pmt_cur_rest(&c), &ignored))
            return true;
        if (!whole)
            return false;
    }
    return false;
}

/* ---- lines that wait ------------------------------------------------------------------------- */

/* Room for one more behind those held; false when there is none. */
static bool make_room(struct pmt_chunks *p, size_t n)
{
    if (p->from == p->to) {
        pmt_buf_clear(&p->text);
        p->from = p->to = 0;
    }
    if (p->to == PMT_PIECES_HELD && p->from) {
        size_t gone = p->held[p->from].at;
        memmove(p->text.data, p->text.data + gone, p->text.n - gone);
        p->text.n -= gone;
        memmove(p->held, p->held + p->from, (p->to - p->from) * sizeof *p->held);
        p->to -= p->from;
        p->from = 0;
        for (size_t i = 0; i < p->to; i++)
            p->held[i].at -= gone;
    }
    return p->to < PMT_PIECES_HELD && p->text.n + n <= PMT_PIECES_TEXT;
}

static void hold(struct pmt_chunks *p, const struct pmt_line *line)
{
    p->held[p->to++] = (struct pmt_held){.at = p->text.n, .n = line->text.n,
                                         .number = line->number, .cut = line->cut,
                                         .unfinished = line->unfinished};
    pmt_buf_slice(&p->text, line->text);
}

static struct pmt_line held_line(const struct pmt_chunks *p, const struct pmt_held *h)
{
    const char *text = p->text.data ? p->text.data + h->at : "";
    return (struct pmt_line){.text = pmt_slice(text, h->n), .number = h->number, .cut = h->cut,
                             .unfinished = h->unfinished};
}

/* ---- putting together ------------------------------------------------------------------------ */

static void start(struct pmt_chunks *p, const struct piece *first)
{
    pmt_buf_clear(&p->line);
    pmt_buf_clear(&p->tail);
    pmt_buf_slice(&p->line, first->head);
    if (!first->docker)
        pmt_buf_puts(&p->line, "F ");
    pmt_buf_slice(&p->line, first->text);
    pmt_buf_slice(&p->tail, first->tail);
}

/* Adds the line when it is the next piece of the same stream; *more is whether one follows. */
static bool add(struct pmt_chunks *p, const struct pmt_line *line, struct pmt_slice stream,
                struct pmt_line *ret, bool *more)
{
    struct piece piece;
    if (!read_piece(line->text, &piece) || !pmt_slice_eq(piece.stream, stream))
        return false;
    size_t used = p->line.n + p->tail.n;
    size_t room = used < PMT_LINE_MAX ? PMT_LINE_MAX - used : 0;
    p->over |= piece.text.n > room;
    ret->cut |= line->cut || p->over;
    ret->unfinished |= line->unfinished;
    pmt_buf_slice(&p->line, pmt_slice_head(piece.text, room));
    *more = piece.more;
    return true;
}

static void from_held(struct pmt_chunks *p, struct pmt_slice stream, struct pmt_line *ret,
                      bool *more)
{
    for (size_t i = p->from; i < p->to && *more; i++) {
        struct pmt_line line = held_line(p, &p->held[i]);
        if (!p->held[i].taken && add(p, &line, stream, ret, more))
            p->held[i].taken = true;
    }
}

static int join(struct pmt_chunks *p, const struct piece *first,
                int (*next)(void *source, struct pmt_line *ret), void *source,
                struct pmt_line *ret)
{
    char name[6];
    struct pmt_slice stream = pmt_slice(name, sizeof name);
    struct pmt_line line;
    bool more = true;
    memcpy(name, first->stream.p, sizeof name);
    p->over = false;
    start(p, first);
    from_held(p, stream, ret, &more);
    for (int i = 0; more && i < PMT_PIECES_MAX && make_room(p, PMT_LINE_MAX); i++) {
        if (next(source, &line) <= 0)
            break;
        if (!add(p, &line, stream, ret, &more))
            hold(p, &line);
    }
    pmt_buf_slice(&p->line, pmt_buf_view(&p->tail));
    ret->text = pmt_buf_view(&p->line);
    return 1;
}

int pmt_chunks_next(struct pmt_chunks *p, int (*next)(void *source, struct pmt_line *ret),
                    void *source, struct pmt_line *ret)
{
    struct piece first;
    while (p->from < p->to && p->held[p->from].taken)
        p->from++;
    if (p->from < p->to) {
        *ret = held_line(p, &p->held[p->from++]);
    } else {
        int rc = next(source, ret);
        if (rc <= 0)
            return rc;
    }
    return begins(ret->text, &first) ? join(p, &first, next, source, ret) : 1;
}

void pmt_chunks_fini(struct pmt_chunks *p)
{
    pmt_buf_fini(&p->line);
    pmt_buf_fini(&p->tail);
    pmt_buf_fini(&p->text);
}
