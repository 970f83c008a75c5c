#include "custom_parts.h"

static const char *where(struct pmt_slice json, const char *at, struct pmt_arena *arena)
{
    size_t line = 1, column = 1;
    for (const char *p = json.p; p < at && p < json.p + json.n; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    return pmt_arena_printf(arena, "line %zu, column %zu", line, column);
}

cJSON *pmt_custom_parse(struct pmt_slice json, struct pmt_arena *arena, const char **why)
{
    const char *end = NULL;
    if (json.n > PMT_CUSTOM_BYTES) {
        *why = pmt_arena_printf(arena, "is longer than %d bytes", PMT_CUSTOM_BYTES);
        return NULL;
    }
    if (pmt_slice_starts(json, "\xEF\xBB\xBF"))
        json = pmt_slice(json.p + 3, json.n - 3);
    cJSON *j = cJSON_ParseWithLengthOpts(json.n ? json.p : "", json.n, &end, false);
    const char *behind = end;
    while (j && behind < json.p + json.n && strchr(" \t\r\n", *behind) && *behind)
        behind++;
    if (j && behind == json.p + json.n)
        return j;
    *why = pmt_arena_printf(arena, "is no JSON from %s on", where(json, j ? behind : end, arena));
    cJSON_Delete(j);
    return NULL;
}

bool pmt_custom_keys(const cJSON *object, const char *const *known, const char *what,
                     struct pmt_arena *arena, const char **why)
{
    if (!cJSON_IsObject(object)) {
        *why = pmt_arena_printf(arena, "%s is no object: {...}", what);
        return false;
    }
    for (const cJSON *j = object->child; j; j = j->next) {
        const char *const *k = known;
        while (*k && strcmp(*k, j->string) != 0)
            k++;
        if (*k && cJSON_GetObjectItemCaseSensitive(object, j->string) == j)
            continue;
        struct pmt_buf all = {0};
        for (const char *const *n = known; *n; n++)
            pmt_buf_printf(&all, "%s%s", n == known ? "" : ", ", *n);
        *why = *k ? pmt_arena_printf(arena, "%s has \"%s\" twice", what, j->string)
                  : pmt_arena_printf(arena, "%s has \"%.60s\", which is none of %s", what,
                                     j->string, all.data);
        pmt_buf_fini(&all);
        return false;
    }
    return true;
}

bool pmt_custom_text(const cJSON *object, const char *key, bool needed, const char *what,
                     struct pmt_arena *arena, const char **ret, const char **why)
{
    const cJSON *j = cJSON_GetObjectItemCaseSensitive(object, key);
    *ret = NULL;
    if (!j && !needed)
        return true;
    if (!j || !cJSON_IsString(j) || !*j->valuestring) {
        *why = pmt_arena_printf(arena, j ? "%s: \"%s\" is no text" : "%s has no \"%s\"", what, key);
        return false;
    }
    *ret = pmt_arena_copy(arena, pmt_str(j->valuestring)).p;
    return true;
}
