#include "pmt/archive.h"
#include "pmt/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct pmt_archive {
    struct pmt_source *source;
    struct archive *lib;
    struct pmt_whole whole;
    size_t members, searches;
    bool ended;
    char damage[192];
    char name[PMT_ARCHIVE_NAME + 4];
    /* the member that is read */
    const char *block; /* of its text, the library's */
    size_t block_n;
    int64_t block_at, at; /* where the block stands in the text, and how far that was given out */
    int member_end;       /* 1: it was reached, -1: nothing more of it can be read */
    char buf[64 * 1024];  /* what the library works on */
};

/* ---- what is one ------------------------------------------------------------------------- */

/* POSIX.1-2008, pax, "ustar Interchange Format": blocks of 512 bytes; in the header the eight bytes
 * from 148 on are the octal sum of all, "treated as if they were <space> characters" themselves.
 * Old archives sum signed bytes. */
static bool is_tar(struct pmt_slice s)
{
    enum { BLOCK = 512, AT = 148, DIGITS = 8 };
    int64_t plain = 0, with_sign = 0, sum = 0;
    bool digits = false;
    if (s.n < BLOCK || !s.p[0])
        return false;
    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= AT && i < AT + DIGITS;
        plain += own ? ' ' : (unsigned char)s.p[i];
        with_sign += own ? ' ' : (signed char)s.p[i];
    }
    for (size_t i = AT; i < AT + DIGITS; i++) {
        char c = s.p[i];
        if (c >= '0' && c <= '7') {
            sum = sum * 8 + (c - '0');
            digits = true;
        } else if (digits ? c == '\0' || c == ' ' : c == ' ') {
            if (digits)
                break;
        } else {
            return false;
        }
    }
    return digits && (sum == plain || sum == with_sign);
}

/* PKWARE's APPNOTE, 4.3.7 and (without any file) 4.3.16. */
static bool is_zip(struct pmt_slice s)
{
    return s.n >= 22 && (memcmp(s.p, "PK\3\4", 4) == 0 || memcmp(s.p, "PK\5\6", 4) == 0);
}

bool pmt_archive_is(struct pmt_slice head)
{
    return is_tar(head) || is_zip(head);
}

/* ---- from front to back ------------------------------------------------------------------ */

static la_ssize_t read_file(struct archive *lib, void *arg, const void **ret)
{
    struct pmt_archive *a = arg;
    long n = pmt_source_bytes(a->source, a->buf, sizeof a->buf);
    (void)lib;
    a->whole.packed = pmt_source_info(a->source)->bytes_in;
    *ret = a->buf;
    return n > 0 ? n : 0; /* damage is asked for at the end: what came before it is to be used */
}

struct pmt_archive *pmt_archive_open(struct pmt_source *s)
{
    struct pmt_archive *a = pmt_alloc(sizeof *a);
    a->source = s;
    a->lib = archive_read_new();
    if (!a->lib)
        pmt_oom();
    archive_read_support_format_tar(a->lib);
    archive_read_support_format_zip_streamable(a->lib);
    if (archive_read_open(a->lib, a, NULL, read_file, NULL) != ARCHIVE_OK)
        a->ended = true;
    return a;
}

void pmt_archive_close(struct pmt_archive *a)
{
    if (!a)
        return;
    archive_read_free(a->lib);
    free(a);
}

const char *pmt_archive_damage(const struct pmt_archive *a)
{
    return a->damage;
}

/* The end, whether or not the library is content: what the source knows is told first. */
static int finish(struct pmt_archive *a, const char *why)
{
    a->ended = true;
    while (!why[0] && pmt_source_bytes(a->source, a->buf, sizeof a->buf) > 0)
        ; /* a checksum may stand behind it */
    const struct pmt_source_info *info = pmt_source_info(a->source);
    snprintf(a->damage, sizeof a->damage, "%s", info->incomplete ? info->damage : why);
    return 0;
}

/* ---- members ----------------------------------------------------------------------------- */

/* The name as it stands there, without "./"; an absent one is told by its number. */
static void take_name(struct pmt_archive *a, struct archive_entry *e)
{
    const char *name = archive_entry_pathname_utf8(e);
    if (!name)
        name = archive_entry_pathname(e);
    while (name && strncmp(name, "./", 2) == 0)
        name += 2;
    struct pmt_slice s = pmt_slice_head(pmt_str(name), PMT_ARCHIVE_NAME);
    if (s.n)
        snprintf(a->name, sizeof a->name, "%.*s%s", PMT_FMT(s), name[s.n] ? "..." : "");
    else
        snprintf(a->name, sizeof a->name, "(member %zu)", a->members + 1);
}

static const char *why_not(const struct pmt_archive *a, struct archive_entry *e, bool *problem)
{
    const char *name = archive_entry_pathname(e);
    *problem = false;
    if (archive_entry_hardlink(e))
        return "is another name of a file in the archive";
    switch (archive_entry_filetype(e)) {
    case AE_IFREG: break;
    case AE_IFLNK: return "is a symbolic link in the archive";
    case AE_IFIFO: return "is a named pipe in the archive";
    default: return "is a device in the archive";
    }
    *problem = true;
    if (archive_entry_is_encrypted(e))
        return "is encrypted: unpack the archive first";
    if ((name && strlen(name) > PMT_ARCHIVE_NAME) || strlen(a->name) > PMT_ARCHIVE_NAME)
        return "has too long a name";
    *problem = false;
    return NULL;
}

/* DOS times of a zip are somebody's local time, and the library takes ours for it: only what has
 * the other times too (of the extra field, in UTC) is believed. */
static int64_t modified(const struct pmt_archive *a, struct archive_entry *e)
{
    bool zip = (archive_format(a->lib) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
    if (!archive_entry_mtime_is_set(e) ||
        (zip && archive_entry_atime(e) == 0 && archive_entry_ctime(e) == 0))
        return 0;
    return archive_entry_mtime(e);
}

int pmt_archive_next(struct pmt_archive *a, struct pmt_member *ret)
{
    struct archive_entry *e;
    while (!a->ended) {
        int rc = archive_read_next_header(a->lib, &e);
        if (rc == ARCHIVE_EOF)
            return finish(a, "");
        if (rc == ARCHIVE_RETRY && a->searches++ < PMT_ARCHIVE_SEARCHES)
            continue;
        if (rc < ARCHIVE_WARN)
            return finish(a, "it is damaged");
        if (archive_entry_filetype(e) == AE_IFDIR)
            continue;
        if (a->members == PMT_ARCHIVE_MEMBERS) {
            char why[64];
            snprintf(why, sizeof why, "it holds more than %d files", PMT_ARCHIVE_MEMBERS);
            return finish(a, why);
        }
        take_name(a, e);
        bool problem;
        const char *why = why_not(a, e, &problem);
        *ret = (struct pmt_member){.name = a->name, .number = a->members++, .why = why,
                                   .size = archive_entry_size_is_set(e) && archive_entry_size(e) > 0
                                               ? (uint64_t)archive_entry_size(e) : 0,
                                   .mtime = modified(a, e), .problem = problem};
        a->block_n = 0;
        a->block_at = a->at = 0;
        a->member_end = 0;
        return 1;
    }
    return 0;
}

/* A hole of a sparse file is told by one NUL, however big it is. */
static long read_member(void *from, void *p, size_t n)
{
    struct pmt_archive *a = from;
    while (!a->block_n) {
        const void *block;
        size_t size;
        la_int64_t at;
        if (a->member_end)
            return a->member_end < 0 ? -1 : 0;
        int rc = archive_read_data_block(a->lib, &block, &size, &at);
        bool good = rc == ARCHIVE_OK && !pmt_unpack_too_much(a->whole.packed, a->whole.text);
        a->member_end = rc == ARCHIVE_EOF ? 1 : good ? 0 : -1;
        if (!good)
            continue;
        a->block = block;
        a->block_n = size;
        a->block_at = at;
    }
    if (a->block_at > a->at) {
        a->at = a->block_at;
        *(char *)p = '\0';
        return 1;
    }
    n = n < a->block_n ? n : a->block_n;
    memcpy(p, a->block, n);
    a->block += n;
    a->block_n -= n;
    a->block_at += (int64_t)n;
    a->at += (int64_t)n;
    a->whole.text += n;
    return (long)n;
}

int pmt_archive_text(struct pmt_archive *a, struct pmt_source **ret)
{
    return pmt_source_open_member(read_member, a, &a->whole, ret);
}

/* ---- once more --------------------------------------------------------------------------- */

int pmt_input_open(const struct pmt_input *in, int stdin_fd, uint64_t from, uint64_t to,
                   struct pmt_source **ret)
{
    if (strcmp(in->path, "-") != 0)
        return pmt_source_open(in->path, from, to, ret);
    int fd = dup(stdin_fd);
    return fd < 0 ? PMT_EIO : pmt_source_open_fd(fd, ret);
}

/* A source that was refused is of no use here. */
static int keep_good(int err, struct pmt_source *s)
{
    if (err == PMT_EFORMAT)
        pmt_source_close(s);
    return err;
}

void pmt_opener_fini(struct pmt_opener *o)
{
    pmt_archive_close(o->archive);
    pmt_source_close(o->file);
    o->archive = NULL;
    o->file = NULL;
    o->of = NULL;
}

static int open_archive(struct pmt_opener *o, const struct pmt_input *in)
{
    struct pmt_source *s = NULL;
    pmt_opener_fini(o);
    int err = keep_good(pmt_input_open(in, o->stdin_fd, 0, UINT64_MAX, &s), s);
    if (err)
        return err;
    o->file = s;
    if (!pmt_archive_is(pmt_source_head(s)))
        return PMT_EMISSING;
    o->archive = pmt_archive_open(s);
    o->of = in;
    o->next = 0;
    return 0;
}

int pmt_opener_open(struct pmt_opener *o, const struct pmt_input *in, struct pmt_source **ret)
{
    struct pmt_source *s = NULL;
    struct pmt_member m;
    if (!in->archive) {
        int err = keep_good(pmt_input_open(in, o->stdin_fd, 0, UINT64_MAX, &s), s);
        if (!err)
            *ret = s;
        return err;
    }
    if (o->of != in->archive || o->next > in->member) {
        int err = open_archive(o, in->archive);
        if (err)
            return err;
    }
    while (pmt_archive_next(o->archive, &m)) {
        o->next = m.number + 1;
        if (m.number < in->member)
            continue;
        int err = m.number > in->member || m.why ? PMT_EMISSING
                                                 : keep_good(pmt_archive_text(o->archive, &s), s);
        if (!err)
            *ret = s;
        return err;
    }
    return PMT_EMISSING;
}

struct place {
    size_t first; /* index of the first member of the same archive */
    size_t member, index;
};

static int by_place(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->member != b->member)
        return a->member < b->member ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

void pmt_opener_order(const struct pmt_input *const *inputs, size_t n, size_t *ret)
{
    struct place *v = pmt_alloc((n + 1) * sizeof *v);
    size_t *firsts = pmt_alloc((n + 1) * sizeof *firsts), nfirsts = 0; /* one of each archive */
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct place){i, inputs[i]->member, i};
        if (!inputs[i]->archive)
            continue;
        size_t k = nfirsts;
        while (k > 0 && inputs[firsts[k - 1]]->archive != inputs[i]->archive)
            k--;
        if (k)
            v[i].first = firsts[k - 1];
        else
            firsts[nfirsts++] = i;
    }
    qsort(v, n, sizeof *v, by_place);
    for (size_t i = 0; i < n; i++)
        ret[i] = v[i].index;
    free(v);
    free(firsts);
}
