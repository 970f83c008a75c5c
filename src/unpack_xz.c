/* xz, and the older lzma that has no checksum and no magic worth the name. */
#include "unpack_codec.h"

#include <lzma.h>
#include <stdlib.h>

static void *open_stream(void)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream *z = pmt_alloc(sizeof *z);
    *z = fresh;
    if (lzma_auto_decoder(z, PMT_UNPACK_MEMORY, 0) != LZMA_OK)
        pmt_oom();
    return z;
}

static void close_stream(void *state)
{
    lzma_end(state);
    free(state);
}

static enum pmt_codec_answer step(void *state, struct pmt_codec_io *io)
{
    lzma_stream *z = state;
    z->next_in = io->in;
    z->avail_in = io->in_n;
    z->next_out = io->out;
    z->avail_out = io->out_n;
    lzma_ret rc = lzma_code(z, LZMA_RUN);
    *io = (struct pmt_codec_io){z->next_in, z->avail_in, z->next_out, z->avail_out};
    switch (rc) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: /* nothing could be done: no input, or no room */
        return PMT_CODEC_ON;
    case LZMA_STREAM_END: return PMT_CODEC_END;
    case LZMA_MEMLIMIT_ERROR: return PMT_CODEC_MEMORY;
    case LZMA_MEM_ERROR: pmt_oom(); /* fall through */
    default: return PMT_CODEC_DATA;
    }
}

const struct pmt_codec pmt_codec_xz = {open_stream, close_stream, step};
