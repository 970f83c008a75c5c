/* pipeline_parts.h - what pipeline.c (what is done), pipeline_folder.c (a file per incident),
 * pipeline_update.c (a report that people went on writing), pipeline_notes.c (files of notes),
 * pipeline_formats.c (formats of the user's), pipeline_customs.c (files that describe formats and
 * rules), pipeline_infer.c (formats found from the lines), pipeline_explain.c (--explain) and
 * pipeline_say.c (what the user is told of it) share; not for anyone else. */
#ifndef PMT_PIPELINE_PARTS_H
#define PMT_PIPELINE_PARTS_H

#include "pmt/conf.h"
#include "pmt/coverage.h"
#include "pmt/custom.h"
#include "pmt/pipeline.h"
#include "pmt/report.h"
#include "pmt/scan.h"

#include <time.h>

/* A file of an archive that was read as configuration. */
struct pmt_conf_member {
    dev_t dev; /* of the archive */
    ino_t ino;
    size_t number;
    const char *conf; /* its path; NULL: it was not needed */
};
#define PMT_IS_CONF "is configuration: only the formats of logs in it are used"

struct pmt_run {
    const struct pmt_options *o;
    struct pmt_diag *diag;
    const char *version;
    const atomic_bool *interrupted;
    struct pmt_arena arena;
    struct pmt_inputs inputs;
    struct pmt_conf *confs;
    size_t nconfs, capconfs;
    struct pmt_input *members; /* of archives, as far as they were looked through before the scan */
    size_t nmembers, capmembers;
    struct pmt_conf_member *conf_members;
    size_t nconf_members, capconf_members;
    struct pmt_rules *rules;
    struct pmt_formats formats; /* beside the built-in parsers */
    struct pmt_custom_format **customs; /* those of them that files describe */
    size_t ncustoms, capcustoms;
    struct pmt_scanned *sources;
    struct pmt_calibrate_options calibrate;
    const struct pmt_zone *display;
    struct pmt_coverage coverage;
    struct pmt_counted counted;
    struct pmt_facts facts;
    struct pmt_findings findings;
    struct pmt_redactor *redactor;
    struct pmt_notes notes;
    struct pmt_window window;
    int64_t first, last;     /* span of all sources; NO_TIME */
    struct timespec started; /* the scan */
    int stdin_fd;
    bool incomplete;         /* some input could not be read in full */
    const char *update_about; /* ID of the incident that the report to update is about */
    struct pmt_output actors; /* the key of operators, with --keep-actors */
    bool folder;             /* --output names a folder: a file per incident */
    bool made_folder;        /* it was not there before */
};

/* The draft of one incident (an index; SIZE_MAX: there is none). */
int pmt_write_report(struct pmt_run *r, size_t drafted, struct pmt_output *to);
/* Is this path one of the logs that are read? Says so. */
bool pmt_is_input(struct pmt_run *r, const char *path);

/* The text of a report; 0, or -1 after saying why it cannot be had. */
int pmt_read_report(const char *path, struct pmt_diag *diag, struct pmt_buf *ret);
/* Before the scan: 0, or -1 after saying why the report cannot be updated. */
int pmt_update_begin(struct pmt_run *r);
/* Makes the report of the fresh draft: what people wrote in it stays. 0, or -1 after saying why. */
int pmt_update_apply(struct pmt_run *r, struct pmt_buf *draft, bool *changed);

/* Before the scan: 0, or -1 after saying why nothing can be written there. */
int pmt_folder_open(struct pmt_run *r);
/* A file for every incident that is not low, or for the one that was named; when there is none, one
 * that says so. Returns an exit status. */
int pmt_folder_write(struct pmt_run *r, size_t drafted);
/* Nothing was written: the folder goes if it is ours. */
void pmt_folder_abandon(struct pmt_run *r);

/* The configurations that were given: 0, or -1 after saying why one cannot be read. */
int pmt_open_confs(struct pmt_run *r);
/* Those found among the inputs, which then are inputs no more, and on this machine; all their
 * formats join those of the run. */
void pmt_find_confs(struct pmt_run *r);
/* Those in an archive. */
void pmt_find_confs_in(struct pmt_run *r, const struct pmt_input *archive);
/* After the scan: says of them what they are, and of logs which server they are of. */
void pmt_name_conf_members(struct pmt_run *r);
/* What is told of a file of a configuration, by the name it is shown by: what it is, or that a
 * format in it cannot be used. */
const char *pmt_why_conf(struct pmt_run *r, const char *shown);
/* Is this one of the files that were read as configuration? */
bool pmt_is_conf(const struct pmt_run *r, dev_t dev, ino_t ino);

/* Before the scan: the formats beside the built-in ones. 0, or -1 after saying what is wrong. */
int pmt_open_formats(struct pmt_run *r);
/* The rules: those of --rules, and behind them the catalogue. 0, or -1 after saying what is wrong
 * with a file. */
int pmt_open_rules(struct pmt_run *r);
/* The formats of --parser, and those of the user's own folder; a bad one of the latter is told and
 * left out. Same answers. */
int pmt_open_customs(struct pmt_run *r);
void pmt_close_customs(struct pmt_run *r);
/* After it: a format that was given and that no line is of. */
void pmt_say_formats(struct pmt_run *r);

/* The formats that were found from the lines of a file, and those that could be. */
void pmt_say_inferred(struct pmt_run *r);

/* --explain: how each source is read, after the times were settled. Returns an exit status. */
int pmt_explain(struct pmt_run *r, struct pmt_output *out);

/* The files of --notes, and what is wrong with them. */
void pmt_read_notes(struct pmt_run *r);

/* --journal: 0, or -1 after saying that this program cannot read any. */
int pmt_check_journals(struct pmt_run *r);
/* What the walk left out. */
void pmt_say_notes(struct pmt_run *r);
/* What the scan left out or could not read; `nothing`: not one line was understood. */
void pmt_say_sources(struct pmt_run *r, bool nothing);
/* Not one line was understood: why, with the best guess. */
void pmt_say_nothing(struct pmt_run *r);
/* How each source's times are read (-v), and an --assume-tz that changed nothing. */
void pmt_say_zones(struct pmt_run *r);
/* The window in UTC, and when there is nothing in it. */
void pmt_say_window(struct pmt_run *r);
/* The one line at the end: what was read and found. */
void pmt_say_account(struct pmt_run *r);
/* About five times a second while the scan runs. */
void pmt_say_progress(void *run, uint64_t done, uint64_t total);

#endif
