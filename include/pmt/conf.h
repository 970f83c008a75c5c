/* conf.h - what a server's own configuration tells of the logs it writes.
 *
 * Reads nginx.conf, haproxy.cfg, apache2.conf and httpd.conf with what they include, and answers
 * the formats in them: the format string as the server puts it together, where it stands, and the
 * file it is written to, if any. Everything else in a configuration is passed over. A configuration
 * may be broken or hostile: what cannot be read becomes a problem, the rest is used; sizes, counts
 * and depths are bounded. Nothing is run and no variable of this program's environment is looked
 * at; only regular files are opened, and of a configuration that came with the logs none outside
 * the folder that was given.
 * Ownership: texts lie in the arena; pmt_conf_fini frees the lists.
 */
#ifndef PMT_CONF_H
#define PMT_CONF_H

#include "pmt/inputs.h"
#include "pmt/template.h"

enum {
    PMT_CONF_BYTES_MAX = 4 * 1024 * 1024, /* of one file */
    PMT_CONF_FILES_MAX = 2000,
    PMT_CONF_DEPTH_MAX = 16, /* of includes in each other */
    PMT_CONF_ENTRIES_MAX = 4000,
    PMT_CONF_PROBLEMS_MAX = 100, /* that are listed */
};

enum pmt_escape { PMT_ESCAPE_DEFAULT, PMT_ESCAPE_JSON, PMT_ESCAPE_NONE };

/* A format, with a file it is written to or without one. */
struct pmt_conf_entry {
    const char *text; /* without the quotes around its pieces; NULL: one that is built in */
    const char *name; /* "log_format main", "log-format in frontend www", "LogFormat combined" */
    const char *file; /* where the format stands, as shown */
    uint64_t line;
    const char *path; /* of the log, as a pattern, "*" for variables; NULL: none */
    const char *tag;  /* of the lines in syslog; NULL: the program's own */
    const char *site; /* the name of the only server that writes it; NULL: none, or not known */
    enum pmt_escape escape;
};

struct pmt_conf_problem {
    const char *file;
    uint64_t line;   /* 0: of the whole file */
    const char *why; /* what is wrong and what to do */
    bool format;     /* of a format that lines cannot be read back by: they are read without it */
};

/* A file that was read. */
struct pmt_conf_file {
    const char *path; /* of a tree: the one of the tree, and nothing else */
    dev_t dev;
    ino_t ino;
};

struct pmt_conf {
    enum pmt_dialect dialect;
    const char *path;  /* of the main file: absolute, links followed */
    const char *shown;
    bool machine; /* this machine's own: it tells of logs below /var/log */
    struct pmt_conf_entry *entries; /* each once, in the order of the configuration */
    size_t n, cap;
    struct pmt_conf_problem *problems;
    size_t nproblems, capproblems;
    size_t bad; /* problems, listed or not */
    struct pmt_conf_file *files;
    size_t nfiles, capfiles;
};

/* Reads a configuration (HAProxy: also a folder of *.cfg files). within: a folder that nothing is
 * opened outside of; NULL: anywhere. False when the main file cannot be read; *why then says so,
 * for a sentence that begins with the file's name. */
bool pmt_conf_read(struct pmt_conf *c, enum pmt_dialect dialect, const char *path,
                   const char *shown, const char *within, struct pmt_arena *arena,
                   const char **why);
/* The same where the files are texts, as those of an archive: path is one of theirs. Links are not
 * known there: for sites-enabled, if it is empty, stands sites-available. */
struct pmt_conf_blob {
    const char *path;
    struct pmt_slice text;
};
struct pmt_conf_tree {
    const struct pmt_conf_blob *v;
    size_t n;
};
bool pmt_conf_read_tree(struct pmt_conf *c, enum pmt_dialect dialect,
                        const struct pmt_conf_tree *tree, const char *path, const char *shown,
                        struct pmt_arena *arena, const char **why);
/* The same of a text: what it includes is not read. */
void pmt_conf_text(struct pmt_conf *c, enum pmt_dialect dialect, struct pmt_slice text,
                   const char *shown, struct pmt_arena *arena);
void pmt_conf_fini(struct pmt_conf *c);

/* Is a file of this name (without folders) the main file of a configuration? */
bool pmt_conf_is_main(struct pmt_slice name, enum pmt_dialect *dialect);
/* How many names at the end of a log's path are those of the pattern; 0: not even the last. */
unsigned pmt_conf_tail(const char *pattern, const char *path);
/* The entries of a dialect's configurations that are meant by a log's path (without rotation): of
 * those that name such a file, the ones in the configuration that lies nearest to it, and of them
 * the ones with most names of the path. At most `most` into ret (and the configuration of each into
 * from); how many. */
size_t pmt_conf_entries_for(const struct pmt_conf *confs, size_t n, enum pmt_dialect dialect,
                            const char *path, const struct pmt_conf_entry **ret,
                            const struct pmt_conf **from, size_t most);

#endif
