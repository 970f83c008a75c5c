#include "pmt/scan.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    CHECK_EVERY = 4096,  /* lines between looks at the flag and the byte counter */
    TICK_NS = 200000000, /* between reports of progress */
};

/* One file, or one part of a big one. */
struct task {
    size_t input;
    uint64_t from, to;
    uint64_t weight;
    unsigned part;
    const struct pmt_parser *parser; /* known beforehand for parts, with `own` */
    struct pmt_own own;
    bool detect;
    /* answers */
    struct pmt_tally *tally;
    struct pmt_source_info info;
    const char *skipped;
    bool problem;
    _Atomic uint64_t done;
};

struct run {
    const struct pmt_scan *scan;
    struct task *tasks;
    size_t n, cap;
    size_t *order;
    _Atomic size_t next;
    _Atomic unsigned finished;
    struct pmt_vote_budget ok, failed, slow;
    pthread_mutex_t lock;
    pthread_cond_t woken;
};

static bool stopped(const struct pmt_scan *s)
{
    return s->interrupted && *s->interrupted;
}

static int open_input(const struct pmt_input *in, int stdin_fd, uint64_t from, uint64_t to,
                      struct pmt_source **ret)
{
    if (strcmp(in->path, "-") != 0)
        return pmt_source_open(in->path, from, to, ret);
    int fd = dup(stdin_fd);
    return fd < 0 ? PMT_EIO : pmt_source_open_fd(fd, ret);
}

static const char *open_error(int err)
{
    switch (err) {
    case PMT_EMISSING: return "disappeared before it was read";
    case PMT_EACCESS: return "cannot be read: permission denied (run with sudo, or join group adm)";
    case PMT_EFORMAT:
        return "is compressed in a way that is not read here (unpack it, or use gzip, xz or zstd)";
    default: return "cannot be read: input/output error";
    }
}

/* ---- one task -------------------------------------------------------------------------------- */

static void one_line(struct task *t, const struct pmt_rules *rules,
                     struct pmt_rules_scratch *scratch, const struct pmt_line *line)
{
    struct pmt_record rec;
    struct pmt_reject why = {"", 0};
    const struct pmt_parser *used;
    if (!line->text.n) {
        pmt_tally_silent(t->tally);
        return;
    }
    switch (pmt_parse_line(t->parser, &t->own, line->text, &rec, &used, &why)) {
    case PMT_RECORD:
        if (rec.kind != PMT_HTTP_REQUEST && rec.lb == PMT_LB_NONE)
            pmt_rules_match(rules, scratch, &rec);
        pmt_tally_add(t->tally, &rec, line);
        break;
    case PMT_SILENT:
        pmt_tally_silent(t->tally);
        break;
    case PMT_FOREIGN:
        pmt_tally_reject(t->tally, line, why.why, why.column);
        break;
    }
}

/* What tells a log from another file: text, and a format in its first lines. */
static bool recognise(struct task *t, const struct pmt_formats *formats,
                      const struct pmt_input *in, struct pmt_source *src)
{
    struct pmt_slice head = pmt_source_head(src);
    if (!head.n) {
        t->skipped = pmt_source_info(src)->damage[0] ? "nothing of it can be read" : "is empty";
        return false;
    }
    if (pmt_source_binary(src)) {
        t->skipped = "is not a text log (binary data)";
        return false;
    }
    t->parser = pmt_formats_choose(formats, in, head, &t->own);
    if (!t->parser && in->walked) {
        t->skipped = "is in no known log format";
        return false;
    }
    return true;
}

static void run_task(struct run *r, struct task *t, struct pmt_rules_scratch *scratch)
{
    const struct pmt_input *in = &r->scan->inputs->items[t->input];
    struct pmt_source *src;
    int err = open_input(in, r->scan->stdin_fd, t->from, t->to, &src);
    if (err) {
        t->skipped = open_error(err);
        t->problem = true;
        if (err == PMT_EFORMAT)
            pmt_source_close(src);
        return;
    }
    if (!t->detect || recognise(t, r->scan->formats, in, src)) {
        struct pmt_line line;
        unsigned k = 0;
        t->tally = pmt_tally_new(&r->ok, &r->failed);
        t->tally->slow_budget = &r->slow;
        while (pmt_source_next(src, &line) > 0) {
            one_line(t, r->scan->rules, scratch, &line);
            if (++k % CHECK_EVERY == 0) {
                t->done = pmt_source_info(src)->bytes_in;
                if (stopped(r->scan))
                    break;
            }
        }
        pmt_tally_seal(t->tally);
    }
    t->info = *pmt_source_info(src);
    t->problem |= t->info.incomplete;
    t->done = t->to == UINT64_MAX ? in->size : t->to - t->from;
    pmt_source_close(src);
}

static void *worker(void *arg)
{
    struct run *r = arg;
    struct pmt_rules_scratch *scratch = pmt_rules_scratch_new(r->scan->rules);
    for (;;) {
        size_t i = atomic_fetch_add(&r->next, 1);
        if (i >= r->n || stopped(r->scan))
            break;
        run_task(r, &r->tasks[r->order[i]], scratch);
    }
    pmt_rules_scratch_free(scratch);
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
    struct task *t = &r->tasks[r->n++];
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
    struct task probe = {0};
    if (!in->regular || in->size <= part || strcmp(in->path, "-") == 0)
        return false;
    int err = pmt_source_open(in->path, 0, UINT64_MAX, &src);
    if (err == PMT_EFORMAT)
        pmt_source_close(src);
    if (err)
        return false;
    bool good = recognise(&probe, r->scan->formats, in, src) && probe.parser &&
                pmt_source_info(src)->compression == PMT_PLAIN;
    pmt_source_close(src);
    if (!good)
        return false;
    unsigned k = 0;
    for (uint64_t at = 0; at < in->size; at += part, k++) {
        uint64_t to = in->size - at > part ? at + part : UINT64_MAX;
        add_task(r, i, at, to, to == UINT64_MAX ? in->size - at : part, k);
        r->tasks[r->n - 1].parser = probe.parser;
        r->tasks[r->n - 1].own = probe.own;
        r->tasks[r->n - 1].detect = false;
    }
    return true;
}

static const struct run *sorting;

static int heaviest_first(const void *a, const void *b)
{
    const struct task *x = &sorting->tasks[*(const size_t *)a];
    const struct task *y = &sorting->tasks[*(const size_t *)b];
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

/* Parts follow each other in the list of tasks. */
static void gather(struct run *r, struct pmt_scanned *sources)
{
    for (size_t i = 0; i < r->n; i++) {
        struct task *t = &r->tasks[i];
        struct pmt_scanned *s = &sources[t->input];
        if (t->part == 0) {
            *s = (struct pmt_scanned){.input = &r->scan->inputs->items[t->input],
                                      .parser = t->parser, .own = t->own, .info = t->info,
                                      .tally = t->tally, .skipped = t->skipped,
                                      .problem = t->problem, .first = PMT_NO_TIME,
                                      .last = PMT_NO_TIME};
            continue;
        }
        s->problem |= t->problem;
        s->info.lines_cut += t->info.lines_cut;
        s->info.nul_bytes += t->info.nul_bytes;
        s->info.lines += t->info.lines;
        s->info.bytes_text += t->info.bytes_text;
        if (t->info.damage[0])
            memcpy(s->info.damage, t->info.damage, sizeof s->info.damage);
        if (t->skipped)
            snprintf(s->info.damage, sizeof s->info.damage, "from byte %llu on it %s",
                     (unsigned long long)t->from, t->skipped);
        if (s->tally && t->tally)
            pmt_tally_append(s->tally, t->tally);
        else if (t->tally)
            s->tally = t->tally;
    }
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
    struct pmt_scanned *sources = pmt_alloc((scan->inputs->n + 1) * sizeof *sources);
    gather(&r, sources);
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
    if (!stopped(scan))
        return sources;
    pmt_scanned_free(sources, scan->inputs->n);
    return NULL;
}

void pmt_scanned_free(struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; sources && i < n; i++)
        pmt_tally_free(sources[i].tally);
    free(sources);
}

/* ---- reading once more ----------------------------------------------------------------------- */

struct pmt_reader {
    struct pmt_source *source;
    const struct pmt_parser *parser;
    struct pmt_own own;
};

int pmt_reader_open(const struct pmt_scanned *s, int stdin_fd, struct pmt_reader **ret)
{
    struct pmt_source *src;
    int err = open_input(s->input, stdin_fd, 0, UINT64_MAX, &src);
    if (err == PMT_EFORMAT)
        pmt_source_close(src);
    if (err)
        return err;
    *ret = pmt_alloc(sizeof **ret);
    **ret = (struct pmt_reader){src, s->parser, s->own};
    return 0;
}

int pmt_reader_next(struct pmt_reader *r, struct pmt_line *line, struct pmt_record *rec,
                    enum pmt_verdict *verdict, struct pmt_reject *why)
{
    const struct pmt_parser *used;
    if (pmt_source_next(r->source, line) <= 0)
        return 0;
    *verdict = PMT_SILENT;
    if (line->text.n)
        *verdict = pmt_parse_line(r->parser, &r->own, line->text, rec, &used, why);
    return 1;
}

void pmt_reader_close(struct pmt_reader *r)
{
    if (!r)
        return;
    pmt_source_close(r->source);
    free(r);
}
