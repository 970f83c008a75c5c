/* conf_parts.h - what conf.c (the lists, and which log is meant), conf_files.c (opening and
 * including) and the readers of the three servers share; not for anyone else. */
#ifndef PMT_CONF_PARTS_H
#define PMT_CONF_PARTS_H

#include "pmt/conf.h"

enum {
    PMT_CONF_ARGS = 512,          /* words of one directive that are kept */
    PMT_CONF_BROKEN_MAX = 20,     /* in one file; then the rest of it is left */
    PMT_CONF_SHORT = 60,          /* bytes of a word that a problem repeats */
    PMT_CONF_PATH_MAX = 4096,
    PMT_CONF_LOOKS_MAX = 100000,  /* names looked at for all patterns of includes */
};

/* A text that is being read; those above it on the stack come first. */
struct pmt_conf_frame {
    const char *path;  /* to open; NULL when the text is there */
    const char *shown;
    struct pmt_slice text;
    size_t at;
    uint64_t line;
    unsigned depth;    /* of includes */
    unsigned blocks;   /* that were open around it */
    unsigned broken;   /* places where it had to be given up on a directive */
};

/* One directive, or one line. */
struct pmt_conf_words {
    struct pmt_slice v[PMT_CONF_ARGS];
    size_t n;
    const char *file;
    uint64_t line;
};

struct pmt_conf_reader {
    struct pmt_conf *conf;
    struct pmt_arena *arena;
    struct pmt_conf_frame *stack;
    size_t n, cap;
    bool no_files;
    const struct pmt_conf_tree *tree; /* what there is instead of files on a disk, or NULL */
    const char *dir;    /* of the main file */
    const char *root;   /* what stands before the place where a server looks for its main file;
                           NULL: it is in no such place */
    const char *home;   /* the folder of that place, such as "/etc/nginx" */
    const char *within; /* real path; NULL: anywhere */
    size_t opened, looked;
    unsigned blocks;    /* that are open */
    bool full;          /* a bound was reached, and told */
};

/* ---- conf_parts.c ------------------------------------------------------------------------ */

void pmt_conf_problem(struct pmt_conf_reader *r, const char *file, uint64_t line, const char *fmt,
                      ...) __attribute__((format(printf, 4, 5)));
/* Adds an entry, unless there is an equal one. */
void pmt_conf_add(struct pmt_conf_reader *r, const struct pmt_conf_entry *e);
/* A word of the configuration, short and safe to repeat in a problem. */
const char *pmt_conf_word(struct pmt_conf_reader *r, struct pmt_slice s);
/* A path with variables as a pattern: what stands for a variable is "*", other signs of patterns
 * lose their meaning. `variable` begins one; "strftime" ('%') has one letter behind it. NULL for
 * what is no file on a disk. */
const char *pmt_conf_pattern(struct pmt_conf_reader *r, struct pmt_slice path, char variable);

/* Is a name of a path one of the pattern? "*", "?", "[...]" and "\\"; a point in front only by
 * itself. */
bool pmt_conf_glob(struct pmt_slice pattern, struct pmt_slice name);

/* ---- conf_files.c ------------------------------------------------------------------------ */

/* The path with all links followed; as it is when that cannot be done. */
const char *pmt_conf_real(struct pmt_arena *arena, const char *path);
/* Reads the whole of a file; false and *why when that cannot be done. */
bool pmt_conf_open(struct pmt_conf_reader *r, const char *path, struct pmt_slice *text,
                   const char **why);
/* Puts the files that a pattern names on the stack, to be read next. A file is read once.
 * `may_miss`: nothing is said when there is none. `by`: the directive; base: the folder relative
 * names start from; NULL: that of the main file. */
void pmt_conf_include(struct pmt_conf_reader *r, const struct pmt_conf_words *by,
                      struct pmt_slice pattern, const char *base, bool may_miss);
/* The frame on top with its text, or NULL at the end. */
struct pmt_conf_frame *pmt_conf_top(struct pmt_conf_reader *r);
void pmt_conf_pop(struct pmt_conf_reader *r);
/* Finds root and home from the main file's path. */
void pmt_conf_place(struct pmt_conf_reader *r);
/* All names in a folder that match, sorted; in the arena. */
size_t pmt_conf_list(struct pmt_conf_reader *r, const char *dir, const char *pattern,
                     const char ***ret);

/* ---- the servers ------------------------------------------------------------------------- */

void pmt_conf_nginx(struct pmt_conf_reader *r);
void pmt_conf_haproxy(struct pmt_conf_reader *r);
void pmt_conf_apache(struct pmt_conf_reader *r);

#endif
