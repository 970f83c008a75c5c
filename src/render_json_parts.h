/* render_json_parts.h - values of the report's kinds as members of JSON objects; for the files that
 * make up the JSON renderer and nobody else. render_json.c: incidents, removals, timeline,
 * evidence. render_json_sources.c: what was read, and how its times are known. */
#ifndef PMT_RENDER_JSON_PARTS_H
#define PMT_RENDER_JSON_PARTS_H

#include "pmt/render.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* Integers go out as raw numbers: cJSON keeps numbers as doubles and prints large ones as 1.6e+15.
 * Strings have been made valid UTF-8 without control bytes before they get here. */

static inline void put_int(cJSON *o, const char *key, int64_t v)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)v);
    cJSON_AddRawToObject(o, key, text);
}

static inline void put_count(cJSON *o, const char *key, uint64_t v)
{
    put_int(o, key, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

/* Seconds with as many decimals as the stamps have. */
static inline char *seconds_text(int64_t us, int decimals, char *text, size_t n)
{
    const char *sign = us < 0 ? "-" : "";
    uint64_t a = us < 0 ? (uint64_t)-us : (uint64_t)us;
    int len = snprintf(text, n, "%s%llu.%06llu", sign, (unsigned long long)(a / 1000000),
                       (unsigned long long)(a % 1000000));
    int cut = decimals ? 6 - decimals : 7;
    if (len > cut)
        text[len - cut] = '\0';
    return text;
}

static inline void put_seconds(cJSON *o, const char *key, int64_t us, int decimals)
{
    char text[48];
    cJSON_AddRawToObject(o, key, seconds_text(us, decimals, text, sizeof text));
}

static inline void put_str(cJSON *o, const char *key, const char *s)
{
    if (s)
        cJSON_AddStringToObject(o, key, s);
    else
        cJSON_AddNullToObject(o, key);
}

static inline void put_at_most(cJSON *o, const char *key, struct pmt_slice s, size_t max)
{
    if (!s.n) {
        cJSON_AddNullToObject(o, key);
        return;
    }
    struct pmt_buf b = {0};
    pmt_put_clean(&b, s, max);
    cJSON_AddStringToObject(o, key, b.data);
    pmt_buf_fini(&b);
}

static inline void put_slice(cJSON *o, const char *key, struct pmt_slice s)
{
    put_at_most(o, key, s, 200);
}

static inline void put_reason(cJSON *o, const char *key, const char *s)
{
    put_at_most(o, key, pmt_str(s), 1000);
}

static inline void put_text(cJSON *o, const char *key, const char *marked)
{
    struct pmt_buf b = {0};
    pmt_put_unmarked(&b, marked);
    cJSON_AddStringToObject(o, key, b.data ? b.data : "");
    pmt_buf_fini(&b);
}

static inline cJSON *time_item(int64_t t, int decimals)
{
    if (t == PMT_NO_TIME)
        return cJSON_CreateNull();
    struct pmt_buf b = {0};
    pmt_put_rfc3339(&b, t, decimals);
    cJSON *item = cJSON_CreateString(b.data);
    pmt_buf_fini(&b);
    return item;
}

static inline void put_time(cJSON *o, const char *key, int64_t t, int decimals)
{
    cJSON_AddItemToObject(o, key, time_item(t, decimals));
}

static inline void put_cites(cJSON *o, const struct pmt_report *r, const struct pmt_cites *c)
{
    cJSON *a = cJSON_AddArrayToObject(o, "evidence");
    for (unsigned i = 0; i < c->n; i++) {
        char id[32];
        snprintf(id, sizeof id, "E%u", r->evidence[c->v[i]].id);
        cJSON_AddItemToArray(a, cJSON_CreateString(id));
    }
}

/* ---- sources (render_json_sources.c) ------------------------------------------------------- */

void pmt_json_gaps(cJSON *o, const struct pmt_gap *gaps, size_t n);
void pmt_json_source(cJSON *list, const struct pmt_scanned *s);

/* ---- the draft's sentences (render_json_draft.c) --------------------------------------------- */

/* "factors", "notes" and "draft" */
void pmt_json_draft(cJSON *root, const struct pmt_report *r);

#endif
