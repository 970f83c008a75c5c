#include "infer_parts.h"

/* What only HAProxy writes: termination states, timers and counts as "a/b/c/d/e", and a frontend
 * before "backend/server". Configuration manual 8.2.3. */

static bool numbers_at(const struct pmt_skeleton *s, size_t i, size_t of)
{
    return i + of <= s->n && s->cols[i]->group == '/' && s->cols[i]->at == 0 &&
           s->cols[i]->of == of && s->cols[i]->most >= 0;
}

/* Is one of `of` numbers never less than the others? */
static bool leads(const struct pmt_skeleton *s, size_t i, size_t of, size_t which,
                  const struct pmt_lines *lines)
{
    for (size_t k = 0; k < lines->n; k++) {
        int64_t most, v;
        if (!lines->fit[k])
            continue;
        for (size_t j = 0; j < of; j++) {
            struct pmt_slice a = s->cols[i + which]->v[k], x = s->cols[i + j]->v[k];
            a = a.n && *a.p == '+' ? pmt_slice(a.p + 1, a.n - 1) : a;
            x = x.n && *x.p == '+' ? pmt_slice(x.p + 1, x.n - 1) : x;
            if (!pmt_slice_int(a, &most) || !pmt_slice_int(x, &v) || v > most)
                return false;
        }
    }
    return true;
}

bool pmt_is_haproxy(const struct pmt_skeleton *s)
{
    return pmt_with_role(s, ROLE_STATE) ||
           (pmt_with_role(s, ROLE_TIMER_ALL) && pmt_with_role(s, ROLE_BACKEND));
}

static void find_timers(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    enum { PARTS = 5 };
    for (size_t i = 0; i < s->n; i++) {
        if (!numbers_at(s, i, PARTS))
            continue;
        if (!pmt_with_role(s, ROLE_TIMER_ALL) && leads(s, i, PARTS, PARTS - 1, lines)) {
            for (size_t k = 0; k < PARTS; k++)
                s->cols[i + k]->role = (uint8_t)(ROLE_TIMER_REQUEST + k);
        } else if (leads(s, i, PARTS, 0, lines)) {
            for (size_t k = 0; k < PARTS; k++)
                s->cols[i + k]->role = ROLE_COUNT;
        }
    }
}

/* Of the names that HAProxy's manual has, and people write before the values; "ts" and "Tr" are
 * other things elsewhere. */
static const struct {
    const char *name;
    uint8_t role;
} letters[] = {
    {"TR", ROLE_TIMER_REQUEST}, {"Tq", ROLE_TIMER_REQUEST}, {"Tw", ROLE_TIMER_QUEUE},
    {"Tc", ROLE_TIMER_CONNECT}, {"Tr", ROLE_TIMER_RESPONSE}, {"Ta", ROLE_TIMER_ALL},
    {"Tt", ROLE_TIMER_ALL},
};

static bool all_signed(const struct pmt_column *c, const struct pmt_lines *lines)
{
    int64_t ignored;
    for (size_t i = 0; i < lines->n; i++) {
        struct pmt_slice v = c->v[i];
        size_t sign = v.n > 1 && (*v.p == '-' || *v.p == '+');
        if (lines->fit[i] && !pmt_slice_int(pmt_slice(v.p + sign, v.n - sign), &ignored))
            return false;
    }
    return true;
}

/* "ts=SC-- Tw=0 Tc=1 Tr=58 Ta=59" */
static void find_named(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    size_t timers = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < sizeof letters / sizeof *letters; k++)
            timers += pmt_slice_is(s->cols[i]->name, letters[k].name);
    bool servers = pmt_with_role(s, ROLE_BACKEND) && pmt_with_role(s, ROLE_SERVER);
    for (size_t i = 0; i < s->n; i++) {
        struct pmt_column *c = s->cols[i];
        bool state = pmt_slice_is(c->name, "ts") || pmt_slice_is(c->name, "tsc") ||
                     pmt_slice_is(c->name, "term") || pmt_slice_is(c->name, "state");
        if (state && c->role == ROLE_NONE && c->shape == SHAPE_STATE && (servers || timers > 1) &&
            !pmt_with_role(s, ROLE_STATE))
            c->role = ROLE_STATE;
    }
    for (size_t i = 0; i < s->n && timers > 1; i++)
        for (size_t k = 0; k < sizeof letters / sizeof *letters; k++)
            if (pmt_slice_is(s->cols[i]->name, letters[k].name) &&
                !pmt_with_role(s, letters[k].role) && all_signed(s->cols[i], lines) &&
                (servers || pmt_with_role(s, ROLE_STATE)))
                s->cols[i]->role = letters[k].role;
}

static bool is_word(const struct pmt_column *c)
{
    return c->role == ROLE_NONE && c->known && !c->quoted &&
           (c->shape == SHAPE_TEXT || c->shape == SHAPE_HOST);
}

/* A state that is "----" in all lines may be what lacks in another format. */
static bool only_dashes(const struct pmt_column *c, const struct pmt_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        for (size_t k = 0; lines->fit[i] && k < c->v[i].n; k++)
            if (c->v[i].p[k] != '-')
                return false;
    return true;
}

/* Timers or counts "0/26", and a backend before its server. */
static bool has_both_pairs(const struct pmt_skeleton *s)
{
    bool numbers = false, words = false;
    for (size_t i = 0; i + 1 < s->n; i++) {
        const struct pmt_column *c = s->cols[i], *next = s->cols[i + 1];
        if (c->group != '/' || c->at)
            continue;
        numbers |= c->most >= 0 && next->most >= 0;
        words |= c->of == 2 && is_word(c) && next->role == ROLE_NONE;
    }
    return numbers && words;
}

void pmt_roles_haproxy(struct pmt_skeleton *s, const struct pmt_lines *lines)
{
    bool slashes = false;
    find_timers(s, lines);
    find_named(s, lines);
    for (size_t i = 0; i < s->n; i++)
        slashes |= s->cols[i]->group == '/';
    for (size_t i = 0; i < s->n && slashes && !pmt_with_role(s, ROLE_STATE); i++)
        if (s->cols[i]->role == ROLE_NONE && s->cols[i]->shape == SHAPE_STATE &&
            (!only_dashes(s->cols[i], lines) || has_both_pairs(s)))
            s->cols[i]->role = ROLE_STATE;
    if (!pmt_with_role(s, ROLE_STATE) && !pmt_with_role(s, ROLE_TIMER_ALL))
        return;
    for (size_t i = 0; i + 1 < s->n && !pmt_with_role(s, ROLE_BACKEND); i++) {
        struct pmt_column *b = s->cols[i], *v = s->cols[i + 1];
        if (b->group != '/' || b->of != 2 || b->at || !is_word(b) || v->role != ROLE_NONE)
            continue;
        b->role = ROLE_BACKEND;
        v->role = ROLE_SERVER;
        if (i && is_word(s->cols[i - 1]) && !pmt_with_role(s, ROLE_FRONTEND))
            s->cols[i - 1]->role = ROLE_FRONTEND;
    }
}
