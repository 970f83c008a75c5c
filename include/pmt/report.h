/* report.h - the draft as data: sections, sentences, evidence, open slots for people.
 *
 * Everything that a renderer shows is decided and worded here; nothing is computed while
 * rendering. Text is UTF-8 with three invisible marks around spans (code, strong): renderers turn
 * them into their own. Log text in it has passed the redactor and holds no control bytes; the
 * renderer still has to escape it for its format.
 */
#ifndef PMT_REPORT_H
#define PMT_REPORT_H

#include "pmt/burn.h"
#include "pmt/coverage.h"
#include "pmt/incident.h"
#include "pmt/notes.h"
#include "pmt/redact.h"
#include "pmt/rules.h"

#define PMT_CODE_ON "\x01"
#define PMT_CODE_OFF "\x02"
#define PMT_STRONG_ON "\x03"
#define PMT_STRONG_OFF "\x04"
#define PMT_ELLIPSIS "\xE2\x80\xA6"

enum {
    PMT_CITES_MAX = 4,
    PMT_BULLETS_MAX = 14,    /* bullets of the timeline, the slots among them */
    PMT_TIMELINE_MAX = 400,  /* events kept for --format json */
    PMT_BODY_WORDS_MIN = 416, /* of what stands before the annex; people add to it */
    PMT_BODY_WORDS_MAX = 598,
    PMT_BANNER_WORDS = 48,   /* of the banner that count: no event is left out for a long one, which
                                goes when the draft is done */
    PMT_ACTORS_MAX = 702,    /* operators told apart: A to ZZ */
    PMT_ACTOR_HOSTS_MAX = 8, /* hosts named of each in the key */
    PMT_SOURCES_SHOWN = 120, /* rows of the sources table */
    PMT_TABLES_MAX = 16,
    PMT_FIRSTS = 5,          /* sorts of evidence of detection and response */
    PMT_MILLION_OF = 1000000, /* requests, of which an SLO allows so many to fail */
};

struct pmt_evidence {
    unsigned id;             /* E<id>, in order of time; what the draft cites comes first */
    int64_t t;
    uint8_t decimals;
    struct pmt_slice host;
    const char *file;
    uint64_t line, count;
    uint32_t source;
    const char *excerpt;     /* redacted; NULL when the text was not kept */
    struct pmt_slice raw;    /* before redaction; not for renderers */
    bool cited;              /* by something the draft shows; --format json has all */
};

struct pmt_cites {
    uint32_t v[PMT_CITES_MAX]; /* indexes into report.evidence */
    unsigned n;
};

struct pmt_sentence {
    const char *text;
    struct pmt_cites cites;
};

enum pmt_time_known { PMT_OBSERVED, PMT_ESTIMATED, PMT_AT_OR_BEFORE };

struct pmt_event_entry {     /* of the timeline */
    int64_t t;               /* PMT_NO_TIME: a slot whose time people know */
    int64_t last;            /* of several, the last; else t */
    uint8_t decimals, time_known;
    bool moved;              /* by what its clock is estimated to have been ahead */
    const char *aside;       /* stands in parentheses behind the time: "16:40:07 +03:00"; or NULL */
    struct pmt_slice host;
    const char *kind;        /* "lb_server_state", "oom", "impact_start", ... */
    const char *message;
    const char *brief;       /* the same in one short sentence */
    struct pmt_cites cites;
    int64_t at;              /* where it stands among the others: stamps of whole seconds lie
                                behind a start that is known better */
    struct pmt_place order;  /* line it is told by: breaks ties of time */
    int rank;                /* which are shown when there are too many */
    bool shown;              /* as a bullet of the draft, */
    bool in_brief;           /* with the short sentence, where the other would be too much */
    bool told;               /* not shown itself: another entry's bullet tells it */
    bool minutes;            /* its time is known to the minute only */
};

/* Something that may have contributed: never a cause. */
struct pmt_factor {
    const char *kind;        /* "reduced_redundancy", "memory", "change", ... */
    const char *text;        /* what was seen, and how usual that is */
    const char *many;        /* of events: "memory kills"; else NULL */
    uint64_t inside, outside; /* lines of it, in the story and at other times */
    struct pmt_cites cites;
    int weight;
    const struct pmt_fact *fact;       /* or */
    const struct pmt_removal *removal; /* what it rests on; both NULL: traffic */
    const char *improve, *task;        /* phrases of the measures it suggests, or NULL */
};

enum pmt_note_use { PMT_NOTE_LEFT_OUT, PMT_NOTE_AS_BULLET, PMT_NOTE_AS_SLOT };

/* What people noted, in the draft: always marked as their word. */
struct pmt_told_note {
    const struct pmt_noted *note;
    int64_t t;               /* PMT_NO_TIME: none was noted */
    bool zone_assumed, day_assumed;
    const char *text;        /* redacted */
    const char *sentence;    /* the same with its full stop */
    const char *against;     /* what the logs show instead, or NULL */
    struct pmt_cites cites;
    int use;                 /* enum pmt_note_use */
    const char *why;         /* it was left out */
};

struct pmt_labelled {
    const char *label;       /* "Duration" */
    struct pmt_sentence *sentences;
    size_t n, cap;
};

struct pmt_row {
    const char *cells[10];
};
struct pmt_table {
    const char *title;
    const char *intro;       /* a sentence above it, or NULL */
    const char *heads[10];   /* NULL-ended */
    struct pmt_row *rows;
    size_t n, cap;
};

struct pmt_lines {
    const char **v;
    size_t n, cap;
};

/* What is shown of an incident that log text is in. */
struct pmt_shown_worst {
    const char *kind;        /* "path", "service", "server" */
    const char *name, *of;   /* redacted; of: its service or backend, or NULL */
    const char *told, *told_of; /* the same as the draft names them */
    uint64_t requests, failed;
};
struct pmt_shown {
    const struct pmt_incident *incident;
    const char *path;        /* redacted; NULL: it is not told at one */
    struct pmt_shown_worst *worst;
    size_t nworst;
    const char *where[PMT_WHERE_MAX]; /* redacted names of incident->where */
};

/* A service, and how the draft names it. */
struct pmt_named {
    struct pmt_slice name, shown;
};

/* The first of its sort around the start: a failed check, a login. */
struct pmt_first {
    const char *kind, *label; /* "failed_check", "Failed health check" */
    const struct pmt_fact *fact;
    struct pmt_cites cites;
};

/* Alerts replayed on the requests: a counterfactual. */
struct pmt_slo {
    int allowed;             /* requests in a million that may fail; 0: not asked for */
    struct pmt_burn burns[PMT_BURN_RULES];
    const char *budget_by;   /* "requests", "time"; NULL: not known */
    uint64_t part, whole;    /* of the budget of PMT_BUDGET_DAYS that was used */
};

/* Clients that had a request which failed, took so long, or was left by them. */
struct pmt_hurt {
    int64_t step;            /* microseconds; 0: not known */
    struct pmt_numbers numbers;
};

/* An operator: a letter in the draft, an account in the key that --keep-actors writes. */
struct pmt_actor {
    uint64_t key; /* as pmt_mark.actor */
    struct pmt_slice account, hosts[PMT_ACTOR_HOSTS_MAX];
    size_t nhosts;
};

struct pmt_report {
    const char *title;
    struct pmt_lines banner;          /* sentences above everything */
    struct pmt_labelled summary[4];   /* duration, impact, cause */
    size_t nsummary;
    struct pmt_event_entry *timeline; /* by time */
    size_t ntimeline, captimeline;
    const char *no_events;            /* said where it is empty */
    struct pmt_lines slots;           /* bullets behind it, whose times people know */
    struct pmt_cites slot_cites[PMT_BULLETS_MAX];
    struct pmt_told_note *notes;      /* by time, those without one last */
    size_t nnotes;
    struct pmt_labelled cause[3];     /* observed, factors, resolution */
    size_t ncause;
    struct pmt_factor *factors;       /* by weight */
    size_t nfactors, capfactors;
    struct pmt_lines improvements;
    struct pmt_sentence *tasks;
    size_t ntasks, captasks;
    struct pmt_evidence *evidence;    /* by id */
    size_t nevidence, capevidence;
    struct pmt_first firsts[PMT_FIRSTS]; /* by time */
    size_t nfirsts;
    struct pmt_slo slo;
    struct pmt_hurt hurt;
    struct pmt_table tables[PMT_TABLES_MAX]; /* the annex */
    size_t ntables;
    struct pmt_actor *actors;         /* in the order of their letters */
    size_t nactors, capactors;
    struct pmt_lines warnings;
    const struct pmt_incident *incident; /* that is drafted; NULL: none found */
    struct pmt_cause_counts *answers;    /* who gave them to failed requests, per incident */
    struct pmt_shown *shown;          /* of each incident that was found */
    size_t nshown;
    struct pmt_named *names;          /* of all services */
    size_t nnames;
    int64_t first, last;              /* span of all sources; NO_TIME */
    struct pmt_arena *arena;
};

struct pmt_report_input {
    struct pmt_scanned *sources;
    size_t nsources;
    const struct pmt_inputs *inputs;
    const struct pmt_counted *counted;
    const struct pmt_facts *facts;
    const struct pmt_coverage *coverage; /* NULL: what logs cover is not asked */
    struct pmt_findings *findings;
    const struct pmt_rules *rules;
    struct pmt_redactor *redactor;
    const struct pmt_notes *notes;    /* or NULL */
    size_t drafted;                   /* index of the incident, SIZE_MAX: none */
    struct pmt_window window;
    int64_t lead;
    int allowed;                      /* --slo: requests in a million that may fail; 0: none */
    const struct pmt_zone *display;   /* or NULL */
    bool redacted;
    const char *version;
};

void pmt_report_build(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_arena *arena);
void pmt_report_fini(struct pmt_report *r);
/* What is shown of an incident; NULL: it is none of the findings. */
const struct pmt_shown *pmt_report_shown(const struct pmt_report *r, const struct pmt_incident *p);

/* Appends which letter is which account: a table with tabs. It holds names: for a file that stays
 * with those who may read it, never for a draft. */
void pmt_put_actors_key(struct pmt_buf *out, const struct pmt_report *r);

/* ---- wording (phrases.c) ----------------------------------------------------------------- */

/* A value for a placeholder. Text of logs is put in as code unless `plain`. */
struct pmt_value {
    const char *name;
    struct pmt_slice text;
    bool plain;
};
struct pmt_phrase {
    const char *id, *text; /* "{name}" is replaced by the value of that name */
};
/* Every sentence the draft is made of; a test walks it against words it must not say. NULL id
 * ends. */
extern const struct pmt_phrase pmt_phrases[];
/* Appends a phrase; an unknown id is our mistake and asserts. A placeholder without value is
 * dropped. */
void pmt_put_phrase(struct pmt_buf *b, const char *id, const struct pmt_value *values, size_t n);
/* The same with a template of the rule catalogue. */
void pmt_put_template(struct pmt_buf *b, const char *text, const struct pmt_value *values,
                      size_t n);
void pmt_put_count(struct pmt_buf *b, uint64_t n);      /* 1,991,646 */
/* "5.0%"; never 100.0% when some are missing, never 0.0% when there are some. */
void pmt_put_percent(struct pmt_buf *b, uint64_t part, uint64_t whole);
/* How many words a text has: what blanks part and holds a letter or a digit. */
size_t pmt_count_words(const char *text);
/* How the times of a source's clock are read and how that is known: "+03:00: each line carries its
 * offset. Year 2022: from the gzip header of syslog.2.gz". Without a last full stop. The names of
 * these n sources are code. */
void pmt_put_clock_known(struct pmt_buf *b, const struct pmt_scanned *s, size_t clock,
                         const struct pmt_scanned *all, size_t n);
/* "nothing from 2022-02-26 06:25:01 to 06:41:00, where about 600 lines were expected" */
void pmt_put_gap(struct pmt_buf *b, const struct pmt_gap *gap);
/* Log text without control bytes, at most max bytes, valid UTF-8. */
void pmt_put_clean(struct pmt_buf *b, struct pmt_slice s, size_t max);

#endif
