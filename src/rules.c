#include "pmt/rules.h"

#include <assert.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* A pattern that needs more than this on one message is taken as not matching. The built-in ones
 * need a few hundred steps at most. */
enum { MATCH_LIMIT = 50000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 1024 };
enum { JIT_STACK_MIN = 32 * 1024, JIT_STACK_MAX = 256 * 1024 };

/* Which pairs of neighbouring bytes occur in a text, as a set of bits. A literal one of whose pairs
 * is missing cannot occur: nearly every rule is dismissed by this alone, for one pass over the
 * message. */
enum { PAIR_WORDS = 8 };
struct pairs {
    uint64_t bits[PAIR_WORDS];
};

struct compiled {
    const struct pmt_rule *rule;
    pcre2_code *code; /* NULL: the literal is enough */
    struct pairs pairs;
    int subject, actor, detail; /* numbers of the named groups, 0 for none */
};

/* The rules that a program's messages are tried against, in catalogue order. */
struct group {
    struct pmt_slice name; /* without the '*' of a prefix */
    bool prefix;
    int16_t *rules;
    size_t n, cap;
};

struct pmt_rules {
    struct compiled *rules;
    size_t n, cap;
    struct group any;     /* for programs no rule names */
    struct group *groups; /* first the names, in order; behind them the prefixes, longest first */
    size_t n_groups, groups_cap, n_names;
    uint32_t captures; /* the most any pattern has */
};

struct pmt_rules_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

/* ---- literals ---------------------------------------------------------------------------- */

static void pairs_of(struct pairs *ret, struct pmt_slice s)
{
    *ret = (struct pairs){{0}};
    for (size_t i = 1; i < s.n; i++) {
        unsigned a = (unsigned char)s.p[i - 1], b = (unsigned char)s.p[i];
        unsigned h = (a * 37 + b) % (PAIR_WORDS * 64);
        ret->bits[h / 64] |= UINT64_C(1) << (h % 64);
    }
}

static bool pairs_hold(const struct pairs *all, const struct pairs *some)
{
    for (int i = 0; i < PAIR_WORDS; i++)
        if (some->bits[i] & ~all->bits[i])
            return false;
    return true;
}

/* ---- compiling --------------------------------------------------------------------------- */

static int group_number(const pcre2_code *code, const char *name)
{
    int n = pcre2_substring_number_from_name(code, (PCRE2_SPTR)name);
    return n > 0 ? n : 0;
}

static void add_rule(struct pmt_rules *r, const struct pmt_rule *rule)
{
    PMT_GROW(r->rules, r->n, r->cap);
    struct compiled *c = &r->rules[r->n++];
    *c = (struct compiled){.rule = rule};
    pairs_of(&c->pairs, pmt_str(rule->literal));
    assert(r->n <= INT16_MAX);
    if (!rule->pattern)
        return;
    /* Bytes, not characters: log text need not be valid UTF-8. Only named groups capture. */
    const uint32_t flags =
        PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE;
    int error;
    PCRE2_SIZE where;
    c->code = pcre2_compile((PCRE2_SPTR)rule->pattern, PCRE2_ZERO_TERMINATED, flags, &error, &where,
                            NULL);
    if (!c->code && error == PCRE2_ERROR_HEAP_FAILED)
        pmt_oom();
    assert(c->code && "a broken rule");
    if (!c->code)
        return;
    /* Where there is no JIT the interpreter does the same work. */
    (void)pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE);
    c->subject = group_number(c->code, "subject");
    c->actor = group_number(c->code, "actor");
    c->detail = group_number(c->code, "detail");
    uint32_t captures = 0;
    (void)pcre2_pattern_info(c->code, PCRE2_INFO_CAPTURECOUNT, &captures);
    if (captures > r->captures)
        r->captures = captures;
}

/* Takes the next name of a comma-separated list. */
static bool next_name(const char **list, struct pmt_slice *ret)
{
    if (!**list)
        return false;
    size_t n = strcspn(*list, ",");
    *ret = pmt_slice(*list, n);
    *list += n + ((*list)[n] == ',');
    return true;
}

static bool is_prefix(struct pmt_slice *name)
{
    if (!name->n || name->p[name->n - 1] != '*')
        return false;
    name->n--;
    return true;
}

static bool begins(struct pmt_slice s, struct pmt_slice prefix)
{
    return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

/* Whether the list names every program of the group ("*" is the empty prefix). */
static bool covers(const char *programs, const struct group *g)
{
    struct pmt_slice name;
    while (next_name(&programs, &name)) {
        bool prefix = is_prefix(&name);
        if (prefix ? begins(g->name, name) : !g->prefix && pmt_slice_eq(name, g->name))
            return true;
    }
    return false;
}

static void fill_group(const struct pmt_rules *r, struct group *g)
{
    for (size_t i = 0; i < r->n; i++)
        if (covers(r->rules[i].rule->programs, g)) {
            PMT_GROW(g->rules, g->n, g->cap);
            g->rules[g->n++] = (int16_t)i;
        }
}

static int compare_groups(const void *pa, const void *pb)
{
    const struct group *a = pa, *b = pb;
    if (a->prefix != b->prefix)
        return a->prefix ? 1 : -1;
    if (a->prefix && a->name.n != b->name.n)
        return a->name.n > b->name.n ? -1 : 1;
    return pmt_slice_cmp(a->name, b->name);
}

static void add_groups(struct pmt_rules *r, const char *programs)
{
    struct pmt_slice name;
    while (next_name(&programs, &name)) {
        bool prefix = is_prefix(&name);
        bool known = prefix && !name.n;
        for (size_t i = 0; i < r->n_groups && !known; i++)
            known = r->groups[i].prefix == prefix && pmt_slice_eq(r->groups[i].name, name);
        if (known)
            continue;
        PMT_GROW(r->groups, r->n_groups, r->groups_cap);
        r->groups[r->n_groups++] = (struct group){.name = name, .prefix = prefix};
        r->n_names += !prefix;
    }
}

struct pmt_rules *pmt_rules_compile(const struct pmt_rule *const *tables)
{
    struct pmt_rules *r = pmt_alloc(sizeof *r);
    r->any = (struct group){.name = PMT_SLICE(""), .prefix = true};
    for (; *tables; tables++)
        for (const struct pmt_rule *rule = *tables; rule->id; rule++) {
            add_rule(r, rule);
            add_groups(r, rule->programs);
        }
    if (r->n_groups)
        qsort(r->groups, r->n_groups, sizeof *r->groups, compare_groups);
    fill_group(r, &r->any);
    for (size_t i = 0; i < r->n_groups; i++)
        fill_group(r, &r->groups[i]);
    return r;
}

struct pmt_rules *pmt_rules_new(void)
{
    return pmt_rules_compile(pmt_catalogue_tables);
}

void pmt_rules_free(struct pmt_rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        pcre2_code_free(r->rules[i].code);
    for (size_t i = 0; i < r->n_groups; i++)
        free(r->groups[i].rules);
    free(r->any.rules);
    free(r->groups);
    free(r->rules);
    free(r);
}

const struct pmt_rule *pmt_rules_get(const struct pmt_rules *r, int index)
{
    return index >= 0 && (size_t)index < r->n ? r->rules[index].rule : NULL;
}

/* ---- scratch ----------------------------------------------------------------------------- */

struct pmt_rules_scratch *pmt_rules_scratch_new(const struct pmt_rules *r)
{
    struct pmt_rules_scratch *s = pmt_alloc(sizeof *s);
    s->data = pcre2_match_data_create(r->captures + 1, NULL);
    s->context = pcre2_match_context_create(NULL);
    if (!s->data || !s->context)
        pmt_oom();
    (void)pcre2_set_match_limit(s->context, MATCH_LIMIT);
    (void)pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
    /* NULL where pcre2 was built without JIT, and then not needed. */
    s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    if (s->stack)
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    return s;
}

void pmt_rules_scratch_free(struct pmt_rules_scratch *s)
{
    if (!s)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    pcre2_jit_stack_free(s->stack);
    free(s);
}

/* ---- matching ---------------------------------------------------------------------------- */

static int compare_name(const void *key, const void *element)
{
    const struct pmt_slice *name = key;
    const struct group *g = element;
    return pmt_slice_cmp(*name, g->name);
}

static const struct group *find_group(const struct pmt_rules *r, struct pmt_slice program)
{
    if (!program.n || !r->n_groups)
        return &r->any;
    const struct group *g =
        bsearch(&program, r->groups, r->n_names, sizeof *r->groups, compare_name);
    if (g)
        return g;
    for (size_t i = r->n_names; i < r->n_groups; i++)
        if (begins(program, r->groups[i].name))
            return &r->groups[i];
    return &r->any;
}

static struct pmt_slice program_of(const struct pmt_record *rec)
{
    if (rec->kind == PMT_NGINX_ERROR)
        return PMT_SLICE("nginx-error");
    if (rec->speaker.n)
        return rec->speaker;
    if (rec->pid > 1 && pmt_slice_is(rec->program, "systemd"))
        return PMT_SLICE("systemd-user");
    return rec->program;
}

static bool pattern_matches(const struct compiled *c, struct pmt_rules_scratch *s,
                            struct pmt_slice message)
{
    /* Any error (a limit, no memory) is a pattern that did not match. */
    return !c->code ||
           pcre2_match(c->code, (PCRE2_SPTR)message.p, message.n, 0, 0, s->data, s->context) > 0;
}

/* What the group captured, cut to a sane length; the absent slice when it took no part. */
static struct pmt_slice captured(struct pmt_rules_scratch *s, struct pmt_slice message, int group)
{
    if (!group)
        return PMT_NO_SLICE;
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(s->data) + 2 * group;
    /* \K in a lookahead can put the end before the start. */
    if (v[0] == PCRE2_UNSET || v[1] <= v[0] || v[1] > message.n)
        return PMT_NO_SLICE;
    return pmt_slice_head(pmt_slice(message.p + v[0], v[1] - v[0]), PMT_RULES_TEXT_MAX);
}

static bool is_about_upstream(enum pmt_event e)
{
    return e == PMT_EV_UPSTREAM || e == PMT_EV_SERVER_OUT || e == PMT_EV_NO_SERVER;
}

bool pmt_rules_match(const struct pmt_rules *r, struct pmt_rules_scratch *s, struct pmt_record *rec)
{
    if (rec->kind != PMT_SYSLOG && rec->kind != PMT_OTHER && rec->kind != PMT_NGINX_ERROR)
        return false;
    struct pmt_slice message = rec->message;
    if (!message.p)
        return false;
    if (message.n > PMT_RULES_MESSAGE_MAX)
        message.n = PMT_RULES_MESSAGE_MAX;
    const struct group *g = find_group(r, program_of(rec));
    struct pairs pairs;
    pairs_of(&pairs, message);
    for (size_t i = 0; i < g->n; i++) {
        const struct compiled *c = &r->rules[g->rules[i]];
        if (!pairs_hold(&pairs, &c->pairs) || !pmt_slice_find(message, c->rule->literal) ||
            !pattern_matches(c, s, message))
            continue;
        rec->rule = g->rules[i];
        rec->event = (uint8_t)c->rule->event;
        rec->subject = captured(s, message, c->subject);
        rec->actor = captured(s, message, c->actor);
        rec->detail = captured(s, message, c->detail);
        if (!c->subject && is_about_upstream(c->rule->event))
            rec->subject = pmt_slice_head(rec->upstream, PMT_RULES_TEXT_MAX);
        return true;
    }
    return false;
}
