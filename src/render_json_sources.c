#include "render_json_parts.h"

#include "pmt/formats.h"

static void put_skew(cJSON *o, const struct pmt_skew *s)
{
    enum { DECIMALS = 3 };
    if (s) {
        put_seconds(o, "skew_s", s->median, DECIMALS);
        put_count(o, "skew_n", s->matched);
        put_seconds(o, "skew_spread_s", s->spread, DECIMALS);
    } else {
        cJSON_AddNullToObject(o, "skew_s");
        cJSON_AddNullToObject(o, "skew_n");
        cJSON_AddNullToObject(o, "skew_spread_s");
    }
    cJSON_AddBoolToObject(o, "skew_corrected", s && s->corrected);
    put_slice(o, "skew_against", s ? s->against : PMT_NO_SLICE);
}

void pmt_json_gaps(cJSON *o, const struct pmt_gap *gaps, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(o, "gaps");
    for (size_t i = 0; i < n; i++) {
        cJSON *x = cJSON_CreateObject();
        cJSON_AddItemToArray(list, x);
        put_time(x, "from", gaps[i].from, 0);
        put_time(x, "to", gaps[i].to, 0);
        put_str(x, "kind", gaps[i].kind == PMT_GAP_ROTATION ? "rotation" : "silent");
        if (gaps[i].expected)
            put_count(x, "expected", gaps[i].expected);
        else
            cJSON_AddNullToObject(x, "expected");
        put_slice(x, "missing", pmt_str(gaps[i].missing));
    }
}

static void put_map(cJSON *o, const struct pmt_map *m)
{
    put_str(o, "zone", m ? m->zone_name : NULL);
    put_str(o, "zone_from", m ? pmt_zone_from_name((enum pmt_zone_from)m->zone_from) : NULL);
    put_reason(o, "zone_why", m ? m->why : NULL);
    put_str(o, "year_from", m ? pmt_year_from_name((enum pmt_year_from)m->year_from) : NULL);
    put_reason(o, "year_why", m ? m->year_why : NULL);
    put_reason(o, "turns", m ? m->turns : NULL);
    put_skew(o, m ? m->skew : NULL);
}

/* Each stamp of each host: one central log holds the clocks of many. Of its stretches the one with
 * most lines speaks for a clock. */
static void put_clocks(cJSON *o, const struct pmt_scanned *s)
{
    static const char *const stamps[] = {"head", "accept", "access", "error", "own"};
    cJSON *list = cJSON_AddArrayToObject(o, "clocks");
    for (size_t c = 0; s->tally && c < s->tally->nclocks; c++) {
        const struct pmt_clock *clock = &s->tally->clocks[c];
        cJSON *x = cJSON_CreateObject();
        size_t best = 0;
        uint64_t lines = 0;
        for (size_t k = 0; k < clock->n; k++) {
            lines += clock->segments[k].lines;
            best = clock->segments[k].lines > clock->segments[best].lines ? k : best;
        }
        cJSON_AddItemToArray(list, x);
        put_slice(x, "host", clock->host.n ? clock->host : s->host);
        put_str(x, "stamp", stamps[clock->which]);
        put_count(x, "lines", lines);
        put_map(x, clock->n ? &s->maps[c][best] : NULL);
    }
}

void pmt_json_source(cJSON *list, const struct pmt_scanned *s)
{
    cJSON *o = cJSON_CreateObject();
    const struct pmt_map *m =
        s->tally && s->tally->nclocks ? &s->maps[s->main_clock][s->main_segment] : NULL;
    cJSON_AddItemToArray(list, o);
    put_slice(o, "file", pmt_str(s->input->shown));
    put_slice(o, "arg", pmt_str(s->input->arg));
    struct pmt_buf format = {0};
    if (s->info.compression == PMT_JOURNAL)
        pmt_buf_puts(&format, "systemd-journal");
    else if (!s->skipped)
        pmt_put_format(&format, s->parser, &s->own);
    put_str(o, "format", format.n ? format.data : NULL);
    pmt_buf_fini(&format);
    put_slice(o, "host", s->host);
    put_map(o, m);
    const struct pmt_tally none = {0}, *t = s->tally ? s->tally : &none;
    put_count(o, "lines", t->lines);
    put_count(o, "understood", t->understood);
    put_count(o, "undated", t->undated);
    put_count(o, "not_understood", t->not_understood);
    put_count(o, "cut", s->info.lines_cut);
    put_count(o, "late", t->late);
    put_count(o, "impossible", s->impossible);
    int decimals = m ? t->clocks[s->main_clock].segments[s->main_segment].decimals : 0;
    put_time(o, "first", s->first, decimals);
    put_time(o, "last", s->last, decimals);
    pmt_json_gaps(o, s->gaps, s->ngaps);
    put_clocks(o, s);
    put_str(o, "damage", s->info.damage[0] ? s->info.damage : NULL);
}
