/* fuzz.h - what a fuzz target and whoever drives it agree on.
 *
 * A target is LLVMFuzzerTestOneInput, which takes any bytes and aborts when a promise is broken,
 * and fuzz_seeds, which knows inputs worth starting from. libFuzzer drives it with bytes of its
 * own making; replay.c with the seeds and small changes of them, in every run of the tests.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void fuzz_use(void *ctx, const void *p, size_t n);
void fuzz_seeds(fuzz_use *use, void *ctx);
/* At how many places of a seed replay.c cuts it off and changes a byte. */
extern const unsigned fuzz_places;

/* Not assert(): it holds in release builds too. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
