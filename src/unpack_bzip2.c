#include "unpack_codec.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

static void *open_stream(void)
{
    bz_stream *z = pmt_alloc(sizeof *z);
    if (BZ2_bzDecompressInit(z, 0, 0) != BZ_OK)
        pmt_oom();
    return z;
}

static void close_stream(void *state)
{
    BZ2_bzDecompressEnd(state);
    free(state);
}

static unsigned at_most(size_t n)
{
    return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static enum pmt_codec_answer step(void *state, struct pmt_codec_io *io)
{
    bz_stream *z = state;
    unsigned in_n = at_most(io->in_n), out_n = at_most(io->out_n);
    z->next_in = (char *)(uintptr_t)io->in; /* read only; its type says nothing of that */
    z->avail_in = in_n;
    z->next_out = (char *)io->out;
    z->avail_out = out_n;
    int rc = BZ2_bzDecompress(z);
    io->in += in_n - z->avail_in;
    io->in_n -= in_n - z->avail_in;
    io->out += out_n - z->avail_out;
    io->out_n -= out_n - z->avail_out;
    if (rc == BZ_MEM_ERROR)
        pmt_oom();
    return rc == BZ_OK ? PMT_CODEC_ON : rc == BZ_STREAM_END ? PMT_CODEC_END : PMT_CODEC_DATA;
}

const struct pmt_codec pmt_codec_bzip2 = {open_stream, close_stream, step};
