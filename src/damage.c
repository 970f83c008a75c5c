#include "pmt/damage.h"
#include "pmt/unpack.h"

#include <stdio.h>

static void tell_place(const struct pmt_damage *d, struct pmt_buf *b)
{
    if (d->in_bytes)
        return;
    if (d->after)
        pmt_buf_printf(b, " after line %llu", (unsigned long long)d->after);
    else
        pmt_buf_puts(b, " before the end of line 1");
}

static void tell_recovered(uint64_t n, struct pmt_buf *b)
{
    pmt_buf_printf(b, "; %llu line%s behind it %s recovered", (unsigned long long)n,
                   n == 1 ? "" : "s", n == 1 ? "was" : "were");
}

static void tell_failed_read(const struct pmt_damage *d, struct pmt_buf *b)
{
    char text[64];
    if (d->shrank) {
        pmt_buf_puts(b, "the file was cut short while it was read,");
        tell_place(d, b);
        return;
    }
    if (!d->errnum) {
        pmt_buf_puts(b, "the archive is damaged or ends early,");
        tell_place(d, b);
        return;
    }
    if (strerror_r(d->errnum, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", d->errnum);
    pmt_buf_puts(b, "read error");
    tell_place(d, b);
    pmt_buf_printf(b, ": %s", text);
}

void pmt_damage_describe(const struct pmt_damage *d, uint64_t lines, bool ended, char *ret,
                         size_t size)
{
    struct pmt_buf b = {0};
    uint64_t recovered = lines - d->behind;
    switch (d->why) {
    case PMT_INFLATE_WELL:
        return;
    case PMT_INFLATE_EARLY:
        pmt_buf_printf(&b, "%s data ends early", d->what);
        tell_place(d, &b);
        pmt_buf_puts(&b, " (truncated file?)");
        if (recovered)
            tell_recovered(recovered, &b);
        break;
    case PMT_INFLATE_DATA:
    case PMT_INFLATE_GARBAGE:
        pmt_buf_printf(&b, "%s data is damaged", d->what);
        tell_place(d, &b);
        if (recovered || !ended)
            tell_recovered(recovered, &b);
        else
            pmt_buf_puts(&b, "; nothing behind it could be read");
        break;
    case PMT_INFLATE_CHECKSUM:
        pmt_buf_printf(&b, "%s checksum is wrong: something up to line %llu is damaged",
                       d->what, (unsigned long long)d->behind);
        break;
    case PMT_INFLATE_TRAILING:
        pmt_buf_printf(&b, "trailing bytes after the %s data were left out", d->what);
        break;
    case PMT_INFLATE_READ:
        tell_failed_read(d, &b);
        break;
    case PMT_INFLATE_MEMORY:
        pmt_buf_printf(&b, "%s data would take more than %d MiB of memory to unpack", d->what,
                       PMT_UNPACK_MEMORY >> 20);
        break;
    case PMT_INFLATE_BOMB:
        pmt_buf_printf(&b, "%s data unpacks to more than %d times its size", d->what,
                       PMT_UNPACK_RATIO);
        tell_place(d, &b);
        pmt_buf_puts(&b, ": the rest was left out");
        break;
    }
    if (d->more)
        pmt_buf_printf(&b, " (and %llu more such place%s)", (unsigned long long)d->more,
                       d->more == 1 ? "" : "s");
    snprintf(ret, size, "%s", b.data);
    pmt_buf_fini(&b);
}
