#include "pmt/scratch.h"

static _Thread_local char scratch[PMT_SCRATCH_MAX];

char *pmt_scratch_take(struct pmt_record *rec, size_t n)
{
    if (n > sizeof scratch - rec->scratch_used)
        return NULL;
    char *p = scratch + rec->scratch_used;
    rec->scratch_used += (uint32_t)n;
    return p;
}

bool pmt_scratch_holds(struct pmt_slice s)
{
    uintptr_t p = (uintptr_t)s.p, from = (uintptr_t)scratch;
    return p >= from && p <= from + sizeof scratch && s.n <= from + sizeof scratch - p;
}
