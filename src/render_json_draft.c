#include "render_json_parts.h"

/* The sentences of the draft, section by section, as the Markdown has them. */

static void put_sentence(cJSON *list, const struct pmt_report *r, const char *text,
                         const struct pmt_cites *cites)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddItemToArray(list, o);
    put_text(o, "text", text);
    put_cites(o, r, cites);
}

static void put_labelled(cJSON *o, const char *key, const struct pmt_report *r,
                         const struct pmt_labelled *l, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(o, key);
    for (size_t i = 0; i < n; i++) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddItemToArray(list, part);
        cJSON_AddStringToObject(part, "label", l[i].label);
        cJSON *sentences = cJSON_AddArrayToObject(part, "sentences");
        for (size_t k = 0; k < l[i].n; k++)
            put_sentence(sentences, r, l[i].sentences[k].text, &l[i].sentences[k].cites);
    }
}

static void put_lines(cJSON *o, const char *key, const struct pmt_lines *l)
{
    cJSON *list = cJSON_AddArrayToObject(o, key);
    for (size_t i = 0; i < l->n; i++) {
        struct pmt_buf b = {0};
        pmt_put_unmarked(&b, l->v[i]);
        cJSON_AddItemToArray(list, cJSON_CreateString(b.data ? b.data : ""));
        pmt_buf_fini(&b);
    }
}

static void put_factors(cJSON *root, const struct pmt_report *r)
{
    cJSON *list = cJSON_AddArrayToObject(root, "factors");
    for (size_t i = 0; i < r->nfactors; i++) {
        const struct pmt_factor *f = &r->factors[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddItemToArray(list, o);
        cJSON_AddStringToObject(o, "kind", f->kind);
        put_text(o, "text", f->text);
        if (f->many) {
            put_count(o, "lines", f->inside);
            put_count(o, "lines_at_other_times", f->outside);
        } else {
            cJSON_AddNullToObject(o, "lines");
            cJSON_AddNullToObject(o, "lines_at_other_times");
        }
        put_cites(o, r, &f->cites);
    }
}

/* What people noted, each with what became of it. */
static void put_notes(cJSON *root, const struct pmt_report *r)
{
    static const char *const uses[] = {"left_out", "timeline", "draft"};
    cJSON *list = cJSON_AddArrayToObject(root, "notes");
    for (size_t i = 0; i < r->nnotes; i++) {
        const struct pmt_told_note *n = &r->notes[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddItemToArray(list, o);
        put_slice(o, "file", pmt_str(n->note->file));
        put_count(o, "line", n->note->line);
        put_time(o, "time", n->t, 0);
        cJSON_AddBoolToObject(o, "time_approximate", n->note->time.about);
        cJSON_AddBoolToObject(o, "zone_assumed", n->zone_assumed);
        cJSON_AddBoolToObject(o, "day_assumed", n->day_assumed);
        cJSON *tags = cJSON_AddArrayToObject(o, "tags");
        for (size_t k = 0; pmt_note_tags[k]; k++)
            if (n->note->tags & 1u << k)
                cJSON_AddItemToArray(tags, cJSON_CreateString(pmt_note_tags[k]));
        put_text(o, "text", n->text);
        put_str(o, "used", uses[n->use]);
        put_str(o, "left_out", n->why);
        if (n->against)
            put_text(o, "against_logs", n->against);
        else
            cJSON_AddNullToObject(o, "against_logs");
        put_cites(o, r, &n->cites);
    }
}

void pmt_json_draft(cJSON *root, const struct pmt_report *r)
{
    put_factors(root, r);
    put_notes(root, r);
    cJSON *draft = cJSON_AddObjectToObject(root, "draft");
    put_text(draft, "title", r->title);
    put_lines(draft, "banner", &r->banner);
    put_labelled(draft, "summary", r, r->summary, r->nsummary);
    put_lines(draft, "slots", &r->slots);
    put_labelled(draft, "cause", r, r->cause, r->ncause);
    put_lines(draft, "improvements", &r->improvements);
    cJSON *tasks = cJSON_AddArrayToObject(draft, "tasks");
    for (size_t i = 0; i < r->ntasks; i++)
        put_sentence(tasks, r, r->tasks[i].text, &r->tasks[i].cites);
}
