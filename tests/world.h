/* world.h - logs in memory taken through everything that stands above the scan, up to the report;
 * and an hour of a shop's traffic with whatever goes wrong in it. */
#ifndef PMT_TESTS_WORLD_H
#define PMT_TESTS_WORLD_H

#include "scan_lines.h"

#include "pmt/render.h"

struct world {
    struct scan scan;
    struct pmt_coverage coverage;
    struct pmt_counted counted;
    struct pmt_facts facts;
    struct pmt_findings findings;
    struct pmt_redactor *redactor;
    const struct pmt_zone *display; /* set it before world_report, and the next */
    int allowed;
    const struct pmt_notes *notes;  /* this too */
    struct pmt_report_input in;
    struct pmt_report report;
    bool reported;
};

static UNUSED void world_open_in(struct world *w, const struct scan_log *logs, size_t n,
                                 struct pmt_window window)
{
    memset(w, 0, sizeof *w);
    scan_open(&w->scan, logs, n);
    scan_calibrate(&w->scan);
    pmt_coverage_build(&w->coverage, w->scan.sources, n, &w->scan.arena);
    pmt_counted_build(&w->counted, w->scan.sources, n, &w->scan.arena);
    pmt_facts_build(&w->facts, w->scan.sources, n);
    pmt_findings_build(&w->findings, &w->counted, &w->facts, window, &w->coverage);
    w->in.window = window;
}

static UNUSED void world_open(struct world *w, const struct scan_log *logs, size_t n)
{
    world_open_in(w, logs, n, (struct pmt_window){PMT_NO_TIME, PMT_NO_TIME});
}
#define WORLD_OPEN(w, logs) world_open(w, logs, sizeof(logs) / sizeof *(logs))

/* The draft about the main incident. */
static UNUSED void world_report(struct world *w, bool redacted)
{
    struct pmt_window window = w->in.window;
    w->redactor = pmt_redactor_new(!redacted);
    w->in = (struct pmt_report_input){.sources = w->scan.sources,
                                      .nsources = w->scan.n,
                                      .inputs = &w->scan.list,
                                      .counted = &w->counted,
                                      .facts = &w->facts,
                                      .coverage = &w->coverage,
                                      .findings = &w->findings,
                                      .rules = scan_rules(),
                                      .redactor = w->redactor,
                                      .drafted = w->findings.main,
                                      .window = window,
                                      .lead = 14 * PMT_DAY,
                                      .display = w->display,
                                      .allowed = w->allowed,
                                      .notes = w->notes,
                                      .redacted = redacted,
                                      .version = "0.1.0"};
    pmt_report_build(&w->report, &w->in, &w->scan.arena);
    w->reported = true;
}

/* The caller frees. */
static UNUSED struct pmt_buf world_markdown(struct world *w)
{
    struct pmt_buf b = {0};
    pmt_render_markdown(&w->report, &b);
    return b;
}

static UNUSED struct pmt_buf world_json(struct world *w)
{
    struct pmt_buf b = {0};
    pmt_render_json(&w->report, &w->in, "pm-timeline 0.1.0", &b);
    return b;
}

static UNUSED void world_close(struct world *w)
{
    if (w->reported)
        pmt_report_fini(&w->report);
    pmt_redactor_free(w->redactor);
    pmt_findings_fini(&w->findings);
    pmt_facts_fini(&w->facts);
    pmt_counted_fini(&w->counted);
    scan_close(&w->scan);
}

/* ---- traffic ---------------------------------------------------------------------------- */

#define NINE at("2022-02-26T09:00:00Z")

/* A stretch of time, in seconds since the story's start, in which some requests fail. */
struct trouble {
    int from, to; /* the first and the last second */
    int percent;  /* of the requests that fail */
    int status;   /* 0: 502 */
    int clients;  /* only so many of the clients are hit; 0: all */
};

struct traffic {
    const char *backend; /* NULL: an nginx access log; else the balancer's log */
    const char *servers[2];
    int64_t start;
    int seconds, every; /* one request each `every` seconds */
    int clients;        /* 0: 40 */
    struct trouble troubles[4];
};

static UNUSED int traffic_status(const struct traffic *t, int sec, int i)
{
    unsigned client = (unsigned)i % (unsigned)(t->clients ? t->clients : 40);
    for (size_t k = 0; k < 4; k++) {
        const struct trouble *x = &t->troubles[k];
        /* 37 is prime to 100: the failures are spread, and every client meets some. */
        if (x->percent && sec >= x->from && sec <= x->to && i * 37 % 100 < x->percent &&
            (!x->clients || client < (unsigned)x->clients))
            return x->status ? x->status : 502;
    }
    return 200;
}

static UNUSED void put_traffic(struct pmt_buf *b, const struct traffic *t)
{
    for (int i = 0; i * t->every < t->seconds; i++) {
        int64_t when = t->start + (int64_t)i * t->every * PMT_SECOND;
        const char *client = client_name((unsigned)i % (unsigned)(t->clients ? t->clients : 40));
        int status = traffic_status(t, i * t->every, i);
        if (t->backend)
            put_haproxy(b, when + 118 * 1000, client, t->backend, t->servers[i % 2 ? 1 : 0], status,
                        "/books");
        else
            put_access(b, when, client, "/books", status, "Mozilla/5.0 Firefox/97.0");
    }
}

/* A state line of the balancer. */
static UNUSED void put_state(struct pmt_buf *b, int64_t t, const char *message)
{
    char text[1024];
    snprintf(text, sizeof text, "haproxy[1123]: %s", message);
    put_syslog(b, t, "lb-01", text);
}
#define GONE(backend, server, left)                                                                \
    "Server " backend "/" server " is going DOWN for maintenance. " left                           \
    " active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue."
#define READY(backend, server)                                                                     \
    "Server " backend "/" server " is UP/READY (leaving forced maintenance)."

#endif
