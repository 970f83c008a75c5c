/* notes.c - a line of people's notes: any bytes give a note, none, or a reason. */
#include "fuzz.h"

#include "pmt/notes.h"

const unsigned fuzz_places = 48;

static const char *const seeds[] = {
    "2022-02-26 12:15 EAT - escalated to the infrastructure team #escalated",
    "- **Sat, 26 February 2022 at ~12:15:07.25 p.m. (EAT)** \xE2\x80\x93 x #detected #cause",
    "* Feb 26, 2022 12:15 UTC+3 | x",
    "> [12:15 Africa/Nairobi] -> x #impact",
    "12:15-12:30 IST x",
    "26.02.2022T12:15-0130 x",
    "31 Dec 9999 23:59:60 Pacific/Kiritimati: x",
    "0000-01-01 00:00 +14:00 x",
    "#cause",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pmt_arena arena = {0};
    struct pmt_noted n = {.line = 77};
    const char *why = NULL;
    int is = pmt_note_parse(pmt_slice((const char *)data, size), &arena, &n, &why);
    FUZZ_CHECK(is >= -1 && is <= 1);
    FUZZ_CHECK(is >= 0 || (why && *why));
    FUZZ_CHECK(is > 0 || n.line == 77);
    if (is > 0) {
        FUZZ_CHECK(n.text.n <= size && n.raw.n <= PMT_NOTE_BYTES);
        FUZZ_CHECK(n.time.when != PMT_NOTE_UNTIMED || n.tags);
        const int64_t anchor = INT64_C(1645865251) * PMT_SECOND;
        int64_t t = pmt_note_instant(&n.time, NULL, anchor);
        FUZZ_CHECK((t == PMT_NO_TIME) == (n.time.when == PMT_NOTE_UNTIMED));
        if (n.time.when == PMT_NOTE_CLOCK)
            FUZZ_CHECK(t >= anchor - 6 * PMT_HOUR && t < anchor + 19 * PMT_HOUR);
    }
    pmt_arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_use *use, void *ctx)
{
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        use(ctx, seeds[i], strlen(seeds[i]));
}
