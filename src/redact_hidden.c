#include "redact_passes.h"

/* How programs write bytes that could do harm: nginx and Apache \x22, JSON \u0022, URLs %22,
 * HAProxy #22. */
static size_t escape(struct pmt_slice in, size_t at, char *ret)
{
    size_t digits = pmt_stands(in, at, "\\x")     ? at + 2
                    : pmt_stands(in, at, "\\u00") ? at + 4
                    : in.p[at] == '%' || in.p[at] == '#' ? at + 1
                                                         : 0;
    if (!digits || digits + 2 > in.n)
        return 0;
    int value = 0;
    for (size_t i = digits; i < digits + 2; i++) {
        char c = in.p[i];
        if (!pmt_is_hex(c))
            return 0;
        value = value * 16 + (pmt_is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    *ret = (char)value;
    return value >= ' ' && value < 0x7F ? digits + 2 - at : 0;
}

bool pmt_redact_reveal(struct pmt_slice in, struct pmt_buf *out)
{
    bool any = false;
    char c;
    for (size_t i = 0; i < in.n;) {
        size_t n = memchr("\\%#", in.p[i], 3) ? escape(in, i, &c) : 0;
        if (n)
            pmt_buf_put(out, &c, 1);
        else
            pmt_buf_put(out, in.p + i, 1);
        any = any || n;
        i += n ? n : 1;
    }
    return any;
}
