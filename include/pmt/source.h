/* source.h - a file, a pipe or a compressed stream as lines.
 *
 * Plain text and what is compressed are told apart by content, never by name. One read buffer per
 * source, read() and not mmap() (a log truncated under a mapping is a SIGBUS). zlib lives behind
 * inflate.h and nowhere else, the other libraries behind unpack.h; a journal of systemd's is read
 * by its own library, entry by entry; inflate() and not gzread(), so
 * that the header time, padding between members and trailing bytes are seen and everything before
 * damage is delivered. After damage the line being built is marked cut and the next gzip magic is
 * looked for.
 *
 * Lines that a container engine wrote in pieces (CRI's P and F, Docker's 16 KiB) are given as one,
 * numbered by the first; what it says of another stream meanwhile follows.
 *
 * A source never prints: what went wrong is in pmt_source_info. A line is borrowed until the next
 * call. At most one descriptor is open per source.
 */
#ifndef PMT_SOURCE_H
#define PMT_SOURCE_H

#include "pmt/text.h"

#include <stdatomic.h>

enum {
    PMT_LINE_MAX = 64 * 1024,       /* longer lines are cut here and counted; the rest is skipped */
    PMT_SOURCE_BUFFER = 256 * 1024, /* read buffer, and inflate window beside it */
    PMT_HEAD_MAX = 64 * 1024,       /* what pmt_source_head shows at most */
    PMT_PIECES_MAX = 1024,          /* of one line; more are the next line */
    PMT_PIECES_HELD = 256,          /* lines of another stream that wait for a line to be whole */
    PMT_PIECES_TEXT = 1024 * 1024,  /* what they may hold together */
};

struct pmt_line {
    struct pmt_slice text; /* without "\n" or "\r\n" and without a head of NULs */
    uint64_t number;       /* from 1, in the decompressed text (of this part) */
    bool cut;              /* longer than PMT_LINE_MAX, or broken off by damage */
    bool unfinished;       /* last line of the input, without a newline */
};

enum pmt_compression {
    PMT_PLAIN, PMT_GZIP, PMT_BZIP2, PMT_XZ, PMT_LZMA, PMT_ZSTD,
    PMT_LZ4, /* recognised and refused (PMT_EFORMAT) */
    PMT_JOURNAL, /* a file of systemd's journal, each entry a line; refused without libsystemd */
};

struct pmt_source_info {
    enum pmt_compression compression;
    uint64_t bytes_in;    /* read from the file so far: progress */
    uint64_t bytes_text;  /* decompressed text of the lines so far, newlines and NULs included; the
                             parts of a file add up to the whole */
    uint64_t lines;       /* delivered so far */
    uint64_t lines_cut;   /* longer than PMT_LINE_MAX or broken by damage */
    uint64_t nul_bytes;   /* dropped in front of lines (copytruncate without O_APPEND) */
    int64_t gzip_time;    /* seconds since 1970 from the first member's header; 0 = not given */
    bool bom;             /* a UTF-8 byte order mark was skipped */
    bool export;          /* `journalctl -o export`: each entry is given as one line, numbered by
                             its first, as `-o json` writes it; such a file is read whole */
    bool unclosed;        /* a journal that is being written, or whose machine went down */
    bool incomplete;      /* the damage below cost text (trailing bytes do not) */
    char damage[160];     /* "" or what is wrong and from where: "gzip data ends early after line
                             12114 (truncated file?)", "gzip data is damaged after line 12; 3 lines
                             behind it were recovered", "read error after line 7: Input/output
                             error", "trailing bytes after the gzip data were left out" */
};

enum { PMT_EIO = -1, PMT_EFORMAT = -2, PMT_EMISSING = -3, PMT_EACCESS = -4 };

struct pmt_source;

/* Opens a path ("-" is descriptor 0), reading bytes [from, to) of a plain file: the first line is
 * the first that *begins* at or after `from`, the last the one that begins before `to`, so that
 * parts [0,x) [x,y) [y,end) hold every line exactly once. to = UINT64_MAX is "to the size at
 * opening" (a live file is not followed; an unfinished last line is delivered, marked). Compressed
 * files and pipes are read whole: from must be 0.
 * 0, or PMT_EMISSING, PMT_EACCESS, PMT_EIO (errno tells), PMT_EFORMAT (compressed in a way that is
 * not read, or gzip with a `from`; *ret is then a source without lines whose info tells which, to
 * be closed as any other). On any other failure *ret is untouched. Nothing is read before the first
 * head or next call, except what tells the compression. */
int pmt_source_open(const char *path, uint64_t from, uint64_t to, struct pmt_source **ret);
/* The same on an open descriptor, which the source then owns and closes. */
int pmt_source_open_fd(int fd, struct pmt_source **ret);

/* What was read of an archive's file, and what its members unpacked to: bounded together. */
struct pmt_whole {
    uint64_t packed, text;
};
/* The same on a member of an archive: read(from, p, n) gives 1 to n bytes, 0 at the end, -1 when
 * the archive is damaged there. All of it is borrowed until the source is closed. */
int pmt_source_open_member(long (*read)(void *from, void *p, size_t n), void *from,
                           struct pmt_whole *whole, struct pmt_source **ret);
void pmt_source_close(struct pmt_source *s);

/* The first up to PMT_HEAD_MAX bytes of (decompressed) text, without consuming them, ending at a
 * line end unless the first line is longer. Valid until the first pmt_source_next. */
struct pmt_slice pmt_source_head(struct pmt_source *s);
/* True when the head is no text: NUL bytes elsewhere than at the start, or over one byte in ten a
 * control byte other than tab, CR, LF, ESC. */
bool pmt_source_binary(struct pmt_source *s);
/* The text as bytes, instead of as lines: 1 to n, 0 at the end, -1 at damage (info says which). Not
 * to be mixed with pmt_source_next. */
long pmt_source_bytes(struct pmt_source *s, void *p, size_t n);
/* 1 and a line, 0 at the end. Damage is no error: lines end, info says why. */
int pmt_source_next(struct pmt_source *s, struct pmt_line *ret);
const struct pmt_source_info *pmt_source_info(const struct pmt_source *s);

/* Was the program built to read PMT_JOURNAL? */
bool pmt_source_reads_journals(void);

/* From now on, what waits for a pipe looks at *flag a few times a second and, once it is set, ends
 * as at the pipe's end. One flag for all sources, not while any is open; NULL: wait for ever. */
void pmt_source_interruptible(const atomic_bool *flag);

/* A pipe that must be read twice: copies what is left of `fd` into an unlinked temporary file
 * below $TMPDIR (else /tmp) and returns a descriptor at its start, or PMT_EIO with errno. */
int pmt_source_spool(int fd);

#endif
