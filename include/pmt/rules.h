/* rules.h - free text to events: a catalogue of messages, held as data.
 *
 * A rule names the program that says it, a distinctive literal (found first, cheaply), a PCRE2
 * pattern with named groups (run only where the literal hits, with match limits), the class, the
 * sentence for the draft and a sample that proves it. pcre2 lives in src/rules.c and nowhere else
 * below the user-format parser. Compiled once (pmt_rules_new), then shared by all threads; each
 * thread has its own scratch.
 */
#ifndef PMT_RULES_H
#define PMT_RULES_H

#include "pmt/record.h"

struct pmt_rule {
    const char *id;       /* "oom-kill": kebab-case, unique */
    const char *programs; /* comma-separated program names of the syslog tag ("sshd,sshd-session"),
                             "nginx-error" for lines of the nginx error log, "apache-error" and
                             "caddy-error" likewise, "*" for any. A trailing
                             '*' in a name is a prefix ("ansible-*"). */
    const char *literal;  /* must occur in the message */
    const char *pattern;  /* PCRE2, matched against the message (not anchored unless written so);
                             NULL: the literal is enough. Named groups: subject, actor, detail. */
    enum pmt_event event;
    bool change;          /* it may have changed something (a change, not a look) */
    /* One sentence in the past tense about what was observed: {host}, {subject}, {detail} are put
     * in as code. No cause, no blame, no person: "The kernel on {host} killed a {subject} process
     * for lack of memory". Begins with a capital letter (or a program's own spelling), no full
     * stop. Without {subject} when absent groups are possible. */
    const char *sentence;
    const char *program_of_sample; /* the program the sample comes from */
    const char *sample;   /* a message (behind the envelope) it must match, and no rule before it */
    const char *sample_subject; /* what {subject} must be there; NULL = absent */
};

enum {
    /* Only so much of a message is looked at: the work per line is bounded. */
    PMT_RULES_MESSAGE_MAX = 8192,
    /* What a group captured is cut here. */
    PMT_RULES_TEXT_MAX = 256,
    PMT_RULES_SENTENCE_MAX = 400,
};

/* Why a rule is none, whatever its pattern and its sample say: its id, programs, literal, class and
 * sentence; NULL when it is one. In the arena. */
const char *pmt_rule_judge(const struct pmt_rule *r, struct pmt_arena *arena);
/* The first word of a sentence that draws a conclusion or names a person; NULL: none does. */
const char *pmt_rule_banned_word(const char *sentence);
bool pmt_event_is_change(enum pmt_event e);

/* The built-in catalogue: a NULL-ended list of tables in the order tried, each ended by .id = NULL.
 * One table per subject, src/catalogue_*.c; listed in src/catalogue.c. */
extern const struct pmt_rule *const pmt_catalogue_tables[];

struct pmt_rules;         /* compiled, immutable */
struct pmt_rules_scratch; /* one per thread */

/* Compiles the built-in catalogue. A broken built-in rule is our mistake and asserts. */
struct pmt_rules *pmt_rules_new(void);
/* The same for other tables (borrowed, they must outlive the rules). */
struct pmt_rules *pmt_rules_compile(const struct pmt_rule *const *tables);
void pmt_rules_free(struct pmt_rules *r);
struct pmt_rules_scratch *pmt_rules_scratch_new(const struct pmt_rules *r);
void pmt_rules_scratch_free(struct pmt_rules_scratch *s);

/* Finds the first rule that matches rec->message for rec->program (kind PMT_SYSLOG, PMT_OTHER),
 * rec->speaker or "nginx-error" (kind PMT_NGINX_ERROR) and sets rule, event, subject, actor,
 * detail in *rec. False
 * when none does; *rec is then untouched. A systemd that is not pid 1 is a person's own manager and
 * counts as the program "systemd-user". A rule about an upstream (PMT_EV_UPSTREAM, _SERVER_OUT,
 * _NO_SERVER) whose pattern names no subject takes rec->upstream for it. */
bool pmt_rules_match(const struct pmt_rules *r, struct pmt_rules_scratch *s,
                     struct pmt_record *rec);
const struct pmt_rule *pmt_rules_get(const struct pmt_rules *r, int index);

#endif
