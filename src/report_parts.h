/* report_parts.h - what the files that build the report share; not for anyone else.
 * report.c: words, the whole. report_evidence.c: lines that are cited.
 * report_banner.c: what must be known first.
 * report_groups.c: which facts belong to the story. report_fold.c: which of them say the same.
 * report_timeline.c: what happened when, in words.
 * report_impact.c: the incident itself among it. report_looks.c: what was looked at.
 * report_removals.c: servers that were given nothing.
 * report_summary.c: duration, impact, hypothesis.
 * report_clients.c: who was hit.
 * report_telling.c: which removal and which event may bear on it.
 * report_factors.c: what may have contributed.
 * report_cause.c: observed, resolution. report_measures.c: what can improve, and tasks.
 * report_fill.c: more where there is little to say.
 * report_notes.c: what people noted. report_notes_judge.c: what the logs show against it.
 * report_clocks.c: zones, years and skews. report_coverage.c: gaps, and what is not in which logs.
 * report_response.c: detection and response; alerts that would have fired.
 * report_answers.c: who gave the answers of failed requests. report_worst.c: what failed most.
 * report_annex.c: the tables. */
#ifndef PMT_REPORT_PARTS_H
#define PMT_REPORT_PARTS_H

#include "pmt/report.h"

/* ---- evidence (report_evidence.c) ---------------------------------------------------------- */

/* Evidence for a line; the same line is the same evidence. raw may be absent. */
uint32_t pmt_report_cite(struct pmt_report *r, const struct pmt_report_input *in, uint32_t source,
                         uint64_t line, int64_t t, uint8_t decimals, struct pmt_slice host,
                         uint64_t count, struct pmt_slice raw);
/* A line whose text was not kept; line 0 is no evidence. */
void pmt_report_cite_place(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_place at, int64_t t, struct pmt_slice host,
                           struct pmt_cites *cites);
/* The lines around the incident's silence, if there is one. */
void pmt_report_cite_silence(struct pmt_report *r, const struct pmt_report_input *in,
                             struct pmt_cites *cites);
/* NULL is no evidence. */
void pmt_report_cite_fact(struct pmt_report *r, const struct pmt_report_input *in,
                          const struct pmt_fact *f, struct pmt_cites *cites);
/* The first (or last) request of a failing second. */
void pmt_report_cite_bad(struct pmt_report *r, const struct pmt_report_input *in,
                         const struct pmt_badsec *b, bool last, uint8_t decimals,
                         struct pmt_cites *cites);
/* That line once more, where enough of it was kept to be read. */
bool pmt_report_read_bad(const struct pmt_report_input *in, const struct pmt_badsec *b, bool last,
                         struct pmt_record *ret);
void pmt_cites_add(struct pmt_cites *c, uint32_t evidence);
/* Once it is known what the draft cites: fetches lines whose text was not kept, numbers all in
 * order of time, redacts them. Then the cites of each sentence are put in that order. */
void pmt_report_settle_evidence(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_sort_cites(struct pmt_report *r);

/* ---- words (report.c) ---------------------------------------------------------------------- */

/* A phrase as text in the arena. */
const char *pmt_report_text(struct pmt_report *r, const char *id, const struct pmt_value *v,
                            size_t n);
/* The buffer's text in the arena; the buffer is emptied. */
const char *pmt_report_keep(struct pmt_report *r, struct pmt_buf *b);
const char *pmt_report_datetime(struct pmt_report *r, int64_t t);
/* An edge of the window, or "the edge of the logs". */
const char *pmt_report_edge(struct pmt_report *r, int64_t t);
/* As short as it can be beside a time that is known: "08:47:30", "26 Feb 08:47:30", or all. */
const char *pmt_report_beside(struct pmt_report *r, int64_t t, int64_t known);
const char *pmt_report_duration(struct pmt_report *r, int64_t us);
/* Between two instants as they are printed: the seconds that were cut off do not count. */
static inline int64_t pmt_whole(int64_t from, int64_t to)
{
    return (to / PMT_SECOND - from / PMT_SECOND) * PMT_SECOND;
}
/* From an hour on in minutes: where the second says nothing. */
const char *pmt_report_length(struct pmt_report *r, int64_t us);
const char *pmt_report_count(struct pmt_report *r, uint64_t n);
const char *pmt_report_percent(struct pmt_report *r, uint64_t part, uint64_t whole);
void pmt_lines_add(struct pmt_lines *l, const char *text);
void pmt_say(struct pmt_labelled *to, const char *text, const struct pmt_cites *cites);
struct pmt_labelled *pmt_report_label(struct pmt_labelled *list, size_t *n, const char *name);
/* Is the incident cut off by the window, not by the logs? */
bool pmt_report_cut_before(const struct pmt_report *r, const struct pmt_report_input *in);
bool pmt_report_cut_after(const struct pmt_report *r, const struct pmt_report_input *in);
/* The name of a service as it is shown, and of a log; is_host: it names a container or a pod.
 * report_names.c */
void pmt_report_name_services(struct pmt_report *r, const struct pmt_report_input *in);
struct pmt_slice pmt_report_service(const struct pmt_report *r, struct pmt_slice name);
struct pmt_slice pmt_report_log_name(struct pmt_report *r, struct pmt_slice path, bool *is_host);
/* The path it is told at, and the first three services as code, and how many more. */
const char *pmt_report_services(struct pmt_report *r, const struct pmt_incident *p);

#define PMT_V(n, s) ((struct pmt_value){(n), pmt_str(s), true})   /* plain */
#define PMT_C(n, s) ((struct pmt_value){(n), (s), false})          /* log text: code */
#define PMT_COUNT(a) (sizeof(a) / sizeof *(a))

/* Nearer than this the next success says nothing about an edge. */
#define PMT_OPEN_EDGE (10 * PMT_SECOND)

/* ---- what failed most (report_worst.c) ----------------------------------------------------- */

/* First of all: what log text is shown of the incidents. */
void pmt_report_find_shown(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_say_worst(struct pmt_report *r, struct pmt_labelled *to);
/* That they look like checks of health (report_checks.c). */
void pmt_report_say_checks(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_labelled *to);
void pmt_report_worst_table(struct pmt_report *r, const struct pmt_report_input *in);

/* ---- the timeline ------------------------------------------------------------------------ */

enum pmt_scope { PMT_LEAD_UP, PMT_DURING, PMT_AFTERWARDS, PMT_OUTSIDE };

/* How one group is told by another's bullet. */
enum pmt_fold_how {
    PMT_FOLD_SAME, /* it says the same: only cited */
    PMT_FOLD_ALSO, /* its sentence follows */
    PMT_FOLD_BOOT, /* "; the kernel started 34 s later" */
};

/* Facts told in one bullet: the same thing on the same host about the same subject. */
struct pmt_group {
    enum pmt_scope scope;
    const struct pmt_fact *first;
    int64_t last;
    uint64_t count;
    int rank;
    bool look;       /* diagnostic commands of one host, whatever they were */
    bool several;    /* of more than one operator */
    bool near;       /* something died just before the start: earlier ones stand apart */
    bool change;     /* its rule says that it changed something */
    size_t into;     /* the group that tells it; SIZE_MAX: itself */
    enum pmt_fold_how fold;
    bool speaks;     /* it tells others */
};

/* What the timeline is built with. */
struct pmt_builder {
    struct pmt_report *r;
    const struct pmt_report_input *in;
    struct pmt_group *groups;
    size_t n, cap;
    uint32_t *index; /* hash table over groups, place + 1 */
    size_t nindex;
    uint64_t *flapping; /* sorted hashes of the servers that flap */
    size_t nflapping;
    int64_t from, start, end;
    bool one_backend; /* all state lines speak of one */
};

enum pmt_scope pmt_scope_of(const struct pmt_builder *b, int64_t t);
/* Had the server gone before the incident, and not come back? */
bool pmt_report_stood(const struct pmt_builder *b, const struct pmt_removal *x);
/* The facts around the incident in groups, in order of time, folded and ranked. */
void pmt_report_groups(struct pmt_builder *b);
/* Groups in order of time: which of them another one tells. */
void pmt_report_fold(struct pmt_group *groups, size_t n);
static inline bool pmt_is_state(const struct pmt_mark *m)
{
    return m->lb != PMT_LB_NONE && !pmt_lb_is_check(m->lb) && m->lb != PMT_LB_INFO;
}

/* What the mark of an event is about, redacted: a server's address stays, an account goes. */
struct pmt_slice pmt_report_subject(struct pmt_report *r, const struct pmt_report_input *in,
                                    const struct pmt_mark *m);
/* The sentence of the rule that the fact matched, with its full stop. */
const char *pmt_report_sentence(struct pmt_report *r, const struct pmt_report_input *in,
                                const struct pmt_fact *f);
/* `web-01`, or "the host of `web-1/error.log`", as text with marks. */
const char *pmt_report_host(struct pmt_report *r, const struct pmt_report_input *in,
                            const struct pmt_fact *f);

/* Operators (report_actors.c): one that the timeline is going to tell of; and the letter of the one
 * behind a mark, NULL when there is none. */
void pmt_report_meet(struct pmt_report *r, const struct pmt_fact *f);
const char *pmt_report_operator(struct pmt_report *r, const struct pmt_mark *m);

/* One more entry of the timeline. */
struct pmt_event_entry *pmt_report_entry(struct pmt_report *r, int64_t t, uint8_t decimals,
                                         const char *kind, const char *message, int rank);
/* " of `shop`", where several are spoken of. */
const char *pmt_report_of(struct pmt_builder *b, struct pmt_slice backend);
/* What traffic tells of servers out of use (report_removals.c). */
void pmt_report_tell_removals(struct pmt_builder *b);
/* When all servers were back, behind what is told of states already. */
void pmt_report_tell_redundancy(struct pmt_builder *b);
/* Was a server out of use in the incident? */
bool pmt_report_redundancy(const struct pmt_report_input *in, const struct pmt_incident *p);
/* The value of "backend": its name, or "its pool" where nginx logs none. */
struct pmt_value pmt_report_pool(struct pmt_report *r, const struct pmt_removal *x);
/* "no request", or nearly. */
const char *pmt_report_none(struct pmt_report *r, const struct pmt_removal *x);
/* "at least 3 h 2 min" where it had gone before its log begins. */
const char *pmt_report_out_for(struct pmt_report *r, const struct pmt_removal *x, int64_t length);
/* Which servers out of use these logs could not show. */
void pmt_report_say_unseen(struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_labelled *to);
/* Its state lines; of one that only traffic tells, its last request before and first behind. */
void pmt_report_cite_removal(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_removal *x, struct pmt_cites *cites);
/* Commands that looked at the network (report_looks.c). */
void pmt_report_tell_looks(struct pmt_builder *b);
/* How the incident began, changed and ended (report_impact.c). */
void pmt_report_tell_impact(struct pmt_builder *b);
void pmt_report_timeline(struct pmt_report *r, const struct pmt_report_input *in);
/* Which entries are bullets: the most telling, as many as there is room for. Returns the words of
 * the body. */
size_t pmt_report_choose(struct pmt_report *r, size_t words_elsewhere);

/* ---- clocks (report_clocks.c) ------------------------------------------------------------- */

enum { PMT_NAMED = 4 }; /* hosts or logs that a sentence names */

/* The names of a sentence, each once: "`web-01`: +03:00; `web-02`: UTC". Its owner frees the
 * list. */
struct pmt_names {
    struct pmt_buf list;
    size_t n;
};
/* detail may be NULL: "`web-01`, `web-02`" */
void pmt_names_add(struct pmt_names *to, struct pmt_slice name, const char *detail);
/* "about 90 s ahead of `lb-01`'s" */
void pmt_put_ahead(struct pmt_buf *b, const struct pmt_skew *s);
/* The newest file of a source's log: what the log is known by. */
const char *pmt_report_log(const struct pmt_report_input *in, const struct pmt_scanned *s);
/* How a source's times are known: the clock it mainly holds, and others by host. */
const char *pmt_report_times(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_scanned *s);
/* Was the fact's time moved by what its clock is estimated to have been ahead? */
bool pmt_report_moved(const struct pmt_report_input *in, const struct pmt_fact *f);
/* "2022-02-26 11:47:31 +03:00" in the zone of --display-tz; "" without one. Beside a UTC time the
 * date stands only where it is another. */
const char *pmt_report_local(struct pmt_report *r, const struct pmt_report_input *in, int64_t t,
                             bool beside);

/* ---- what the logs cover ------------------------------------------------------------------ */

/* Logs that were searched for something that is not there. */
struct pmt_searched {
    const char *logs;                  /* "`kern.log`, `syslog`"; NULL: none hold lines then */
    unsigned sorts;                    /* that they are of */
    bool elsewhere;                    /* there are such logs, of another time */
    bool lost;                         /* of some all of that time is missing */
    const char *left;                  /* " (`auth.log` begins at 09:00:10)"; "": nothing is */
    const char *whole_left;            /* the same, of all the time asked for */
    int64_t from, to;                  /* of the time asked for, what lies within theirs */
};
/* Logs of any of these sorts, between two instants. False when nothing is known of coverage. */
bool pmt_report_search(struct pmt_report *r, const struct pmt_report_input *in, unsigned sorts,
                       int64_t from, int64_t to, struct pmt_searched *ret);
/* A time that is missing in a log. */
struct pmt_lost {
    const struct pmt_gap *gap;
    const char *file; /* the log; NULL: all logs of requests */
};
/* Does a log of requests hold a number that may be how long they took, and is not read? */
bool pmt_report_untimed(const struct pmt_report_input *in);
/* What is missing between two instants in logs of any of these sorts, by time: at most max. Returns
 * how many there are. */
size_t pmt_report_lost(const struct pmt_report_input *in, unsigned sorts, int64_t from, int64_t to,
                       struct pmt_lost *v, size_t max);
/* " without 05:59:50 to 07:00:00 (`access.log.2` is missing)"; "": nothing is missing. */
const char *pmt_report_without(struct pmt_report *r, const struct pmt_report_input *in,
                               unsigned sorts, int64_t from, int64_t to, bool named);
/* That the log which would tell of a change is missing. */
void pmt_report_say_lost(struct pmt_report *r, const struct pmt_report_input *in,
                         struct pmt_labelled *to, int64_t from, int64_t until);
/* Of a draft without an incident: some of the requests' logs are missing. */
bool pmt_report_requests_lost(const struct pmt_report *r, const struct pmt_report_input *in);
/* " from 2022-02-26 08:20:00 to 09:49:56" and what is not in it */
const char *pmt_report_searched_span(struct pmt_report *r, const struct pmt_searched *s);
/* The first time behind `from` in which no requests are known of, if it begins before `to`. */
const struct pmt_gap *pmt_report_hole(const struct pmt_report_input *in, int64_t from, int64_t to);
/* How holes bear on the incident, and how long it was quiet behind it. */
void pmt_report_say_holes(struct pmt_report *r, const struct pmt_report_input *in,
                          struct pmt_labelled *to);

/* ---- notes (report_notes.c) --------------------------------------------------------------- */

#define PMT_NO_SOURCE UINT32_MAX /* of evidence that is a note */

/* Once, before anything else is told: their times, what is left out, their words redacted. */
void pmt_report_notes(struct pmt_report *r, const struct pmt_report_input *in);
/* Their bullets. */
void pmt_report_tell_notes(struct pmt_builder *b);
/* The slots behind the timeline that no note fills, and notes without a time. */
void pmt_report_slots(struct pmt_report *r);
/* What notes with one of these tags say, at most two; then the question, or the one that is left
 * when there are such notes (NULL: none is). */
void pmt_report_ask(struct pmt_report *r, struct pmt_labelled *to, unsigned tags,
                    const char *question, const char *left);
/* The same of how it ended. */
void pmt_report_ask_resolution(struct pmt_report *r, struct pmt_labelled *to);
/* In the banner: how notes are marked, and that some contradict the logs. */
void pmt_report_notes_banner(struct pmt_report *r);
void pmt_report_notes_table(struct pmt_report *r, const struct pmt_report_input *in);
/* What the logs show against it, with evidence; else NULL (report_notes_judge.c). */
const char *pmt_report_against(struct pmt_report *r, const struct pmt_report_input *in,
                               const struct pmt_told_note *n, struct pmt_cites *cites);

/* ---- the other sections ------------------------------------------------------------------ */

/* The removal that had lasted longest when the failures began; NULL when there is none. */
const struct pmt_removal *pmt_report_standing(const struct pmt_report *r,
                                              const struct pmt_report_input *in);
#define PMT_LEAD_NEAR (5 * PMT_MINUTE) /* what is logged at other times too counts this near
                                           before the start */
/* The nearest of the gravest sort near the start; NULL when there is none. */
const struct pmt_fact *pmt_report_gravest(const struct pmt_report *r,
                                          const struct pmt_report_input *in);
/* "10 min 43 s after the start" */
const char *pmt_report_when(struct pmt_report *r, int64_t t);
/* Which server took its share; NULL where too few requests were logged. v: the removal's server,
 * pool and length. */
const char *pmt_report_share(struct pmt_report *r, const struct pmt_report_input *in,
                             const struct pmt_removal *x, const struct pmt_value *removal,
                             size_t n);
/* The kernel tells of a kill, and the unit it hit tells it again, or that it failed, within the
 * minute. */
bool pmt_report_retold(const struct pmt_facts *all, size_t at);
/* Once: they are told with the cause, and measures are drawn from them. */
void pmt_report_factors(struct pmt_report *r, const struct pmt_report_input *in);
struct pmt_factor *pmt_report_factor(struct pmt_report *r, const char *kind, const char *text,
                                     int weight);
/* A server whose share of its backend's requests rose near the start (report_shares.c). */
struct pmt_share_rise {
    struct pmt_slice server, backend; /* backend: absent where nginx logs none */
    int64_t t;
    uint64_t own, all, own_before, all_before; /* requests */
};
bool pmt_report_share_rise(const struct pmt_report *r, const struct pmt_report_input *in,
                           struct pmt_share_rise *ret);
const char *pmt_report_rise_text(struct pmt_report *r, const struct pmt_share_rise *x,
                                 const char *id);
void pmt_report_tell_rise(struct pmt_builder *b);
void pmt_report_add_rise(struct pmt_report *r, const struct pmt_report_input *in);
/* Changes before the start (report_changes.c): factors; the nearest one just before it that is not
 * a usual one, or NULL; whether the fact at this index is one at all. */
void pmt_report_changes(struct pmt_report *r, const struct pmt_report_input *in);
const struct pmt_fact *pmt_report_change_before(const struct pmt_report *r,
                                                const struct pmt_report_input *in);
bool pmt_report_is_change(const struct pmt_report_input *in, size_t at);
const char *pmt_report_without_stop(struct pmt_report *r, const char *sentence);
void pmt_report_banner(struct pmt_report *r, const struct pmt_report_input *in);
/* Other incidents (report_others.c): part of the banner; those near it in the timeline; how many of
 * the requests that failed between two seconds were theirs, when most of them were. */
void pmt_report_say_others(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_tell_others(struct pmt_builder *b);
const char *pmt_report_of_others(struct pmt_report *r, const struct pmt_report_input *in,
                                 int64_t from, int64_t to, uint64_t failed);
/* Part of it: holes, and rotations that are not there. */
void pmt_report_gaps(struct pmt_report *r, const struct pmt_report_input *in);
/* Part of it: what does not fit together. */
void pmt_report_doubts(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_summary(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_summary_none(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_cause(struct pmt_report *r, const struct pmt_report_input *in);
/* Are most failures 504s that were logged when the wait was over, with nothing to tell how long
 * that was? (report_answers.c) */
bool pmt_report_logged_late(const struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_measures(struct pmt_report *r, const struct pmt_report_input *in);
/* Says more where there is little to say (report_fill.c). */
void pmt_report_fill(struct pmt_report *r, const struct pmt_report_input *in, size_t words);
/* Counts who answered each incident's failed requests. */
void pmt_report_count_answers(struct pmt_report *r, const struct pmt_report_input *in);
enum { PMT_IMPACT_VALUES = 8 };
/* How many requests failed, with n values that are known already, and who answered them so. */
const char *pmt_report_impact(struct pmt_report *r, const struct pmt_report_input *in,
                              struct pmt_value v[PMT_IMPACT_VALUES], size_t n);
/* Services that were not hit. */
void pmt_report_say_well(struct pmt_report *r, const struct pmt_report_input *in,
                         struct pmt_labelled *to);
/* That more were answered only after another try. */
void pmt_report_say_retries(struct pmt_report *r, const struct pmt_report_input *in,
                            struct pmt_labelled *to);
/* Both as a table. */
void pmt_report_answers_table(struct pmt_report *r, const struct pmt_report_input *in);
/* Clients (report_clients.c): those that saw a failure, or were served slowly; both together. */
void pmt_report_say_clients(struct pmt_report *r, struct pmt_labelled *to,
                            const struct pmt_numbers *k, bool slow);
void pmt_report_find_hurt(struct pmt_report *r);
void pmt_report_say_hurt(struct pmt_report *r, struct pmt_labelled *to);
/* Slowness and latency (report_slow.c): the impact of a slow incident; the sentence on how long
 * requests took, where that changed; the bullet of what was slow around errors; the annex's
 * table. */
const char *pmt_report_slow_title(const struct pmt_incident *p);
/* Of what lines tell that are no requests: "upstream", "connections"; NULL: it is of another
 * kind. */
const char *pmt_report_trouble(const struct pmt_incident *p);
const char *pmt_report_trouble_title(const struct pmt_incident *p);
void pmt_report_say_troubles(struct pmt_report *r, struct pmt_labelled *to);
/* Where no incident was found: how many there were, and when most. */
void pmt_report_say_no_troubles(struct pmt_report *r, const struct pmt_report_input *in,
                                struct pmt_labelled *to);
void pmt_report_say_slow(struct pmt_report *r, struct pmt_labelled *to);
void pmt_report_say_took(struct pmt_report *r, struct pmt_labelled *to);
void pmt_report_tell_slow(struct pmt_builder *b);
void pmt_report_took_table(struct pmt_report *r);
/* One more table of the annex; intro may be NULL. And one more row of it. */
struct pmt_table *pmt_report_table(struct pmt_report *r, const char *title, const char *intro,
                                   const char *const *heads);
struct pmt_row *pmt_report_row(struct pmt_table *t);
/* The first failed check, login ... of the logs, and the alerts of --slo: a sentence, tables. */
void pmt_report_response(struct pmt_report *r, const struct pmt_report_input *in);
void pmt_report_say_slo(struct pmt_report *r, struct pmt_labelled *to);
/* The same of a draft without an incident: so many of so many requests failed. */
void pmt_report_say_slo_none(struct pmt_report *r, const struct pmt_report_input *in,
                             struct pmt_labelled *to, const struct pmt_numbers *k);
void pmt_report_response_tables(struct pmt_report *r, const struct pmt_report_input *in);
/* "10 min 43 s after the start" */
const char *pmt_report_when(struct pmt_report *r, int64_t t);
/* "E1, E7" */
const char *pmt_report_cites_text(struct pmt_report *r, const struct pmt_cites *c);
/* Says of each row of evidence whether the draft cites it. */
void pmt_report_mark_cited(struct pmt_report *r);
void pmt_report_annex(struct pmt_report *r, const struct pmt_report_input *in);

#endif
