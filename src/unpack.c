#include "unpack_codec.h"

#include <stdlib.h>

struct pmt_unpack {
    enum pmt_compression how;
    struct pmt_inflate *inflate; /* gzip; else: */
    const struct pmt_codec *codec;
    void *stream; /* of the codec; NULL between two */
    bool any;     /* a stream has begun */
    bool ended;
    enum pmt_inflate_why why;
    bool eof, failed; /* nothing more to read */
    size_t at, in_n;  /* what is left of `in` */
    long (*read)(void *from, void *p, size_t n);
    void *from;
    uint64_t packed, text; /* bytes so far */
    unsigned char in[PMT_UNPACK_INPUT];
};

static const struct {
    const char *name;
    const struct pmt_codec *codec;
} kinds[] = {
    [PMT_PLAIN] = {"plain", NULL},           [PMT_GZIP] = {"gzip", NULL},
    [PMT_BZIP2] = {"bzip2", &pmt_codec_bzip2}, [PMT_XZ] = {"xz", &pmt_codec_xz},
    [PMT_LZMA] = {"lzma", &pmt_codec_xz},    [PMT_ZSTD] = {"zstd", &pmt_codec_zstd},
    [PMT_LZ4] = {"lz4", NULL},             [PMT_JOURNAL] = {"journal", NULL},
};

/* ---- what it is -------------------------------------------------------------------------- */

/* lzma has no magic, only a header: properties (5D by default), the size of the dictionary (a power
 * of two of at least 64 KiB, little-endian in four bytes), the size of the text in eight, all ones
 * when not known. Of those eight the upper bytes are out of sight: the lower five. */
static bool is_lzma(const unsigned char *p)
{
    static const unsigned char unknown[5] = {0xff, 0xff, 0xff, 0xff, 0xff};
    bool power = p[1] == 0 && p[2] == 0 && (p[3] & (p[3] - 1)) == 0 && (p[4] & (p[4] - 1)) == 0 &&
                 (p[3] == 0) != (p[4] == 0);
    return p[0] == 0x5d && power && (memcmp(p + 5, unknown, 5) == 0 || p[9] == 0);
}

/* The first bytes of compressed files. gzip: RFC 1952 2.3.1 (ID1 ID2 CM). bzip2: "BZh", the level
 * '1' to '9', then the magic of a block (pi) or of the end (its root). xz: file format 2.1.1.1.
 * zstd: RFC 8878 3.1.1 (frame), 3.1.2 (skippable frame: 0x184D2A50 to 5F). lz4: its frame format,
 * "Magic Number". A journal of systemd's, which is packed in its own way: its file format,
 * "Header". */
enum pmt_compression pmt_unpack_how(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    if (n >= 3 && memcmp(p, "\x1f\x8b\x08", 3) == 0)
        return PMT_GZIP;
    if (n >= 10 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
        (memcmp(p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
         memcmp(p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0))
        return PMT_BZIP2;
    if (n >= 6 && memcmp(p, "\xfd" "7zXZ\0", 6) == 0)
        return PMT_XZ;
    if (n >= 4 && (memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0 ||
                   ((p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0)))
        return PMT_ZSTD;
    if (n >= 4 && memcmp(p, "\x04\x22\x4d\x18", 4) == 0)
        return PMT_LZ4;
    if (n >= 8 && memcmp(p, "LPKSHHRH", 8) == 0)
        return PMT_JOURNAL;
    return n >= PMT_UNPACK_MAGIC && is_lzma(p) ? PMT_LZMA : PMT_PLAIN;
}

bool pmt_unpack_can(enum pmt_compression how)
{
    return how == PMT_GZIP || kinds[how].codec;
}

const char *pmt_unpack_name(enum pmt_compression how)
{
    return kinds[how].name;
}

bool pmt_unpack_too_much(uint64_t packed, uint64_t text)
{
    return text > PMT_UNPACK_MOST ||
           (text > PMT_UNPACK_FREE && text / PMT_UNPACK_RATIO > packed);
}

/* ---- reading ----------------------------------------------------------------------------- */

static long read_counted(void *from, void *p, size_t n)
{
    struct pmt_unpack *u = from;
    long got = u->read(u->from, p, n);
    u->packed += got > 0 ? (uint64_t)got : 0;
    return got;
}

struct pmt_unpack *pmt_unpack_new(enum pmt_compression how,
                                  long (*read)(void *from, void *p, size_t n), void *from)
{
    struct pmt_unpack *u = pmt_alloc(sizeof *u);
    u->how = how;
    u->read = read;
    u->from = from;
    u->codec = kinds[how].codec;
    if (!u->codec)
        u->inflate = pmt_inflate_new(read_counted, u);
    return u;
}

void pmt_unpack_free(struct pmt_unpack *u)
{
    if (!u)
        return;
    pmt_inflate_free(u->inflate);
    if (u->stream)
        u->codec->close(u->stream);
    free(u);
}

int64_t pmt_unpack_time(const struct pmt_unpack *u)
{
    return u->inflate ? pmt_inflate_time(u->inflate) : 0;
}

static bool more(struct pmt_unpack *u)
{
    if (u->eof)
        return false;
    memmove(u->in, u->in + u->at, u->in_n);
    u->at = 0;
    long n = read_counted(u, u->in + u->in_n, sizeof u->in - u->in_n);
    if (n > 0)
        u->in_n += (size_t)n;
    u->eof = n <= 0;
    u->failed = n < 0;
    return n > 0;
}

static void end(struct pmt_unpack *u, enum pmt_inflate_why why)
{
    u->ended = true;
    u->why = u->failed ? PMT_INFLATE_READ : why;
}

/* Opens the next stream, or ends. Zeros between two are padding. */
static void next_stream(struct pmt_unpack *u)
{
    do {
        while (u->any && u->in_n && u->in[u->at] == 0) {
            u->at++;
            u->in_n--;
        }
    } while (u->in_n < PMT_UNPACK_MAGIC && more(u));
    if (u->any && !u->in_n)
        end(u, PMT_INFLATE_WELL);
    else if (u->any && pmt_unpack_how(u->in + u->at, u->in_n) != u->how)
        end(u, PMT_INFLATE_TRAILING);
    else
        u->stream = u->codec->open();
    u->any = true;
}

static void step(struct pmt_unpack *u, unsigned char *p, size_t cap, size_t *n)
{
    struct pmt_codec_io io = {u->in + u->at, u->in_n, p + *n, cap - *n};
    enum pmt_codec_answer answer = u->codec->step(u->stream, &io);
    bool moved = io.in_n != u->in_n || io.out_n != cap - *n;
    u->at += u->in_n - io.in_n;
    u->in_n = io.in_n;
    *n = cap - io.out_n;
    if (answer == PMT_CODEC_END) {
        u->codec->close(u->stream);
        u->stream = NULL;
    } else if (answer != PMT_CODEC_ON) {
        end(u, answer == PMT_CODEC_MEMORY ? PMT_INFLATE_MEMORY : PMT_INFLATE_DATA);
    } else if (!moved && !more(u)) {
        end(u, PMT_INFLATE_EARLY);
    }
}

static enum pmt_inflate_event decode(struct pmt_unpack *u, unsigned char *p, size_t cap, size_t *n,
                                     enum pmt_inflate_why *why)
{
    *n = 0;
    while (*n < cap && !u->ended) {
        if (u->stream)
            step(u, p, cap, n);
        else
            next_stream(u);
    }
    if (*n)
        return PMT_INFLATE_TEXT;
    *why = u->why;
    return PMT_INFLATE_END;
}

enum pmt_inflate_event pmt_unpack_read(struct pmt_unpack *u, void *p, size_t cap, size_t *n,
                                       enum pmt_inflate_why *why)
{
    if (pmt_unpack_too_much(u->packed, u->text)) {
        *n = 0;
        *why = PMT_INFLATE_BOMB;
        return PMT_INFLATE_END;
    }
    enum pmt_inflate_event event = u->codec ? decode(u, p, cap, n, why)
                                            : pmt_inflate_read(u->inflate, p, cap, n, why);
    u->text += *n;
    return event;
}
