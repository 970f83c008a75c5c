/* unpack_codec.h - what a library of unpack_*.c has to offer. Private to unpack. */
#ifndef PMT_UNPACK_CODEC_H
#define PMT_UNPACK_CODEC_H

#include "pmt/unpack.h"

/* Both ends move on as bytes are used and made. */
struct pmt_codec_io {
    const unsigned char *in;
    size_t in_n;
    unsigned char *out;
    size_t out_n;
};

enum pmt_codec_answer {
    PMT_CODEC_ON,     /* more input, or room, is needed */
    PMT_CODEC_END,    /* a stream ended at io->in */
    PMT_CODEC_DATA,   /* damaged */
    PMT_CODEC_MEMORY, /* asks for more than PMT_UNPACK_MEMORY */
};

struct pmt_codec {
    void *(*open)(void); /* for one stream; never NULL */
    void (*close)(void *state);
    enum pmt_codec_answer (*step)(void *state, struct pmt_codec_io *io);
};

extern const struct pmt_codec pmt_codec_bzip2, pmt_codec_xz, pmt_codec_zstd;

#endif
