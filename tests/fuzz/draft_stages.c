/* draft_stages.c - the stages in their order, as the pipeline runs them, but into memory. */
#include "draft.h"
#include "fuzz.h"

#include "pmt/render.h"
#include "pmt/render_records.h"
#include "pmt/scan.h"

struct run {
    struct pmt_arena arena;
    struct pmt_inputs inputs;
    struct pmt_scanned *sources;
    struct pmt_counted counted;
    struct pmt_facts facts;
    struct pmt_findings findings;
    struct pmt_redactor *redactor;
    const struct pmt_rules *rules;
    const struct pmt_zone *display;
};

void drafts_fini(struct drafts *d)
{
    pmt_buf_fini(&d->markdown);
    pmt_buf_fini(&d->json);
    pmt_buf_fini(&d->records);
    pmt_buf_fini(&d->invalid);
}

static const struct pmt_zone *zone_of(const char *name, struct pmt_arena *arena)
{
    const struct pmt_zone *z;
    const char *why;
    FUZZ_CHECK(pmt_zone_open(pmt_str(name), arena, &z, &why) == 0);
    return z;
}

/* The pipeline's order of sources. */
static int by_content(const void *a, const void *b)
{
    const struct pmt_scanned *x = a, *y = b;
    int c = strcmp(x->input->family, y->input->family);
    if (c)
        return c;
    if (x->first != y->first && x->first != PMT_NO_TIME && y->first != PMT_NO_TIME)
        return x->first < y->first ? -1 : 1;
    if (x->input->rotation != y->input->rotation)
        return x->input->rotation < y->input->rotation ? -1 : 1;
    return strcmp(x->input->path, y->input->path);
}

static struct pmt_window window_of(const struct run *r, unsigned ask)
{
    struct pmt_window w = {PMT_NO_TIME, PMT_NO_TIME};
    for (size_t i = 0; (ask & ASK_WINDOW) && i < r->inputs.n; i++) {
        const struct pmt_scanned *s = &r->sources[i];
        if (s->first == PMT_NO_TIME || s->last < s->first)
            continue;
        w.since = s->first + (s->last - s->first) / 4;
        w.until = s->last - (s->last - s->first) / 4;
    }
    return w;
}

struct memory {
    FILE *file;
    char *data; /* known when the file is closed */
    size_t n;
};

static void open_memory(struct memory *m)
{
    m->file = open_memstream(&m->data, &m->n);
    FUZZ_CHECK(m->file);
}

static void close_memory(struct memory *m, struct pmt_buf *ret)
{
    FUZZ_CHECK(fclose(m->file) == 0);
    pmt_buf_put(ret, m->data, m->n);
    free(m->data);
}

static void make_records(struct run *r, const struct pmt_window *window, struct drafts *ret)
{
    struct memory records, invalid;
    open_memory(&records);
    open_memory(&invalid);
    struct pmt_records x = {.redactor = r->redactor, .records = records.file,
                            .invalid = invalid.file, .stdin_fd = -1, .window = window};
    FUZZ_CHECK(pmt_render_records(&x, r->sources, r->inputs.n) == 0);
    close_memory(&records, &ret->records);
    close_memory(&invalid, &ret->invalid);
}

static void make_reports(struct run *r, unsigned ask, struct pmt_window window, struct drafts *ret)
{
    struct pmt_report report;
    bool other = (ask & ASK_OTHER) && r->findings.n;
    struct pmt_report_input in = {
        .sources = r->sources, .nsources = r->inputs.n, .inputs = &r->inputs,
        .counted = &r->counted, .facts = &r->facts, .findings = &r->findings, .rules = r->rules,
        .redactor = r->redactor, .drafted = other ? r->findings.n - 1 : r->findings.main,
        .window = window, .lead = PMT_DAY, .display = r->display,
        .redacted = !(ask & ASK_NO_REDACT), .version = "0",
    };
    pmt_report_build(&report, &in, &r->arena);
    pmt_render_markdown(&report, &ret->markdown);
    pmt_render_json(&report, &in, "pm-timeline 0", &ret->json);
    pmt_report_fini(&report);
}

static void run_stages(struct run *r, unsigned ask, struct drafts *ret)
{
    struct pmt_zone_choice assume = {0};
    struct pmt_calibrate_options options = {.year = ask & ASK_YEAR ? 2022 : 0};
    if (ask & ASK_ZONE) {
        assume.zone = zone_of("Europe/Berlin", &r->arena);
        options.assume = &assume;
        options.nassume = 1;
    }
    if (ask & ASK_DISPLAY)
        r->display = zone_of("Africa/Nairobi", &r->arena);
    pmt_calibrate(r->sources, r->inputs.n, &options, &r->arena);
    qsort(r->sources, r->inputs.n, sizeof *r->sources, by_content);
    struct pmt_window window = window_of(r, ask);
    if (ask & ASK_RECORDS)
        make_records(r, &window, ret);
    pmt_counted_build(&r->counted, r->sources, r->inputs.n, &r->arena);
    pmt_facts_build(&r->facts, r->sources, r->inputs.n);
    pmt_findings_build(&r->findings, &r->counted, &r->facts, window, NULL);
    make_reports(r, ask, window, ret);
}

void make_drafts(const char *folder, unsigned ask, uint64_t part_bytes, struct drafts *ret)
{
    static struct pmt_rules *rules;
    if (!rules)
        rules = pmt_rules_new();
    struct run r = {.rules = rules, .findings = {.main = SIZE_MAX}};
    *ret = (struct drafts){0};
    pmt_inputs_collect(&r.inputs, &folder, 1);
    struct pmt_scan scan = {.inputs = &r.inputs, .rules = rules, .jobs = part_bytes ? 2 : 1,
                            .part_bytes = part_bytes, .stdin_fd = -1};
    r.sources = pmt_scan_run(&scan);
    FUZZ_CHECK(r.sources);
    r.redactor = pmt_redactor_new(ask & ASK_NO_REDACT);
    run_stages(&r, ask, ret);
    pmt_findings_fini(&r.findings);
    pmt_facts_fini(&r.facts);
    pmt_counted_fini(&r.counted);
    pmt_scanned_free(r.sources, r.inputs.n);
    pmt_redactor_free(r.redactor);
    pmt_inputs_fini(&r.inputs);
    pmt_arena_fini(&r.arena);
}
