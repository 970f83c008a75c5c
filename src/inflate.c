#include "pmt/inflate.h"

#include <stdlib.h>
#include <zlib.h>

/* RFC 1952 2.3, the header of a member:
 *    +---+---+---+---+---+---+---+---+---+---+
 *    |ID1|ID2|CM |FLG|     MTIME     |XFL|OS | (more, as FLG tells)
 *    +---+---+---+---+---+---+---+---+---+---+
 * ID1 = 31, ID2 = 139, CM = 8 (deflate). "Reserved FLG bits must be zero." XFL is 2 or 4 or, by
 * most writers, 0. OS is 0 to 13 or 255 (unknown). */
enum { HEADER = 10, MAGIC = 3 };

enum state {
    AT_MEMBER, /* a member, padding or something else comes next */
    IN_MEMBER,
    DAMAGED,   /* to be told, and the next header to be looked for */
    BROKEN_OFF, /* as DAMAGED, and nothing comes behind it */
    ENDED,
};

struct pmt_inflate {
    long (*read)(void *from, void *p, size_t n);
    void *from;
    enum state state;
    enum pmt_inflate_why why;
    bool eof;        /* nothing more to read (or reading failed) */
    bool failed;     /* reading failed */
    bool any;        /* a member has begun */
    unsigned looked_back;
    size_t in_n;     /* bytes in `in`; z.next_in points among them */
    size_t floor;    /* the current member's header begins before this place in `in` */
    z_stream z;
    gz_header header;
    unsigned char in[PMT_INFLATE_KEEP + HEADER + PMT_INFLATE_INPUT];
};

struct pmt_inflate *pmt_inflate_new(long (*read)(void *from, void *p, size_t n), void *from)
{
    struct pmt_inflate *f = pmt_alloc(sizeof *f);
    f->read = read;
    f->from = from;
    f->z.next_in = f->in;
    if (inflateInit2(&f->z, 15 + 16) != Z_OK) /* a window of 32 KiB, and gzip's wrapping only */
        pmt_oom();
    return f;
}

void pmt_inflate_free(struct pmt_inflate *f)
{
    if (!f)
        return;
    inflateEnd(&f->z);
    free(f);
}

int64_t pmt_inflate_time(const struct pmt_inflate *f)
{
    return f->header.done == 1 ? (int64_t)f->header.time : 0;
}

static size_t place(const struct pmt_inflate *f)
{
    return (size_t)(f->z.next_in - f->in);
}

static void move_to(struct pmt_inflate *f, size_t at)
{
    f->z.next_in = f->in + at;
    f->z.avail_in = (uInt)(f->in_n - at);
}

/* Reads more behind what is there, keeping a little of what was used. False when nothing came.
 * Called with less than a header left. */
static bool more(struct pmt_inflate *f)
{
    if (f->eof)
        return false;
    size_t at = place(f);
    size_t drop = at > PMT_INFLATE_KEEP ? at - PMT_INFLATE_KEEP : 0;
    memmove(f->in, f->in + drop, f->in_n - drop);
    f->in_n -= drop;
    f->floor -= drop < f->floor ? drop : f->floor;
    size_t room = sizeof f->in - f->in_n;
    if (room > PMT_INFLATE_INPUT)
        room = PMT_INFLATE_INPUT;
    long n = f->read(f->from, f->in + f->in_n, room);
    if (n > 0)
        f->in_n += (size_t)n;
    f->eof = n <= 0;
    f->failed = n < 0;
    move_to(f, at - drop);
    return n > 0;
}

static bool is_magic(const unsigned char *p)
{
    return p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

static bool is_header(const unsigned char *p)
{
    return is_magic(p) && (p[3] & 0xe0) == 0 && (p[8] == 0 || p[8] == 2 || p[8] == 4) &&
           (p[9] <= 13 || p[9] == 255);
}

/* Moves to the next member's header. False when there is none up to the end. */
static bool find_header(struct pmt_inflate *f)
{
    size_t at = place(f);
    if (f->floor < at && f->looked_back < PMT_INFLATE_REWINDS) {
        /* A member that was broken off and another one written behind it: inflate() took the
         * second header for data and noticed only later. */
        f->looked_back++;
        at = f->floor;
    }
    for (;;) {
        while (f->in_n - at >= HEADER) {
            size_t span = f->in_n - at - (HEADER - 1);
            const unsigned char *p = memchr(f->in + at, 0x1f, span);
            if (!p) {
                at += span;
                break;
            }
            at = (size_t)(p - f->in);
            if (is_header(p)) {
                move_to(f, at);
                return true;
            }
            at++;
        }
        move_to(f, at);
        if (!more(f))
            return false;
        at = place(f);
    }
}

/* Behind damage: goes on at the next header, if there is one. */
static enum pmt_inflate_event resume(struct pmt_inflate *f)
{
    if (f->state == DAMAGED && find_header(f)) {
        f->state = AT_MEMBER;
        return PMT_INFLATE_BREAK;
    }
    f->state = ENDED;
    return PMT_INFLATE_END;
}

/* Skips padding and begins the next member, or tells that there is none. */
static void begin_member(struct pmt_inflate *f)
{
    for (;;) {
        while (f->z.avail_in && *f->z.next_in == 0) {
            f->z.next_in++;
            f->z.avail_in--;
        }
        if (f->z.avail_in >= MAGIC)
            break;
        if (!more(f))
            break;
    }
    size_t left = f->z.avail_in;
    const unsigned char *p = f->z.next_in;
    if (left >= MAGIC && is_magic(p)) {
        f->floor = place(f) + 1;
        if (f->any)
            inflateReset(&f->z);
        else
            inflateGetHeader(&f->z, &f->header);
        f->any = true;
        f->state = IN_MEMBER;
    } else if (f->failed) {
        f->why = PMT_INFLATE_READ;
        f->state = BROKEN_OFF;
    } else if (left == 0) {
        f->why = PMT_INFLATE_WELL;
        f->state = ENDED;
    } else if (left < MAGIC && p[0] == 0x1f && (left < 2 || p[1] == 0x8b)) {
        f->why = PMT_INFLATE_EARLY;
        f->state = BROKEN_OFF;
    } else {
        f->floor = place(f);
        bool goes_on = find_header(f);
        f->why = goes_on     ? PMT_INFLATE_GARBAGE
                 : f->failed ? PMT_INFLATE_READ
                             : PMT_INFLATE_TRAILING;
        f->state = goes_on ? DAMAGED : BROKEN_OFF;
        f->floor = place(f); /* found already: DAMAGED finds it at once */
    }
}

static void inflate_some(struct pmt_inflate *f)
{
    if (f->z.avail_in == 0 && !more(f)) {
        /* Also at the end a header may have been taken for data: hence not BROKEN_OFF. */
        f->why = f->failed ? PMT_INFLATE_READ : PMT_INFLATE_EARLY;
        f->state = f->failed ? BROKEN_OFF : DAMAGED;
        return;
    }
    int rc = inflate(&f->z, Z_NO_FLUSH);
    if (rc == Z_STREAM_END) {
        f->state = AT_MEMBER;
    } else if (rc == Z_MEM_ERROR) {
        pmt_oom();
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        /* zlib tells the trailer's failures ("incorrect data check", "incorrect length check")
         * from all others by their words alone; the header's is "incorrect header check". */
        const char *msg = f->z.msg ? f->z.msg : "";
        bool trailer = strcmp(msg, "incorrect data check") == 0 ||
                       strcmp(msg, "incorrect length check") == 0;
        f->why = trailer ? PMT_INFLATE_CHECKSUM : PMT_INFLATE_DATA;
        f->state = DAMAGED;
    }
}

enum pmt_inflate_event pmt_inflate_read(struct pmt_inflate *f, void *p, size_t cap, size_t *n,
                                        enum pmt_inflate_why *why)
{
    f->z.next_out = p;
    f->z.avail_out = (uInt)cap;
    while (f->z.avail_out && (f->state == AT_MEMBER || f->state == IN_MEMBER)) {
        if (f->state == AT_MEMBER)
            begin_member(f);
        else
            inflate_some(f);
    }
    *n = cap - f->z.avail_out;
    if (*n)
        return PMT_INFLATE_TEXT;
    *why = f->why;
    if (f->state == ENDED)
        return PMT_INFLATE_END;
    return resume(f);
}
