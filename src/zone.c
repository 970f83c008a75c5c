#include "pmt/when.h"

#include "tzif.h"
#include "zone_hint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct pmt_zone {
    const char *name;
    struct pmt_tz tz;
};

enum { FIXED_MAX_SECONDS = 15 * 3600 }; /* Kiribati is at +14:00, and nobody is further out */

/* ---- fixed offsets ----------------------------------------------------------------------- */

/* spec = "Z" / "UTC" / ["UTC"] ("+" / "-") 1*2hh [[":"] mm]; a lone digit takes no bare mm.
 * True when spec looks like one of these; *ok tells whether it is one. */
static bool read_fixed(struct pmt_slice spec, int32_t *ret, bool *ok)
{
    struct pmt_cursor c = pmt_cursor(spec);
    bool utc = pmt_cur_lit(&c, "UTC");
    *ret = 0;
    *ok = true;
    if (pmt_cur_end(&c) || pmt_slice_is(spec, "Z"))
        return utc || spec.n == 1;
    if (*c.p != '+' && *c.p != '-')
        return false;
    int32_t sign = *c.p++ == '-' ? -1 : 1;
    const char *hours = c.p;
    int64_t h = 0, m = 0;
    *ok = pmt_cur_digits(&c, 1, 2, &h);
    if (*ok && !pmt_cur_end(&c)) {
        bool colon = pmt_cur_char(&c, ':');
        *ok = (colon || c.p - hours == 2) && pmt_cur_digits(&c, 2, 2, &m) && pmt_cur_end(&c);
    }
    int64_t seconds = h * 3600 + m * 60;
    *ok = *ok && m < 60 && seconds <= FIXED_MAX_SECONDS;
    *ret = sign * (int32_t)seconds;
    return true;
}

const struct pmt_zone *pmt_zone_fixed(int32_t offset, struct pmt_arena *arena)
{
    struct pmt_zone *z = pmt_arena_alloc(arena, sizeof *z);
    z->tz.first = offset;
    z->name = "UTC";
    if (offset) {
        struct pmt_buf b = {0};
        pmt_put_offset(&b, offset);
        z->name = pmt_arena_copy(arena, pmt_buf_view(&b)).p;
        pmt_buf_fini(&b);
    }
    return z;
}

/* ---- the tz database --------------------------------------------------------------------- */

static const char *database(void)
{
    const char *dir = getenv("PMT_ZONEINFO");
    return dir && *dir ? dir : "/usr/share/zoneinfo";
}

/* Reads the file into *ret (the caller's to free). False with a literal reason. */
static bool read_whole(int fd, struct pmt_slice *ret, const char **why)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        *why = "it cannot be read";
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        *why = S_ISDIR(st.st_mode) ? "it is a folder of zones" : "it is not a regular file";
        return false;
    }
    if (st.st_size > PMT_TZIF_MAX_BYTES) {
        *why = "it is too big for one";
        return false;
    }
    size_t size = (size_t)st.st_size, n = 0;
    char *data = pmt_alloc(size);
    while (n < size) {
        ssize_t got = read(fd, data + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    *ret = pmt_slice(data, n);
    return true;
}

/* The rules in a file, or NULL: with *why NULL when there is no such file. */
static struct pmt_zone *load(const char *path, struct pmt_arena *arena, const char **why)
{
    /* Not blocking, lest a FIFO of that name holds us up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *why = NULL;
    if (fd < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            *why = "it cannot be opened";
        return NULL;
    }
    struct pmt_zone *z = NULL;
    struct pmt_slice file;
    struct pmt_tz tz;
    if (read_whole(fd, &file, why)) {
        if (pmt_tzif_read(file, arena, &tz, why)) {
            z = pmt_arena_alloc(arena, sizeof *z);
            z->tz = tz;
        }
        free((char *)file.p);
    }
    close(fd);
    return z;
}

/* ---- opening ----------------------------------------------------------------------------- */

static const char *explain_unknown(struct pmt_slice spec, struct pmt_arena *arena)
{
    struct stat st;
    struct pmt_slice shown = pmt_slice_head(spec, PMT_ZONE_NAME_MAX);
    if (stat(database(), &st) != 0 || !S_ISDIR(st.st_mode))
        return pmt_arena_printf(arena,
                                "no zone \"%.*s\": there is no tz database at %s (is the package "
                                "tzdata installed?); an offset such as +03:00 needs none",
                                PMT_FMT(shown), database());
    struct pmt_arena scratch = {0};
    const char *near = pmt_zone_near(spec, database(), &scratch);
    char *text;
    if (near)
        text = pmt_arena_printf(arena, "no zone \"%.*s\" below %s; did you mean %s?",
                                PMT_FMT(shown), database(), near);
    else
        text = pmt_arena_printf(arena,
                                "no zone \"%.*s\" below %s; give an IANA name such as "
                                "Africa/Nairobi, or an offset such as +03:00",
                                PMT_FMT(shown), database());
    pmt_arena_fini(&scratch);
    return text;
}

/* What is wrong with a spec before any file is looked for, or NULL. */
static const char *explain_spec(struct pmt_slice spec, struct pmt_arena *arena)
{
    struct pmt_slice shown = pmt_slice_head(spec, PMT_ZONE_NAME_MAX);
    if (!spec.n)
        return "a zone is missing; give an IANA name such as Africa/Nairobi, or +03:00";
    const char *use = pmt_zone_of_abbreviation(spec);
    if (use)
        return pmt_arena_printf(
            arena, "\"%.*s\" is an abbreviation several zones share or shared; use %s",
            PMT_FMT(shown), use);
    /* GMT+0, GMT-0 and GMT0 are names of the database. */
    if (spec.n > 4 && pmt_slice_starts(spec, "GMT") && (spec.p[3] == '+' || spec.p[3] == '-') &&
        !pmt_slice_is(spec, "GMT+0") && !pmt_slice_is(spec, "GMT-0"))
        return pmt_arena_printf(arena,
                                "\"%.*s\" is read both ways by different systems; use UTC%.*s "
                                "for a clock %s UTC",
                                PMT_FMT(shown), PMT_FMT(pmt_slice(shown.p + 3, shown.n - 3)),
                                spec.p[3] == '+' ? "ahead of" : "behind");
    return NULL;
}

int pmt_zone_open(struct pmt_slice spec, struct pmt_arena *arena, const struct pmt_zone **ret,
                  const char **why)
{
    struct pmt_slice shown = pmt_slice_head(spec, PMT_ZONE_NAME_MAX);
    *why = explain_spec(spec, arena);
    if (*why)
        return -1;
    int32_t offset;
    bool ok;
    if (read_fixed(spec, &offset, &ok)) {
        if (ok) {
            *ret = pmt_zone_fixed(offset, arena);
            return 0;
        }
        *why = pmt_arena_printf(arena, "\"%.*s\" is no offset from UTC; write it as +03:00",
                                PMT_FMT(shown));
        return -1;
    }
    /* Every zone begins with a capital; "localtime" and "posixrules" are this machine's. */
    if (!pmt_zone_name_possible(spec) || (spec.p[0] >= 'a' && spec.p[0] <= 'z')) {
        *why = explain_unknown(spec, arena);
        return -1;
    }
    const char *name = pmt_arena_copy(arena, spec).p;
    const char *path = pmt_arena_printf(arena, "%s/%s", database(), name);
    const char *reason;
    struct pmt_zone *z = load(path, arena, &reason);
    if (!z) {
        *why = reason ? pmt_arena_printf(arena, "%s is no usable zone file: %s", path, reason)
                      : explain_unknown(spec, arena);
        return -1;
    }
    z->name = name;
    *ret = z;
    return 0;
}

const struct pmt_zone *pmt_zone_machine(struct pmt_arena *arena)
{
    static const char path[] = "/etc/localtime", root[] = "zoneinfo/";
    const char *why;
    struct pmt_zone *z = load(path, arena, &why);
    if (!z)
        return NULL;
    z->name = path; /* a copy instead of a link has no name */
    char target[256];
    ssize_t n = readlink(path, target, sizeof target);
    if (n > 0 && (size_t)n < sizeof target) {
        struct pmt_slice link = pmt_slice(target, (size_t)n);
        const char *at = pmt_slice_find(link, root);
        if (at) {
            at += sizeof root - 1;
            struct pmt_slice name = pmt_slice(at, (size_t)(target + n - at));
            if (pmt_zone_name_possible(name))
                z->name = pmt_arena_copy(arena, name).p;
        }
    }
    return z;
}

/* ---- asking ------------------------------------------------------------------------------ */

const char *pmt_zone_name(const struct pmt_zone *z)
{
    return z->name;
}

static int64_t whole_seconds(int64_t us)
{
    return us / PMT_SECOND - (us % PMT_SECOND < 0);
}

int32_t pmt_zone_offset(const struct pmt_zone *z, int64_t utc)
{
    int64_t until;
    return pmt_tz_span(&z->tz, whole_seconds(utc), &until);
}

bool pmt_zone_next_turn(const struct pmt_zone *z, int64_t after, struct pmt_zone_turn *ret)
{
    int64_t at, next;
    ret->before = pmt_tz_span(&z->tz, whole_seconds(after), &at);
    /* Not each change in the file is one of the offset; a rule's may be none at all. */
    for (size_t i = 0; i < z->tz.n + 8 && at < INT64_MAX / PMT_SECOND; i++, at = next) {
        ret->then = pmt_tz_span(&z->tz, at, &next);
        if (ret->then != ret->before) {
            ret->at = at * PMT_SECOND;
            return true;
        }
    }
    return false;
}

/* No offset is 26 hours or more, so the instants that could show a wall time lie at most that far
 * around it. Each span of constant offset there is asked whether it holds the wall time: two
 * neighbours may (clocks set back), or none (the one before the jump has ended, the one behind it
 * has not begun). */
enum pmt_fold pmt_zone_to_utc(const struct pmt_zone *z, int64_t wall, bool second, int64_t *ret)
{
    const int64_t reach = 26 * 3600;
    if (wall == PMT_NO_TIME) {
        *ret = wall;
        return PMT_WALL_UNIQUE;
    }
    int64_t w = whole_seconds(wall), fraction = wall - w * PMT_SECOND;
    int64_t from = w - reach, until, hit[2] = {0, 0}, jumped = w;
    int hits = 0;
    do {
        int64_t utc = w - pmt_tz_span(&z->tz, from, &until);
        if (utc >= until)
            jumped = utc;
        else if (utc >= from && hits < 2)
            hit[hits++] = utc;
        from = until;
    } while (until <= w + reach);
    if (hits == 0)
        *ret = jumped * PMT_SECOND + fraction;
    else
        *ret = hit[hits == 2 && second] * PMT_SECOND + fraction;
    return hits == 2 ? PMT_WALL_TWICE : hits == 1 ? PMT_WALL_UNIQUE : PMT_WALL_MISSING;
}
