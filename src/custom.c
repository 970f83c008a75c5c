#include "custom_parts.h"

#include <stdlib.h>

/* ---- groups ------------------------------------------------------------------------------ */

enum use { TEXT, NUMBER, STATUS, SEVERITY, REQUEST, SECONDS, TIME, STATE };

struct pmt_group_use {
    const char *name;
    enum use use;
    size_t at;   /* in the record */
    int64_t per; /* SECONDS: how many of it make one */
};

#define AT(field) offsetof(struct pmt_record, field)

/* A group is named after the field of the record it fills. */
static const struct pmt_group_use group_uses[] = {
    {"time", TIME, 0, 0},
    {"host", TEXT, AT(host), 0},
    {"program", TEXT, AT(program), 0},
    {"pid", NUMBER, AT(pid), 0},
    {"severity", SEVERITY, 0, 0},
    {"client_ip", TEXT, AT(client), 0},
    {"request", REQUEST, 0, 0},
    {"method", TEXT, AT(method), 0},
    {"path", TEXT, AT(path), 0},
    {"status", STATUS, 0, 0},
    {"bytes", NUMBER, AT(bytes), 0},
    {"vhost", TEXT, AT(vhost), 0},
    {"agent", TEXT, AT(agent), 0},
    {"referrer", TEXT, AT(referrer), 0},
    {"forwarded_for", TEXT, AT(forwarded_for), 0},
    {"frontend", TEXT, AT(frontend), 0},
    {"backend", TEXT, AT(backend), 0},
    {"server", TEXT, AT(server), 0},
    {"request_time", SECONDS, AT(duration_us), 1},
    {"request_time_ms", SECONDS, AT(duration_us), 1000},
    {"request_time_us", SECONDS, AT(duration_us), 1000000},
    {"upstream_time", SECONDS, AT(latency_us), 1},
    {"upstream_time_ms", SECONDS, AT(latency_us), 1000},
    {"upstream_time_us", SECONDS, AT(latency_us), 1000000},
    {"upstream", TEXT, AT(upstream), 0},
    {"upstream_status", TEXT, AT(upstream_status), 0},
    {"termination_state", TEXT, AT(termination), 0},
    {"retries", NUMBER, AT(retries), 0},
    {"state", STATE, 0, 0},
    {"reason", TEXT, AT(reason), 0},
    {"message", TEXT, AT(message), 0},
};
enum { NUSES = sizeof group_uses / sizeof *group_uses };

static bool has_group(const struct pmt_custom_format *f, const char *name)
{
    for (size_t i = 0; i < f->ngroups; i++)
        if (strcmp(f->uses[i]->name, name) == 0)
            return true;
    return false;
}

/* ---- reading a line ---------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum pmt_lb lb;
} states[] = {
    {"up", PMT_LB_UP},       {"down", PMT_LB_DOWN},   {"maint", PMT_LB_MAINT},
    {"drain", PMT_LB_DRAIN}, {"no_server", PMT_LB_NO_SERVER},
};

enum pmt_lb pmt_custom_state(struct pmt_slice word)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        size_t n = strlen(states[i].word), k = 0;
        while (word.n == n && k < n && (word.p[k] | 0x20) == (states[i].word[k] | 0x20))
            k++;
        if (k == n)
            return states[i].lb;
    }
    return PMT_LB_NONE;
}

static enum pmt_lb state_of(const struct pmt_custom_format *f, struct pmt_slice word)
{
    for (const struct pmt_own_state *s = f->states; s && s->word; s++)
        if (pmt_slice_is(word, s->word))
            return s->lb;
    return pmt_custom_state(word);
}

/* "GET /a HTTP/1.1": what is no request line is no request, and the line stands all the same. */
static void take_request(struct pmt_slice s, struct pmt_record *rec)
{
    struct pmt_cursor c = pmt_cursor(s);
    struct pmt_slice method, path;
    if (!pmt_cur_until(&c, ' ', &method) || !method.n)
        return;
    if (!pmt_cur_until(&c, ' ', &path))
        path = pmt_cur_rest(&c);
    if (!path.n)
        return;
    rec->method = method;
    rec->path = path;
}

static const char *take_group(const struct pmt_custom_format *f, const struct pmt_group_use *u,
                              struct pmt_slice s, struct pmt_record *rec)
{
    void *place = (char *)rec + u->at;
    int64_t n = 0;
    if (u->use == TIME)
        return pmt_time_format_read(f->time, s, &rec->own) ? NULL : "no time of the format's in it";
    if (!s.n || pmt_slice_is(s, "-"))
        return u->use == STATE ? "no state in it" : NULL;
    switch (u->use) {
    case TEXT: *(struct pmt_slice *)place = s; return NULL;
    case REQUEST: take_request(s, rec); return NULL;
    case SEVERITY: rec->severity = (int8_t)pmt_severity_from_name(s); return NULL;
    case NUMBER:
        if (!pmt_slice_int(s, &n))
            return "no number where the format has one";
        *(int64_t *)place = n < 0 ? -1 : n;
        return NULL;
    case STATUS:
        if (!pmt_slice_int(s, &n) || n < 0 || n > 999)
            return "no status where the format has it";
        rec->status = n >= 100 ? n : -1;
        return NULL;
    case SECONDS:
        if (*s.p == '-')
            return NULL;
        if (!pmt_slice_seconds_sum(s, &n))
            return "no duration where the format has one";
        *(int64_t *)place = n / u->per;
        return NULL;
    case STATE:
        rec->lb = (uint8_t)state_of(f, s);
        return rec->lb ? NULL : "no state that is known";
    case TIME: break;
    }
    return NULL;
}

static enum pmt_verdict foreign(struct pmt_reject *why, const char *text, size_t column)
{
    *why = (struct pmt_reject){text, column};
    return PMT_FOREIGN;
}

static enum pmt_verdict parse_own(const void *self, struct pmt_slice line, struct pmt_record *rec,
                                  struct pmt_reject *why)
{
    const struct pmt_custom_format *f = self;
    struct pmt_slice groups[PMT_PATTERN_GROUPS];
    struct pmt_record out = *rec;
    if (!pmt_pattern_match(f->pattern, line, groups)) {
        if (f->ignore && pmt_pattern_match(f->ignore, line, groups))
            return PMT_SILENT;
        return foreign(why, "not of the pattern", 0);
    }
    for (size_t i = 0; i < f->ngroups; i++) {
        if (!groups[i].p && f->uses[i]->use != TIME)
            continue;
        const char *wrong = take_group(f, f->uses[i], groups[i], &out);
        if (wrong)
            return foreign(why, wrong, groups[i].p ? (size_t)(groups[i].p - line.p) : 0);
    }
    if (!f->time && out.head.how == PMT_STAMP_NONE)
        return foreign(why, "no syslog head in front, and the format has no time", 0);
    out.kind = (uint8_t)f->kind;
    out.layer = (uint8_t)f->layer;
    out.start_known = f->from_start;
    out.agent_logged = has_group(f, "agent");
    out.upstream_logged = has_group(f, "upstream") || has_group(f, "upstream_status");
    *rec = out;
    return PMT_RECORD;
}

/* ---- loading ----------------------------------------------------------------------------- */

static int fail(struct pmt_arena *arena, const char **why, const char *text)
{
    if (text)
        *why = pmt_arena_copy(arena, pmt_str(text)).p;
    return -1;
}

static struct pmt_pattern *take_pattern(const cJSON *j, const char *key, bool needed,
                                        struct pmt_arena *arena, const char **why)
{
    const char *text, *wrong;
    size_t column;
    if (!pmt_custom_text(j, key, needed, "the format", arena, &text, why) || !text)
        return NULL;
    struct pmt_pattern *p = pmt_pattern_new(text, arena, &wrong, &column);
    if (!p)
        *why = pmt_arena_printf(arena, "\"%s\": %s, at column %zu of %s", key, wrong, column + 1,
                                text);
    return p;
}

static int take_groups(struct pmt_custom_format *f, struct pmt_arena *arena, const char **why)
{
    const char *name;
    for (; (name = pmt_pattern_group(f->pattern, f->ngroups)); f->ngroups++) {
        for (size_t k = 0; k < NUSES; k++)
            if (strcmp(name, group_uses[k].name) == 0)
                f->uses[f->ngroups] = &group_uses[k];
        if (f->uses[f->ngroups])
            continue;
        struct pmt_buf all = {0};
        for (size_t k = 0; k < NUSES; k++)
            pmt_buf_printf(&all, "%s%s", k ? ", " : "", group_uses[k].name);
        *why = pmt_arena_printf(arena, "the group (?<%s>) of \"pattern\" is none of %s", name,
                                all.data);
        pmt_buf_fini(&all);
        return -1;
    }
    return 0;
}

static int take_time(struct pmt_custom_format *f, const cJSON *j, struct pmt_arena *arena,
                     const char **why)
{
    const char *text, *of, *wrong;
    if (!pmt_custom_text(j, "time", has_group(f, "time"), "the format", arena, &text, why) ||
        !pmt_custom_text(j, "time_of", false, "the format", arena, &of, why))
        return -1;
    if (of && strcmp(of, "start") != 0 && strcmp(of, "end") != 0)
        return fail(arena, why, "\"time_of\" must be start or end (of the request)");
    f->from_start = of && strcmp(of, "start") == 0;
    if (!text)
        return 0;
    if (!has_group(f, "time"))
        return fail(arena, why, "there is a \"time\", but no group (?<time>) in the pattern");
    f->time = pmt_time_format_new(text, arena, &wrong);
    if (!f->time)
        *why = pmt_arena_printf(arena, "\"time\": %s", wrong);
    return f->time ? 0 : -1;
}

static int take_kind(struct pmt_custom_format *f, const cJSON *j, struct pmt_arena *arena,
                     const char **why)
{
    const char *kind, *layer;
    if (!pmt_custom_text(j, "kind", true, "the format", arena, &kind, why) ||
        !pmt_custom_text(j, "layer", false, "the format", arena, &layer, why))
        return -1;
    bool request = strcmp(kind, "request") == 0, state = strcmp(kind, "state") == 0;
    if (!request && !state && strcmp(kind, "event") != 0)
        return fail(arena, why, "\"kind\" must be one of request, event, state");
    f->kind = request ? PMT_HTTP_REQUEST : state ? PMT_LB_SERVER_STATE : PMT_OTHER;
    if (layer && (!request || (strcmp(layer, "web") != 0 && strcmp(layer, "balancer") != 0)))
        return fail(arena, why, "\"layer\" must be web or balancer, and goes with \"request\"");
    f->layer = state || (layer && strcmp(layer, "balancer") == 0) ? PMT_LAYER_HAPROXY
               : request                                         ? PMT_LAYER_NGINX
                                                                  : PMT_LAYER_NONE;
    if (request && !has_group(f, "status"))
        return fail(arena, why, "a request needs the group (?<status>)");
    if (state && (!has_group(f, "state") || !has_group(f, "server") || !has_group(f, "backend")))
        return fail(arena, why, "a state needs the groups (?<state>), (?<backend>), (?<server>)");
    if (!request && !state && !has_group(f, "message"))
        return fail(arena, why, "an event needs the group (?<message>)");
    return 0;
}

static int take_states(struct pmt_custom_format *f, const cJSON *j, struct pmt_arena *arena,
                       const char **why)
{
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(j, "states");
    size_t n = 0;
    if (!all)
        return 0;
    if (!cJSON_IsObject(all) || f->kind != PMT_LB_SERVER_STATE)
        return fail(arena, why, "\"states\" must be an object, {\"OFFLINE\": \"down\"}, and goes "
                                "with \"state\"");
    f->states = pmt_arena_alloc(arena, ((size_t)cJSON_GetArraySize(all) + 1) * sizeof *f->states);
    for (const cJSON *s = all->child; s; s = s->next) {
        enum pmt_lb lb = PMT_LB_NONE;
        if (cJSON_IsString(s))
            lb = pmt_custom_state(pmt_str(s->valuestring));
        if (!lb) {
            *why = pmt_arena_printf(arena, "\"states\": \"%.60s\" must be one of up, down, maint, "
                                           "drain, no_server", s->string);
            return -1;
        }
        f->states[n++] = (struct pmt_own_state){pmt_arena_copy(arena, pmt_str(s->string)).p, lb};
    }
    return 0;
}

static bool is_name(const char *s)
{
    size_t n = strlen(s);
    return n <= 64 && *s != '-' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static int load(struct pmt_custom_format *f, const cJSON *j, struct pmt_arena *arena,
                const char **why)
{
    static const char *const keys[] = {"name", "summary", "files", "kind", "layer", "pattern",
                                       "ignore", "time", "time_of", "states", "samples", NULL};
    if (!pmt_custom_keys(j, keys, "the format", arena, why) ||
        !pmt_custom_text(j, "name", true, "the format", arena, &f->parser.name, why) ||
        !pmt_custom_text(j, "summary", false, "the format", arena, &f->parser.summary, why) ||
        !pmt_custom_text(j, "files", false, "the format", arena, &f->files, why))
        return -1;
    if (!is_name(f->parser.name))
        return fail(arena, why, "\"name\" must be of letters, digits, '.', '_', '-', at most 64");
    for (const struct pmt_parser *const *p = pmt_parsers; *p; p++)
        if (strcmp((*p)->name, f->parser.name) == 0)
            return fail(arena, why, "a built-in format has this \"name\"");
    *why = NULL;
    f->pattern = take_pattern(j, "pattern", true, arena, why);
    if (!*why)
        f->ignore = take_pattern(j, "ignore", false, arena, why);
    if (*why || take_groups(f, arena, why) || take_kind(f, j, arena, why) ||
        take_states(f, j, arena, why) || take_time(f, j, arena, why))
        return -1;
    f->parser.layer = f->layer;
    f->parser.self = f;
    f->parser.parse_own = parse_own;
    return pmt_custom_check(f, cJSON_GetObjectItemCaseSensitive(j, "samples"), arena, why);
}

int pmt_custom_format_load(struct pmt_slice json, struct pmt_arena *arena,
                           struct pmt_custom_format **ret, const char **why)
{
    cJSON *j = pmt_custom_parse(json, arena, why);
    if (!j)
        return -1;
    struct pmt_custom_format *f = pmt_alloc(sizeof *f);
    int err = load(f, j, arena, why);
    cJSON_Delete(j);
    if (err)
        pmt_custom_format_free(f);
    else
        *ret = f;
    return err;
}

void pmt_custom_format_free(struct pmt_custom_format *f)
{
    if (!f)
        return;
    pmt_pattern_free(f->pattern);
    pmt_pattern_free(f->ignore);
    free(f);
}

const struct pmt_parser *pmt_custom_format_parser(const struct pmt_custom_format *f)
{
    return &f->parser;
}

const char *pmt_custom_format_name(const struct pmt_custom_format *f)
{
    return f->parser.name;
}

const char *pmt_custom_format_files(const struct pmt_custom_format *f)
{
    return f->files;
}
