#include "options_parts.h"

/* Optimal string alignment over three rows of the table. */
size_t pmt_name_distance(const char *a, const char *b, size_t limit)
{
    enum { MAX = 31 };
    size_t d[3][MAX + 1];
    size_t na = strlen(a), nb = strlen(b);
    if (na > MAX || nb > MAX)
        return limit;
    for (size_t j = 0; j <= nb; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = d[i % 3];
        const size_t *before = d[(i + 2) % 3], *before2 = d[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before2[j - 2] + 1 < best)
                best = before2[j - 2] + 1;
            now[j] = best;
        }
    }
    return d[na % 3][nb] < limit ? d[na % 3][nb] : limit;
}

bool pmt_missing_read(struct pmt_slice s, int *ret)
{
    struct pmt_cursor c = pmt_cursor(pmt_slice_ends(s, "%") ? pmt_slice(s.p, s.n - 1) : s);
    int64_t whole, part = 0, scale = 10000;
    if (!pmt_cur_digits(&c, 2, 2, &whole))
        return false;
    if (pmt_cur_char(&c, '.')) {
        const char *from = c.p;
        if (!pmt_cur_digits(&c, 1, 4, &part))
            return false;
        for (ptrdiff_t n = c.p - from; n > 0; n--)
            scale /= 10;
    }
    int missing = PMT_MILLION - (int)(whole * 10000 + part * scale);
    if (!pmt_cur_end(&c) || missing > PMT_MILLION / 2)
        return false;
    *ret = missing;
    return true;
}
