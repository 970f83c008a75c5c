/* Samples: what each line must give, in the words of the records. */
#include "custom_parts.h"

#include <stdio.h>

/* ---- a field as text --------------------------------------------------------------------- */

/* "2022-02-26T12:00:07.123+03:00", without an offset where the line has none, "--02-26T12:00:07"
 * without a year. */
static void put_stamp(struct pmt_buf *b, const struct pmt_stamp *s)
{
    int64_t days = s->wall / PMT_DAY, left = s->wall % PMT_DAY;
    int year, month, day;
    if (left < 0) {
        left += PMT_DAY;
        days--;
    }
    pmt_civil_from_days(days, &year, &month, &day);
    if (s->how == PMT_STAMP_YEARLESS)
        pmt_buf_printf(b, "--%02d-%02d", month, day);
    else
        pmt_buf_printf(b, "%04d-%02d-%02d", year, month, day);
    int seconds = (int)(left / PMT_SECOND);
    pmt_buf_printf(b, "T%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    char decimals[8];
    snprintf(decimals, sizeof decimals, "%06d", (int)(left % PMT_SECOND));
    if (s->decimals)
        pmt_buf_printf(b, ".%.*s", s->decimals, decimals);
    if (s->how != PMT_STAMP_ZONED)
        return;
    if (s->offset == 0)
        pmt_buf_puts(b, "Z");
    else
        pmt_put_offset(b, s->offset);
}

static bool put_text(struct pmt_buf *b, struct pmt_slice s)
{
    pmt_buf_slice(b, s);
    return s.p != NULL;
}

static bool put_number(struct pmt_buf *b, int64_t n)
{
    if (n >= 0)
        pmt_buf_printf(b, "%lld", (long long)n);
    return n >= 0;
}

enum { UNKNOWN_FIELD = -1, ABSENT, PRESENT };

static int put_field(struct pmt_buf *b, const struct pmt_record *r, const char *name)
{
    if (strcmp(name, "ts") == 0) {
        if (r->own.how == PMT_STAMP_NONE)
            return ABSENT;
        put_stamp(b, &r->own);
        return PRESENT;
    }
    for (const struct pmt_field *f = pmt_fields; f->name; f++) {
        bool known = false;
        if (strcmp(name, f->name) != 0)
            continue;
        if (f->type == PMT_FIELD_TEXT)
            return put_text(b, f->text(r)) ? PRESENT : ABSENT;
        int64_t n = f->number(r, &known);
        return known && put_number(b, n) ? PRESENT : ABSENT;
    }
    return UNKNOWN_FIELD;
}

/* ---- the check --------------------------------------------------------------------------- */

static bool put_wanted(struct pmt_buf *b, const cJSON *j)
{
    if (cJSON_IsString(j))
        pmt_buf_puts(b, j->valuestring);
    else if (cJSON_IsNumber(j) && j->valuedouble >= 0 && j->valuedouble < 9e15)
        pmt_buf_printf(b, "%lld", (long long)j->valuedouble);
    else
        return cJSON_IsNull(j);
    return true;
}

/* NULL when the field is as it is said; else what is wrong. */
static const char *compare(const struct pmt_record *rec, const cJSON *want,
                           struct pmt_arena *arena)
{
    struct pmt_buf got = {0}, wanted = {0};
    const char *wrong = NULL;
    int there = put_field(&got, rec, want->string);
    if (there == UNKNOWN_FIELD)
        wrong = pmt_arena_printf(arena, "\"%.60s\" is no field of a record", want->string);
    else if (!put_wanted(&wanted, want))
        wrong = pmt_arena_printf(arena, "%s must be a text, a number or null", want->string);
    else if (cJSON_IsNull(want) ? there == PRESENT
                                : there != PRESENT ||
                                      !pmt_slice_eq(pmt_buf_view(&got), pmt_buf_view(&wanted)))
        wrong = pmt_arena_printf(arena, "%s is %s%.*s%s, expected %s%.*s%s", want->string,
                                 there == PRESENT ? "\"" : "absent",
                                 there == PRESENT ? (int)got.n : 0, got.data ? got.data : "",
                                 there == PRESENT ? "\"" : "", cJSON_IsNull(want) ? "none" : "\"",
                                 (int)wanted.n, wanted.data ? wanted.data : "",
                                 cJSON_IsNull(want) ? "" : "\"");
    pmt_buf_fini(&got);
    pmt_buf_fini(&wanted);
    return wrong;
}

static const char *verdict_error(enum pmt_verdict got, const cJSON *expect,
                                 const struct pmt_reject *why, struct pmt_arena *arena)
{
    static const char *const names[] = {"understood", "ignored", "foreign"};
    enum pmt_verdict want = PMT_RECORD;
    if (cJSON_IsString(expect)) {
        want = strcmp(expect->valuestring, "ignored") == 0   ? PMT_SILENT
               : strcmp(expect->valuestring, "foreign") == 0 ? PMT_FOREIGN
                                                             : PMT_RECORD;
        if (want == PMT_RECORD)
            return "\"expect\" must be an object of fields, or \"ignored\", or \"foreign\"";
    } else if (!cJSON_IsObject(expect)) {
        return "there is no \"expect\"";
    }
    if (got == want)
        return NULL;
    if (got == PMT_FOREIGN)
        return pmt_arena_printf(arena, "the line is not understood: %s (column %zu)", why->why,
                                why->column + 1);
    return pmt_arena_printf(arena, "the line is %s, expected to be %s", names[got], names[want]);
}

static const char *check_sample(const struct pmt_custom_format *f, const cJSON *sample,
                                struct pmt_arena *arena)
{
    static const char *const keys[] = {"line", "expect", NULL};
    const char *line, *why;
    struct pmt_record rec;
    struct pmt_reject reject = {"", 0};
    if (!pmt_custom_keys(sample, keys, "it", arena, &why) ||
        !pmt_custom_text(sample, "line", true, "it", arena, &line, &why))
        return why;
    pmt_record_clear(&rec);
    if (!f->time) /* as if behind a syslog head */
        rec.head = (struct pmt_stamp){.how = PMT_STAMP_WALL};
    const cJSON *expect = cJSON_GetObjectItemCaseSensitive(sample, "expect");
    enum pmt_verdict v = f->parser.parse_own(f, pmt_str(line), &rec, &reject);
    why = verdict_error(v, expect, &reject, arena);
    for (const cJSON *want = v == PMT_RECORD && !why ? expect->child : NULL; want && !why;
         want = want->next)
        why = compare(&rec, want, arena);
    return why;
}

/* Whether some sample shows its time, if the format has one, and some other field. */
static bool proves(const struct pmt_custom_format *f, const cJSON *samples)
{
    for (const cJSON *s = samples->child; s; s = s->next) {
        const cJSON *expect = cJSON_GetObjectItemCaseSensitive(s, "expect");
        if (!cJSON_IsObject(expect))
            continue;
        int n = cJSON_GetArraySize(expect);
        if (f->time ? n > 1 && cJSON_GetObjectItemCaseSensitive(expect, "ts") : n > 0)
            return true;
    }
    return false;
}

int pmt_custom_check(const struct pmt_custom_format *f, const cJSON *samples,
                     struct pmt_arena *arena, const char **why)
{
    int number = 0;
    if (!cJSON_IsArray(samples) || !samples->child ||
        cJSON_GetArraySize(samples) > PMT_CUSTOM_SAMPLES) {
        *why = pmt_arena_printf(arena, "\"samples\" must be a list of 1 to %d lines and what they "
                                       "give", PMT_CUSTOM_SAMPLES);
        return -1;
    }
    for (const cJSON *s = samples->child; s; s = s->next) {
        const char *wrong = check_sample(f, s, arena);
        number++;
        if (!wrong)
            continue;
        *why = pmt_arena_printf(arena, "sample %d: %s", number, wrong);
        return -1;
    }
    if (proves(f, samples))
        return 0;
    *why = f->time ? "no sample says its \"ts\" and another field of the line"
                   : "no sample says a field of the line";
    return -1;
}
