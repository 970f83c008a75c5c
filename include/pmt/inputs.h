/* inputs.h - which files are read: walks what was named, groups rotations, keeps the order.
 *
 * Walks given files, directories and "-". In a walk only regular files are opened, after following
 * links; FIFOs and devices only when named. The same file (device, inode) given twice is read
 * once. What is left out is kept as a note with the reason; nothing is dropped in silence. Contents
 * are not looked at here (that is the scan's business), except through stat().
 * Ownership: everything lives in the list; pmt_inputs_fini frees it.
 */
#ifndef PMT_INPUTS_H
#define PMT_INPUTS_H

#include "pmt/text.h"

#include <sys/types.h>

struct pmt_input {
    const char *path;   /* to open; "-" is standard input */
    const char *shown;  /* how the draft names it: relative to the argument it was found under, with
                           as many parent names as make it unique among all inputs */
    const char *arg;    /* the argument it was found under, as given */
    const char *family; /* the same for all rotations of one log: path without rotation suffix and
                           compression suffix, e.g. "/var/log/nginx/access.log" */
    int64_t rotation;   /* position in the family as its *name* tells: larger is newer; the live
                           file INT64_MAX. Only a hint: content decides. */
    bool numbered;      /* suffix is a plain number (.1 is newer than .2), not a date */
    uint64_t size;      /* bytes, 0 when unknown (pipe) */
    int64_t mtime;      /* seconds since 1970, 0 when unknown */
    bool regular;
    dev_t dev;          /* of a regular file: which it is, whatever its name becomes */
    ino_t ino;
    bool walked;        /* found in a directory or archive, not named itself */
    const struct pmt_input *archive; /* it is a member of; `path` is then only a name. Else NULL */
    size_t member;                   /* which entry of the archive, from 0 */
};

/* Something that was not read, and why. */
struct pmt_input_note {
    const char *shown;
    const char *why;   /* "is a link to /dev/stdout: the container's log driver has the lines" */
    bool problem;      /* input that should have been read but could not: exit status 3 */
};

struct pmt_inputs {
    struct pmt_input *items; /* families together (by name, bytewise), oldest rotation first */
    size_t n, cap;
    struct pmt_input_note *notes;
    size_t nnotes, capnotes;
    bool nothing_named_exists; /* every argument was missing */
    struct pmt_arena arena;
};

/* Never fails as a whole: missing and unreadable arguments become notes (problem = true), such as
 * `cannot be read: Permission denied (run with sudo, or join group adm)`, where the group named is
 * the owning group of the file or directory when it gives read access. */
void pmt_inputs_collect(struct pmt_inputs *in, const char *const *args, size_t nargs);
/* Makes a note of an item instead: it is no log. Pointers to items are then void. */
void pmt_inputs_leave_out(struct pmt_inputs *in, size_t item, const char *why);
void pmt_inputs_fini(struct pmt_inputs *in);
/* The order of items. */
int pmt_input_cmp(const struct pmt_input *a, const struct pmt_input *b);
/* The input that a file inside an archive is, with names in arena: as if the archive were a folder
 * of its name without suffix. */
struct pmt_input pmt_input_member(const struct pmt_input *archive, const char *name,
                                  struct pmt_arena *arena);

/* Splits a file name as log rotation builds them: *base is the name of the live file, a part of
 * `name` or (for `extension .log`: "access-20220226.log" gives "access.log") written into arena.
 * False when there is no rotation suffix; outputs are then untouched. Known: .N, .old, -YYYYMMDD,
 * -YYYYMMDD-HH, -YYYYMMDDHH, .YYYYMMDD, -YYYY-MM-DD, -epoch (9 or 10 digits), with minutes and
 * seconds too, each with .gz .bz2 .xz .zst .lzma, and all of them before the extension .log.
 * *rotation: .N gives -N, .old -1 (numbered); dates give seconds since 1970. */
bool pmt_rotation_split(struct pmt_slice name, struct pmt_arena *arena, struct pmt_slice *base,
                        int64_t *rotation, bool *numbered);
/* The name without .gz .bz2 .xz .zst .lzma; a name that is nothing else stays. */
struct pmt_slice pmt_strip_compression(struct pmt_slice name);

#endif
