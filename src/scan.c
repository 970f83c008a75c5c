#include "scan_parts.h"

#include "pmt/infer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TICK_NS = 200000000 }; /* between reports of progress */

struct run {
    const struct pmt_scan *scan;
    struct pmt_task *tasks;
    size_t n, cap;
    size_t *order;
    _Atomic size_t next;
    _Atomic unsigned finished;
    struct pmt_vote_budget ok, failed, slow;
    pthread_mutex_t lock;
    pthread_cond_t woken;
};

/* ---- one task -------------------------------------------------------------------------------- */

static void run_task(const struct pmt_reading *r, struct pmt_task *t)
{
    const struct pmt_input *in = &r->scan->inputs->items[t->input];
    struct pmt_source *src = NULL;
    int err = pmt_input_open(in, r->scan->stdin_fd, t->from, t->to, &src);
    if (err) {
        pmt_scan_refused(&t->a, in, err, src, &t->arena);
        if (err == PMT_EFORMAT)
            pmt_source_close(src);
        return;
    }
    if (t->detect && pmt_archive_is(pmt_source_head(src))) {
        pmt_scan_archive(r, t, in, src);
        t->done = in->size;
        pmt_source_close(src);
        return;
    }
    if (!t->detect || pmt_scan_recognise(&t->a, r->scan->formats, in, src))
        pmt_scan_lines(r, &t->a, src, &t->done);
    t->a.info = *pmt_source_info(src);
    t->a.problem |= t->a.info.incomplete;
    t->done = t->to == UINT64_MAX ? in->size : t->to - t->from;
    pmt_source_close(src);
}

static struct pmt_reading reading_of(struct run *r)
{
    return (struct pmt_reading){.scan = r->scan, .ok = &r->ok, .failed = &r->failed,
                                .slow = &r->slow,
                                .scratch = pmt_rules_scratch_new(r->scan->rules)};
}

static void *worker(void *arg)
{
    struct run *r = arg;
    struct pmt_reading reading = reading_of(r);
    for (;;) {
        size_t i = atomic_fetch_add(&r->next, 1);
        if (i >= r->n || pmt_scan_stopped(r->scan))
            break;
        run_task(&reading, &r->tasks[r->order[i]]);
    }
    pmt_rules_scratch_free(reading.scratch);
    pthread_mutex_lock(&r->lock);
    r->finished++;
    pthread_cond_signal(&r->woken);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- planning -------------------------------------------------------------------------------- */

static void add_task(struct run *r, size_t input, uint64_t from, uint64_t to, uint64_t weight,
                     unsigned part)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->tasks = pmt_realloc(r->tasks, r->cap, sizeof *r->tasks);
    }
    struct pmt_task *t = &r->tasks[r->n++];
    memset(t, 0, sizeof *t);
    t->input = input;
    t->from = from;
    t->to = to;
    t->weight = weight;
    t->part = part;
    t->detect = true;
}

/* A big plain text file of a known format is read in parts; what it is, is settled here once. */
static bool split(struct run *r, size_t i, uint64_t part)
{
    const struct pmt_input *in = &r->scan->inputs->items[i];
    struct pmt_source *src;
    struct pmt_answer probe = {0};
    if (!in->regular || in->size <= part || strcmp(in->path, "-") == 0)
        return false;
    int err = pmt_source_open(in->path, 0, UINT64_MAX, &src);
    if (err == PMT_EFORMAT)
        pmt_source_close(src);
    if (err)
        return false;
    bool good = !pmt_archive_is(pmt_source_head(src)) &&
                pmt_scan_recognise(&probe, r->scan->formats, in, src) && probe.parser &&
                pmt_source_info(src)->compression == PMT_PLAIN && !pmt_source_info(src)->export;
    pmt_source_close(src);
    if (!good) {
        pmt_inferred_free(probe.inferred);
        return false;
    }
    unsigned k = 0;
    for (uint64_t at = 0; at < in->size; at += part, k++) {
        uint64_t to = in->size - at > part ? at + part : UINT64_MAX;
        add_task(r, i, at, to, to == UINT64_MAX ? in->size - at : part, k);
        r->tasks[r->n - 1].a.parser = probe.parser;
        r->tasks[r->n - 1].a.own = probe.own;
        r->tasks[r->n - 1].a.inferred = k ? NULL : probe.inferred;
        r->tasks[r->n - 1].detect = false;
    }
    return true;
}

static const struct run *sorting;

static int heaviest_first(const void *a, const void *b)
{
    const struct pmt_task *x = &sorting->tasks[*(const size_t *)a];
    const struct pmt_task *y = &sorting->tasks[*(const size_t *)b];
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

static bool is_packed(const char *path)
{
    return pmt_strip_compression(pmt_str(path)).n < strlen(path);
}

static void plan(struct run *r)
{
    uint64_t part = r->scan->part_bytes ? r->scan->part_bytes : PMT_PART_BYTES;
    for (size_t i = 0; i < r->scan->inputs->n; i++) {
        const struct pmt_input *in = &r->scan->inputs->items[i];
        /* The name is only a guess at the work, for the order in which files are taken. */
        if (!split(r, i, part))
            add_task(r, i, 0, UINT64_MAX, in->size * (is_packed(in->path) ? 10 : 1), 0);
    }
    r->order = pmt_alloc((r->n + 1) * sizeof *r->order);
    for (size_t i = 0; i < r->n; i++)
        r->order[i] = i;
    sorting = r;
    qsort(r->order, r->n, sizeof *r->order, heaviest_first);
}

/* ---- the run --------------------------------------------------------------------------------- */

static void wait_for_workers(struct run *r, unsigned jobs)
{
    uint64_t total = 0;
    for (size_t i = 0; i < r->scan->inputs->n; i++)
        total += r->scan->inputs->items[i].size;
    pthread_mutex_lock(&r->lock);
    while (r->finished < jobs) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_NS;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&r->woken, &r->lock, &until);
        if (!r->scan->progress)
            continue;
        uint64_t done = 0;
        for (size_t i = 0; i < r->n; i++)
            done += r->tasks[i].done;
        r->scan->progress(r->scan->ctx, done, total);
    }
    pthread_mutex_unlock(&r->lock);
}

static void run_workers(struct run *r)
{
    unsigned jobs = (unsigned)(r->scan->jobs < 1 ? 1 : r->scan->jobs), started = 0;
    if (jobs > r->n)
        jobs = r->n ? (unsigned)r->n : 1;
    pthread_t *threads = pmt_alloc(jobs * sizeof *threads);
    for (; started < jobs; started++)
        if (pthread_create(&threads[started], NULL, worker, r))
            break;
    if (!started) /* no thread to be had: do the work here */
        worker(r);
    wait_for_workers(r, started ? started : 1);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

/* Short ones: what has many lines tells its format itself. */
static void run_lent(struct run *r)
{
    struct pmt_reading reading = reading_of(r);
    for (size_t i = 0; i < r->n && !pmt_scan_stopped(r->scan); i++)
        if (pmt_scan_lend(r->scan->inputs, r->tasks, r->n, i))
            run_task(&reading, &r->tasks[i]);
    pmt_rules_scratch_free(reading.scratch);
}

/* Parts follow each other in the list of tasks. */
static uint8_t timed(const struct pmt_inferred *x)
{
    return x && x->micros  ? PMT_TIMED_BY_NUMBER
           : x && x->offer && (x->known || x->certain) ? PMT_TIMED_PERHAPS
                           : PMT_TIMED_AS_READ;
}

static const char *format(const struct pmt_inferred *x)
{
    return !x ? NULL : x->offer ? x->offer : x->format;
}

struct pmt_scanned pmt_scanned_of(const struct pmt_input *in, const struct pmt_answer *a)
{
    return (struct pmt_scanned){.input = in, .parser = a->parser, .own = a->own,
                                .inferred = a->inferred, .timed = timed(a->inferred),
                                .unknown = a->unknown, .requests = a->requests,
                                .format = format(a->inferred), .info = a->info,
                                .tally = a->tally, .skipped = a->skipped, .problem = a->problem,
                                .journal = a->journal,
                                .first = PMT_NO_TIME, .last = PMT_NO_TIME};
}

static void append_part(struct pmt_scanned *s, const struct pmt_task *t)
{
    s->problem |= t->a.problem;
    s->info.lines_cut += t->a.info.lines_cut;
    s->info.nul_bytes += t->a.info.nul_bytes;
    s->info.lines += t->a.info.lines;
    s->info.bytes_text += t->a.info.bytes_text;
    if (t->a.info.damage[0])
        memcpy(s->info.damage, t->a.info.damage, sizeof s->info.damage);
    if (t->a.skipped)
        snprintf(s->info.damage, sizeof s->info.damage, "from byte %llu on it %s",
                 (unsigned long long)t->from, t->a.skipped);
    if (s->tally && t->a.tally)
        pmt_tally_append(s->tally, t->a.tally);
    else if (t->a.tally)
        s->tally = t->a.tally;
}

/* Parts follow each other in the list of tasks. */
static struct pmt_scanned *gather(struct run *r)
{
    struct pmt_inputs *inputs = r->scan->inputs;
    struct pmt_scanned *sources = pmt_alloc((inputs->n + 1) * sizeof *sources);
    bool archives = false;
    for (size_t i = 0; i < r->n; i++) {
        struct pmt_task *t = &r->tasks[i];
        archives |= t->n > 0;
        pmt_arena_adopt(&inputs->arena, &t->arena);
        if (t->part == 0)
            sources[t->input] = pmt_scanned_of(&inputs->items[t->input], &t->a);
        else
            append_part(&sources[t->input], t);
    }
    if (archives)
        sources = pmt_scan_expand(inputs, r->tasks, r->n, sources);
    for (size_t i = 0; i < r->n; i++)
        free(r->tasks[i].inside);
    return sources;
}

struct pmt_scanned *pmt_scan_run(const struct pmt_scan *scan)
{
    struct run r = {.scan = scan};
    uint64_t kept = scan->votes_kept ? scan->votes_kept : PMT_VOTES_KEPT;
    r.ok.limit = r.failed.limit = r.slow.limit = kept;
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.woken, NULL);
    pmt_source_interruptible(scan->interrupted);
    plan(&r);
    run_workers(&r);
    run_lent(&r);
    struct pmt_scanned *sources = gather(&r);
    pmt_source_interruptible(NULL);
    for (size_t i = 0; i < scan->inputs->n; i++) {
        if (!sources[i].tally)
            continue;
        struct pmt_tally *t = sources[i].tally;
        t->ok_budget = t->failed_budget = t->slow_budget = NULL;
        pmt_tally_seal(t);
    }
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.woken);
    free(r.tasks);
    free(r.order);
    if (!pmt_scan_stopped(scan))
        return sources;
    pmt_scanned_free(sources, scan->inputs->n);
    return NULL;
}

void pmt_scanned_free(struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; sources && i < n; i++) {
        pmt_tally_free(sources[i].tally);
        pmt_inferred_free(sources[i].inferred);
    }
    free(sources);
}

/* ---- reading once more ----------------------------------------------------------------------- */

struct pmt_reader {
    struct pmt_opener opener;
    struct pmt_source *source;
    const struct pmt_scanned *of;
};

struct pmt_reader *pmt_reader_new(int stdin_fd)
{
    struct pmt_reader *r = pmt_alloc(sizeof *r);
    r->opener.stdin_fd = stdin_fd;
    return r;
}

int pmt_reader_turn(struct pmt_reader *r, const struct pmt_scanned *s)
{
    pmt_source_close(r->source);
    r->source = NULL;
    r->of = s;
    return pmt_opener_open(&r->opener, s->input, &r->source);
}

int pmt_reader_next(struct pmt_reader *r, struct pmt_line *line, struct pmt_record *rec,
                    enum pmt_verdict *verdict, struct pmt_reject *why)
{
    const struct pmt_parser *used;
    if (pmt_source_next(r->source, line) <= 0)
        return 0;
    *verdict = PMT_SILENT;
    if (line->text.n)
        *verdict = pmt_parse_line(r->of->parser, &r->of->own, line->text, rec, &used, why);
    return 1;
}

void pmt_reader_free(struct pmt_reader *r)
{
    if (!r)
        return;
    pmt_source_close(r->source);
    pmt_opener_fini(&r->opener);
    free(r);
}
