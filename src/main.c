#include "pmt/pipeline.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_bool interrupted; /* lock-free, so that a handler may set it and threads see it */

/* The first one ends the run in good order. Another one ends it at once; not within a second, as
 * timeout(1) and terminals may send it to the process and to its group. */
static void on_signal(int sig)
{
    static time_t first;
    struct timespec now;
    int errnum = errno;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (interrupted && now.tv_sec - first > 1) {
        signal(sig, SIG_DFL);
        raise(sig);
    } else if (!interrupted) {
        first = now.tv_sec;
        interrupted = true;
    }
    errno = errnum;
}

static bool use_colour(const struct pmt_options *o)
{
    if (o->color != PMT_COLOR_AUTO)
        return o->color == PMT_COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no && *no);
}

static int print_and_free(struct pmt_buf *b, int status)
{
    fwrite(b->data, 1, b->n, stdout);
    pmt_buf_fini(b);
    return fflush(stdout) ? PMT_EXIT_NOTHING : status;
}

static int run(int argc, char **argv, struct pmt_arena *arena)
{
    struct pmt_diag diag = {.fd = STDERR_FILENO};
    struct pmt_options o;
    struct pmt_buf text = {0};
    const char *error;
    if (pmt_options_parse(argc, argv, arena, &o, &error)) {
        pmt_diag(&diag, PMT_DIAG_ERROR, "%s", error);
        return PMT_EXIT_USAGE;
    }
    if (o.help) {
        pmt_options_help(&text, PMT_VERSION);
        return print_and_free(&text, PMT_EXIT_WRITTEN);
    }
    if (o.version) {
        pmt_buf_puts(&text, "pm-timeline " PMT_VERSION "\n");
        return print_and_free(&text, PMT_EXIT_WRITTEN);
    }
    if (o.formats) {
        pmt_put_formats(&text);
        return print_and_free(&text, PMT_EXIT_WRITTEN);
    }
    if (!o.npaths && !o.final) {
        pmt_options_intro(&text);
        return print_and_free(&text, PMT_EXIT_USAGE);
    }
    diag.verbosity = o.quiet ? -1 : o.verbose;
    diag.colour = use_colour(&o);
    struct sigaction act = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGPIPE, &ignore, NULL); /* writing fails instead, and files are cleared away */
    if (o.final)
        return pmt_pipeline_final(&o, &diag);
    return pmt_pipeline_run(&o, &diag, PMT_VERSION, &interrupted);
}

int main(int argc, char **argv)
{
#ifdef __GLIBC__
    /* Threads that scan free and resize a good deal: what one gives back the others take. A sixth
     * less memory on large logs, and no slower. */
    mallopt(M_ARENA_MAX, 1);
#endif
    struct pmt_arena arena = {0};
    int status = run(argc, argv, &arena);
    pmt_arena_fini(&arena);
    return status;
}
