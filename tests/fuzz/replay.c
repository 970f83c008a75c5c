/* replay.c - drives a fuzz target without an engine.
 *
 *   replay_X               every seed, cut off and changed at some places; prints how many runs
 *   replay_X --write DIR   writes the seeds into DIR, for an engine to start from
 *   replay_X FILE...       runs files, such as those an engine found
 */
#include "fuzz.h"

#include <string.h>

static unsigned long runs;

/* In a block of its own size, so that a sanitizer sees the first byte past its end. */
static void run(const unsigned char *p, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    runs++;
}

static void run_changed(void *ctx, const void *seed, size_t n)
{
    static const unsigned char bytes[] = {'\0', '\n', ' ', '"', '0', 0x80, 0xFF};
    (void)ctx;
    run(seed, n);
    unsigned char *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, seed, n);
    size_t places = n < fuzz_places ? n : fuzz_places;
    for (size_t i = 0; i < places; i++) {
        size_t at = i * n / places;
        run(seed, at);
        unsigned char was = copy[at];
        copy[at] = bytes[(i + n) % sizeof bytes];
        run(copy, n);
        copy[at] = (unsigned char)(was ^ (1U << (i % 8)));
        run(copy, n);
        copy[at] = was;
    }
    free(copy);
}

static void write_seed(void *ctx, const void *p, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%06lu", (const char *)ctx, runs++);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(p, 1, n, f) != n || fclose(f)) {
        perror(path);
        exit(1);
    }
}

static void run_file(const char *path)
{
    static unsigned char data[1 << 20];
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    run(data, fread(data, 1, sizeof data, f));
    fclose(f);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        fuzz_seeds(write_seed, argv[2]);
    else if (argc > 1)
        for (int i = 1; i < argc; i++)
            run_file(argv[i]);
    else
        fuzz_seeds(run_changed, NULL);
    printf("%lu\n", runs);
    return runs ? 0 : 1;
}
