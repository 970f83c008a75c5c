#include "unpack_codec.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { HEADER_MAX = 18 }; /* RFC 8878 3.1.1, 3.1.1.1: the magic number, then 2 to 14 bytes */

struct stream {
    ZSTD_DCtx *z;
    size_t fed;
};

static void *open_stream(void)
{
    struct stream *s = pmt_alloc(sizeof *s);
    s->z = ZSTD_createDCtx();
    if (!s->z ||
        ZSTD_isError(ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, PMT_UNPACK_MEMORY_LOG)))
        pmt_oom();
    return s;
}

static void close_stream(void *state)
{
    struct stream *s = state;
    ZSTD_freeDCtx(s->z);
    free(s);
}

/* A frame that is there as a whole would be decoded at once, and if damaged give nothing: hence its
 * header goes in byte by byte, and block after block comes out, however it is read. */
static enum pmt_codec_answer step(void *state, struct pmt_codec_io *io)
{
    struct stream *s = state;
    size_t n = io->in_n && s->fed < HEADER_MAX ? 1 : io->in_n;
    ZSTD_inBuffer in = {io->in, n, 0};
    ZSTD_outBuffer out = {io->out, io->out_n, 0};
    size_t rc = ZSTD_decompressStream(s->z, &out, &in);
    s->fed += in.pos;
    *io = (struct pmt_codec_io){io->in + in.pos, io->in_n - in.pos, io->out + out.pos,
                                io->out_n - out.pos};
    if (!ZSTD_isError(rc))
        return rc == 0 ? PMT_CODEC_END : PMT_CODEC_ON;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(rc);
    if (code == ZSTD_error_memory_allocation)
        pmt_oom();
    return code == ZSTD_error_frameParameter_windowTooLarge ? PMT_CODEC_MEMORY : PMT_CODEC_DATA;
}

const struct pmt_codec pmt_codec_zstd = {open_stream, close_stream, step};
