/* template_values.h - how single values of a template's fields are written.
 *
 * Each take_ function returns where the value ends, or NULL when there is none; *ret is -1 for what
 * the program writes when it has no value.
 */
#ifndef PMT_TEMPLATE_VALUES_H
#define PMT_TEMPLATE_VALUES_H

#include "pmt/template.h"

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits, and what else stands in and around numbers. *ret is the number, without the "+" HAProxy
 * puts before one that was still growing (option logasap); -1 for "-1" (never got there), "-"
 * (unset) and what is none. */
static inline const char *take_number(const char *p, const char *end, int64_t *ret)
{
    const char *from = p += p < end && *p == '+';
    uint64_t v = 0;
    while (p < end && is_digit(*p))
        v = v * 10 + (uint64_t)(*p++ - '0');
    *ret = p > from && p - from <= 18 ? (int64_t)v : -1;
    if (p < end && (*p == '-' || *p == '+' || *p == '.')) {
        *ret = -1;
        while (p < end && (is_digit(*p) || *p == '-' || *p == '+' || *p == '.'))
            p++;
    }
    return p;
}

static inline const char *take_status(enum pmt_dialect dialect, const char *p,
                                      const char *end, int64_t *ret)
{
    ptrdiff_t n = end - p;
    if (n >= 3 && is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2])) {
        *ret = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
        p += 3;
    } else if (dialect == PMT_DIALECT_HAPROXY && n >= 2 && p[0] == '-' && p[1] == '1') {
        *ret = -1; /* nothing was sent to the client */
        p += 2;
    } else if (dialect == PMT_DIALECT_HAPROXY && n >= 1 && p[0] == '0' &&
               (n == 1 || !is_digit(p[1]))) {
        *ret = -1; /* the same, as some versions write it */
        p += 1;
    } else if (dialect != PMT_DIALECT_HAPROXY && n >= 1 && p[0] == '-' &&
               (n == 1 || !is_digit(p[1]))) {
        *ret = -1; /* Apache and Traefik, when none was set */
        p += 1;
    } else {
        return NULL;
    }
    return p < end && (is_digit(*p) || *p == '.') ? NULL : p; /* the begin of an address? */
}

/* HAProxy manual 8.5, "Session state at disconnection": what each of the four letters can be. Bit
 * i is set for what may stand at place i; a word that only has as many letters is none. */
static inline bool is_state(int place, char c)
{
    enum { WHO = 1, WHEN = 2, COOKIE = 4, SET_COOKIE = 8, BOTH = COOKIE | SET_COOKIE };
    static const uint8_t letters[128] = {
        ['-'] = WHO | WHEN | BOTH, ['C'] = WHO | WHEN, ['D'] = WHO | WHEN | BOTH, ['E'] = COOKIE,
        ['H'] = WHEN, ['I'] = WHO | BOTH, ['K'] = WHO, ['L'] = WHO | WHEN, ['N'] = BOTH,
        ['O'] = COOKIE, ['P'] = WHO | SET_COOKIE, ['Q'] = WHEN, ['R'] = WHO | WHEN | SET_COOKIE,
        ['S'] = WHO, ['T'] = WHEN, ['U'] = WHO | BOTH, ['V'] = COOKIE, ['c'] = WHO, ['s'] = WHO};
    unsigned char u = (unsigned char)c;
    return u < sizeof letters && letters[u] >> place & 1;
}

#endif
