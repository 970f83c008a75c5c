#include "custom_parts.h"

#include <stdlib.h>

/* What the rules of one file are read into. */
struct reading {
    struct pmt_arena *arena;
    const char **why;
    struct pmt_rule *rules; /* ended by .id = NULL */
    struct sample {
        const char *subject, *detail;
    } *samples;
    size_t n;
};

static bool fail(struct reading *x, const char *what, const char *text)
{
    *x->why = pmt_arena_printf(x->arena, "%s: %s", what, text);
    return false;
}

/* ---- one rule ---------------------------------------------------------------------------- */

/* A text, or a list of texts: names with commas between. */
static bool take_programs(struct reading *x, const cJSON *j, const char *what, const char **ret)
{
    const cJSON *p = cJSON_GetObjectItemCaseSensitive(j, "programs");
    struct pmt_buf b = {0};
    bool good = true;
    if (cJSON_IsString(p)) {
        pmt_buf_puts(&b, p->valuestring);
    } else {
        for (const cJSON *name = cJSON_IsArray(p) ? p->child : NULL; name; name = name->next) {
            good &= cJSON_IsString(name) && *name->valuestring && !strchr(name->valuestring, ',');
            pmt_buf_printf(&b, "%s%s", b.n ? "," : "", good ? name->valuestring : "");
        }
    }
    good &= b.n > 0;
    *ret = pmt_arena_copy(x->arena, pmt_buf_view(&b)).p;
    pmt_buf_fini(&b);
    return good || fail(x, what, "\"programs\" must be a list of names as in the syslog tag; "
                                 "nginx-error; or *");
}

static bool take_event(struct reading *x, const cJSON *j, const char *what, enum pmt_event *ret)
{
    const char *name;
    if (!pmt_custom_text(j, "event", true, what, x->arena, &name, x->why))
        return false;
    struct pmt_buf all = {0};
    for (int e = PMT_EV_NONE + 1; e <= PMT_EV_INFO; e++) {
        pmt_buf_printf(&all, "%s%s", all.n ? ", " : "", pmt_event_name((enum pmt_event)e));
        if (strcmp(name, pmt_event_name((enum pmt_event)e)) == 0) {
            *ret = (enum pmt_event)e;
            pmt_buf_fini(&all);
            return true;
        }
    }
    *x->why = pmt_arena_printf(x->arena, "%s: \"event\" must be one of %s; not \"%.60s\"", what,
                               all.data, name);
    pmt_buf_fini(&all);
    return false;
}

static bool take_sample(struct reading *x, const cJSON *j, const char *what, struct pmt_rule *r,
                        struct sample *s)
{
    static const char *const keys[] = {"program", "message", "subject", "detail", NULL};
    const cJSON *sample = cJSON_GetObjectItemCaseSensitive(j, "sample");
    const char *inner = pmt_arena_printf(x->arena, "%s: the sample", what);
    if (!sample)
        return fail(x, what, "there is no \"sample\"");
    if (!pmt_custom_keys(sample, keys, inner, x->arena, x->why) ||
        !pmt_custom_text(sample, "program", true, inner, x->arena, &r->program_of_sample, x->why) ||
        !pmt_custom_text(sample, "message", true, inner, x->arena, &r->sample, x->why) ||
        !pmt_custom_text(sample, "subject", false, inner, x->arena, &s->subject, x->why) ||
        !pmt_custom_text(sample, "detail", false, inner, x->arena, &s->detail, x->why))
        return false;
    r->sample_subject = s->subject;
    return true;
}

static bool check_pattern(struct reading *x, const char *what, const struct pmt_rule *r)
{
    const char *wrong, *name;
    size_t column;
    bool known = true;
    struct pmt_pattern *p = pmt_pattern_new(r->pattern, x->arena, &wrong, &column);
    if (!p) {
        *x->why = pmt_arena_printf(x->arena, "%s: \"pattern\": %s, at column %zu of %s", what,
                                   wrong, column + 1, r->pattern);
        return false;
    }
    for (size_t i = 0; (name = pmt_pattern_group(p, i)); i++)
        known &= strcmp(name, "subject") == 0 || strcmp(name, "actor") == 0 ||
                 strcmp(name, "detail") == 0;
    pmt_pattern_free(p);
    return known || fail(x, what, "the groups of a pattern are (?<subject>), (?<detail>) and "
                                  "(?<actor>)");
}

static bool take_rule(struct reading *x, const cJSON *j, const char *what)
{
    static const char *const keys[] = {"id", "programs", "literal", "pattern", "event", "change",
                                       "sentence", "sample", NULL};
    struct pmt_rule r = {.id = NULL};
    struct sample s = {0};
    const cJSON *change = cJSON_GetObjectItemCaseSensitive(j, "change");
    if (!pmt_custom_keys(j, keys, what, x->arena, x->why) ||
        !pmt_custom_text(j, "id", true, what, x->arena, &r.id, x->why) ||
        !take_programs(x, j, what, &r.programs) ||
        !pmt_custom_text(j, "literal", true, what, x->arena, &r.literal, x->why) ||
        !pmt_custom_text(j, "pattern", false, what, x->arena, &r.pattern, x->why) ||
        !take_event(x, j, what, &r.event) ||
        !pmt_custom_text(j, "sentence", true, what, x->arena, &r.sentence, x->why) ||
        !take_sample(x, j, what, &r, &s))
        return false;
    if (change && !cJSON_IsBool(change))
        return fail(x, what, "\"change\" must be true or false");
    r.change = change ? cJSON_IsTrue(change) : pmt_event_is_change(r.event);
    if (r.pattern && !check_pattern(x, what, &r))
        return false;
    const char *wrong = pmt_rule_judge(&r, x->arena);
    if (wrong)
        return fail(x, what, wrong);
    x->rules[x->n] = r;
    x->samples[x->n++] = s;
    return true;
}

/* ---- all of them ------------------------------------------------------------------------- */

static struct pmt_record record_of(const struct pmt_rule *r)
{
    struct pmt_record rec;
    pmt_record_clear(&rec);
    bool nginx = strcmp(r->program_of_sample, "nginx-error") == 0;
    rec.kind = nginx ? PMT_NGINX_ERROR : PMT_SYSLOG;
    rec.program = pmt_str(nginx ? NULL : r->program_of_sample);
    if (strcmp(r->program_of_sample, "systemd") == 0)
        rec.pid = 1; /* another one is a person's */
    rec.message = pmt_str(r->sample);
    return rec;
}

static const char *check_slot(struct reading *x, const char *name, struct pmt_slice got,
                              const char *want, const char *sentence)
{
    const char *slot = pmt_arena_printf(x->arena, "{%s}", name);
    if (want ? !pmt_slice_is(got, want) : got.p != NULL)
        return pmt_arena_printf(x->arena, "%s is %s%.*s%s in the sample, expected %s%s%s", name,
                                got.p ? "\"" : "", got.p ? (int)got.n : 6, got.p ? got.p : "absent",
                                got.p ? "\"" : "", want ? "\"" : "", want ? want : "none",
                                want ? "\"" : "");
    if (strstr(sentence, slot) && !got.p)
        return pmt_arena_printf(x->arena, "the sentence needs %s, and the sample gives none", slot);
    return NULL;
}

/* The rule's sample is its own: it matches, no rule before it does, and says what is said. */
static const char *check_sample(struct reading *x, const struct pmt_rules *all,
                                struct pmt_rules_scratch *scratch, size_t before, size_t i)
{
    struct pmt_record rec = record_of(&x->rules[i]);
    const struct pmt_rule *r = &x->rules[i];
    if (!pmt_rules_match(all, scratch, &rec))
        return "it does not match its own sample";
    if ((size_t)rec.rule != before + i)
        return pmt_arena_printf(x->arena, "its sample is matched by %s, which stands before it",
                                pmt_rules_get(all, rec.rule)->id);
    const char *wrong = check_slot(x, "subject", rec.subject, x->samples[i].subject, r->sentence);
    if (!wrong)
        wrong = check_slot(x, "detail", rec.detail, x->samples[i].detail, r->sentence);
    return wrong;
}

static bool is_taken(const struct pmt_rule *const *tables, const char *id)
{
    for (; tables && *tables; tables++)
        for (const struct pmt_rule *r = *tables; r->id; r++)
            if (strcmp(r->id, id) == 0)
                return true;
    return false;
}

static bool check_all(struct reading *x, const struct pmt_rule *const *before)
{
    size_t ntables = 0, nbefore = 0;
    for (; before && before[ntables]; ntables++)
        for (const struct pmt_rule *r = before[ntables]; r->id; r++)
            nbefore++;
    const struct pmt_rule **tables = pmt_alloc((ntables + 2) * sizeof(const struct pmt_rule *));
    for (size_t i = 0; i < ntables; i++)
        tables[i] = before[i];
    tables[ntables] = x->rules;
    struct pmt_rules *all = pmt_rules_compile(tables);
    struct pmt_rules_scratch *scratch = pmt_rules_scratch_new(all);
    const char *wrong = NULL;
    for (size_t i = 0; i < x->n && !wrong; i++) {
        bool twice = is_taken(before, x->rules[i].id) ||
                     is_taken(pmt_catalogue_tables, x->rules[i].id);
        for (size_t k = 0; k < i; k++)
            twice |= strcmp(x->rules[k].id, x->rules[i].id) == 0;
        wrong = twice ? "there is another rule of this id"
                      : check_sample(x, all, scratch, nbefore, i);
        if (wrong)
            *x->why = pmt_arena_printf(x->arena, "rule %zu (%s): %s", i + 1, x->rules[i].id, wrong);
    }
    pmt_rules_scratch_free(scratch);
    pmt_rules_free(all);
    free(tables);
    return !wrong;
}

int pmt_custom_rules_load(struct pmt_slice json, const struct pmt_rule *const *before,
                          struct pmt_arena *arena, const struct pmt_rule **ret, const char **why)
{
    struct reading x = {.arena = arena, .why = why};
    cJSON *j = pmt_custom_parse(json, arena, why);
    if (!j)
        return -1;
    int n = cJSON_IsArray(j) ? cJSON_GetArraySize(j) : 0;
    bool good = n > 0 && n <= PMT_CUSTOM_RULES;
    if (!good)
        *why = pmt_arena_printf(arena, "is no list of 1 to %d rules: [{...}, ...]",
                                PMT_CUSTOM_RULES);
    x.rules = pmt_arena_alloc(arena, ((size_t)n + 1) * sizeof *x.rules);
    x.samples = pmt_arena_alloc(arena, ((size_t)n + 1) * sizeof *x.samples);
    for (const cJSON *rule = good ? j->child : NULL; rule && good; rule = rule->next)
        good = take_rule(&x, rule, pmt_arena_printf(arena, "rule %zu", x.n + 1));
    cJSON_Delete(j);
    if (!good || !check_all(&x, before))
        return -1;
    *ret = x.rules;
    return 0;
}
