#include "report_parts.h"

#include <limits.h>
#include <stdlib.h>

struct pmt_event_entry *pmt_report_entry(struct pmt_report *r, int64_t t, uint8_t decimals,
                                         const char *kind, const char *message, int rank)
{
    PMT_GROW(r->timeline, r->ntimeline, r->captimeline);
    struct pmt_event_entry *e = &r->timeline[r->ntimeline++];
    *e = (struct pmt_event_entry){.t = t, .last = t, .at = t, .decimals = decimals,
                                  .time_known = PMT_OBSERVED, .kind = kind, .message = message,
                                  .brief = message, .rank = rank, .order = {UINT32_MAX, 0}};
    return e;
}

/* ---- words about a fact ----------------------------------------------------------------- */

/* What stands around the subject in a log line tells the redactor what it is. */
struct pmt_slice pmt_report_subject(struct pmt_report *r, const struct pmt_report_input *in,
                                    const struct pmt_mark *m)
{
    bool server = m->event == PMT_EV_UPSTREAM || m->event == PMT_EV_NO_SERVER ||
                  m->event == PMT_EV_SERVER_OUT;
    const char *before = server ? "upstream: \"http://" : "about ", *after = server ? "/\"" : "";
    struct pmt_buf line = {0}, clean = {0};
    if (!m->subject.n)
        return PMT_NO_SLICE;
    pmt_buf_puts(&line, before);
    pmt_buf_slice(&line, m->subject);
    pmt_buf_puts(&line, after);
    pmt_redact_line(in->redactor, pmt_buf_view(&line), &clean);
    struct pmt_slice s = pmt_buf_view(&clean);
    if (pmt_slice_starts(s, before))
        s = pmt_slice(s.p + strlen(before), s.n - strlen(before));
    if (pmt_slice_ends(s, after))
        s.n -= strlen(after);
    s = pmt_arena_copy(r->arena, s);
    pmt_buf_fini(&line);
    pmt_buf_fini(&clean);
    return s;
}

const char *pmt_report_host(struct pmt_report *r, const struct pmt_report_input *in,
                            const struct pmt_fact *f)
{
    struct pmt_buf t = {0};
    bool is_host = f->host.n != 0;
    struct pmt_slice name = f->host;
    if (!is_host)
        name = pmt_report_log_name(r, pmt_str(in->sources[f->places[0].source].input->shown),
                                   &is_host);
    pmt_buf_puts(&t, is_host ? PMT_CODE_ON : "the host of " PMT_CODE_ON);
    pmt_put_clean(&t, name, 80);
    pmt_buf_puts(&t, PMT_CODE_OFF);
    return pmt_report_keep(r, &t);
}

static const char *detail_text(struct pmt_report *r, const struct pmt_report_input *in,
                               struct pmt_slice detail)
{
    struct pmt_buf t = {0}, code = {0};
    if (!detail.n)
        return "(not logged)";
    pmt_redact_line(in->redactor, detail, &t);
    pmt_buf_puts(&code, PMT_CODE_ON);
    pmt_put_clean(&code, pmt_buf_view(&t), 80);
    pmt_buf_puts(&code, PMT_CODE_OFF);
    pmt_buf_fini(&t);
    return pmt_report_keep(r, &code);
}

const char *pmt_report_sentence(struct pmt_report *r, const struct pmt_report_input *in,
                                const struct pmt_fact *f)
{
    const struct pmt_rule *rule = pmt_rules_get(in->rules, f->mark->rule);
    struct pmt_slice subject = pmt_report_subject(r, in, f->mark);
    /* A line that was cut may lack what it was about. */
    struct pmt_value v[] = {
        PMT_V("host", pmt_report_host(r, in, f)),
        subject.n ? PMT_C("subject", subject) : PMT_V("subject", "(not logged)"),
        PMT_V("detail", detail_text(r, in, f->mark->detail))};
    static const char an[] = "An operator";
    const char *who = pmt_report_operator(r, f->mark), *text = rule->sentence;
    struct pmt_buf t = {0};
    if (who && strncmp(text, an, sizeof an - 1) == 0) {
        pmt_buf_printf(&t, "Operator %s", who);
        text += sizeof an - 1;
    }
    pmt_put_template(&t, text, v, PMT_COUNT(v));
    pmt_buf_puts(&t, ".");
    return pmt_report_keep(r, &t);
}

/* ---- sentences -------------------------------------------------------------------------- */

static const char *state_phrase(const struct pmt_mark *m)
{
    switch (m->lb) {
    case PMT_LB_DOWN: return "server-down";
    case PMT_LB_MAINT: return "server-maint";
    case PMT_LB_DRAIN: return "server-drain";
    case PMT_LB_UP: return "server-up";
    case PMT_LB_STILL_OUT: return "server-still-out";
    default: return "no-server";
    }
}

static const char *left_text(struct pmt_report *r, int64_t active)
{
    if (active < 0)
        return "";
    struct pmt_value v[] = {PMT_V("n", pmt_report_count(r, (uint64_t)active))};
    return pmt_report_text(r, active == 0 ? "left-none" : active == 1 ? "left-one" : "left", v, 1);
}

/* How long the server was out when this line brought it back. */
static const char *after_text(struct pmt_builder *b, const struct pmt_fact *f)
{
    const struct pmt_findings *all = b->in->findings;
    for (size_t i = 0; i < all->nremovals; i++)
        if (all->removals[i].back == f) {
            const struct pmt_removal *x = &all->removals[i];
            struct pmt_value v[] = {
                PMT_V("length", pmt_report_out_for(b->r, x, pmt_whole(x->from, f->t)))};
            return pmt_report_text(b->r, "after-out", v, 1);
        }
    return "";
}

static const char *reason_text(struct pmt_builder *b, const struct pmt_mark *m)
{
    if (!m->reason.n || m->lb != PMT_LB_DOWN)
        return "";
    struct pmt_buf t = {0};
    pmt_redact_line(b->in->redactor, m->reason, &t);
    struct pmt_value v[] = {PMT_C("reason", pmt_buf_view(&t))};
    const char *text = pmt_report_text(b->r, "reason", v, 1);
    pmt_buf_fini(&t);
    return text;
}

const char *pmt_report_of(struct pmt_builder *b, struct pmt_slice backend)
{
    struct pmt_value v[] = {PMT_C("backend", backend)};
    return b->one_backend || !backend.n ? "" : pmt_report_text(b->r, "of-backend", v, 1);
}

/* How much of it: beside another one's sentence the host is known. */
enum telling { IN_FULL, BESIDE, IN_BRIEF };

static const char *state_sentence(struct pmt_builder *b, const struct pmt_fact *f, enum telling t)
{
    const struct pmt_mark *m = f->mark;
    struct pmt_value host[] = {PMT_C("host", f->host)};
    bool by = f->host.n && t != BESIDE, all = t != IN_BRIEF;
    struct pmt_value v[] = {
        PMT_C("server", m->server), PMT_C("backend", m->backend),
        PMT_V("of", pmt_report_of(b, m->backend)),
        PMT_V("by", by ? pmt_report_text(b->r, "by-host", host, 1) : ""),
        PMT_V("reason", all ? reason_text(b, m) : ""),
        PMT_V("left", t == IN_FULL ? left_text(b->r, m->active_left) : ""),
        PMT_V("after", all ? after_text(b, f) : ""),
    };
    return pmt_report_text(b->r, state_phrase(m), v, PMT_COUNT(v));
}

static const char *session_sentence(struct pmt_builder *b, const struct pmt_fact *f)
{
    const char *who = pmt_report_operator(b->r, f->mark);
    struct pmt_value w[] = {PMT_V("who", who)};
    struct pmt_value v[] = {PMT_V("host", pmt_report_host(b->r, b->in, f)),
                            PMT_V("by", who ? pmt_report_text(b->r, "by-operator", w, 1) : ""),
                            PMT_V("length", pmt_report_length(b->r, pmt_whole(b->start, f->t)))};
    return pmt_report_text(b->r, "session", v, PMT_COUNT(v));
}

static const char *look_sentence(struct pmt_builder *b, const struct pmt_group *g, bool there)
{
    const struct pmt_mark *m = g->first->mark;
    const char *one = g->several ? NULL : pmt_report_operator(b->r, m);
    struct pmt_value v[] = {
        PMT_V("who", one ? pmt_arena_printf(b->r->arena, "Operator %s", one) : "Operators"),
        PMT_C("subject", pmt_report_subject(b->r, b->in, m)),
        PMT_V("host", pmt_report_host(b->r, b->in, g->first)),
        PMT_V("n", pmt_report_count(b->r, g->count - 1)),
        PMT_V("last", pmt_report_beside(b->r, g->last, g->first->t))};
    const char *id = !there ? "commands" : g->count > 1 ? "commands-there" : "command-there";
    return pmt_report_text(b->r, id, v, PMT_COUNT(v));
}

/* A group of the ways out that tells the ways back. */
static const char *flaps_sentence(struct pmt_builder *b, const struct pmt_group *g)
{
    const struct pmt_mark *m = g->first->mark;
    struct pmt_value host[] = {PMT_C("host", g->first->host)};
    struct pmt_value v[] = {
        PMT_C("server", m->server), PMT_V("of", pmt_report_of(b, m->backend)),
        PMT_V("by", g->first->host.n ? pmt_report_text(b->r, "by-host", host, 1) : ""),
        PMT_V("n", pmt_report_count(b->r, g->count)),
        PMT_V("last", pmt_report_beside(b->r, g->last, g->first->t))};
    return pmt_report_text(b->r, "server-flaps", v, PMT_COUNT(v));
}

static const char *group_sentence(struct pmt_builder *b, const struct pmt_group *g)
{
    const struct pmt_mark *m = g->first->mark;
    if (g->look && g->count > 1)
        return look_sentence(b, g, false);
    if (m->event == PMT_EV_SESSION && !pmt_is_state(m))
        return session_sentence(b, g->first);
    if (pmt_is_state(m) && g->count > 1 && g->speaks && m->lb != PMT_LB_NO_SERVER)
        return flaps_sentence(b, g);
    const char *one = pmt_is_state(m) ? state_sentence(b, g->first, IN_FULL)
                                      : pmt_report_sentence(b->r, b->in, g->first);
    if (g->count <= 1)
        return one;
    struct pmt_value v[] = {
        {"sentence", pmt_slice(one, strlen(one) - 1), true}, /* without its full stop */
        PMT_V("n", pmt_report_count(b->r, g->count)),
        PMT_V("last", pmt_report_beside(b->r, g->last, g->first->t))};
    return pmt_report_text(b->r, "many", v, PMT_COUNT(v));
}

/* What another group's bullet adds of this one. */
static const char *added_sentence(struct pmt_builder *b, const struct pmt_group *g)
{
    if (g->look)
        return look_sentence(b, g, true);
    return pmt_is_state(g->first->mark) ? state_sentence(b, g->first, BESIDE)
                                        : group_sentence(b, g);
}

/* "The sentence; its kernel started 34 s later." */
static const char *booted_sentence(struct pmt_builder *b, const char *text, int64_t gap)
{
    size_t n = strlen(text);
    struct pmt_value v[] = {
        {"sentence", pmt_slice(text, n ? n - 1 : 0), true}, /* without its full stop */
        PMT_V("length", pmt_report_duration(b->r, gap))};
    return pmt_report_text(b->r, "booted", v, PMT_COUNT(v));
}

/* The group's sentence, and what it tells of others. */
static const char *whole_sentence(struct pmt_builder *b, size_t i, struct pmt_cites *cites)
{
    const char *text = group_sentence(b, &b->groups[i]);
    pmt_report_cite_fact(b->r, b->in, b->groups[i].first, cites);
    for (size_t k = 0; k < b->n; k++) {
        const struct pmt_group *g = &b->groups[k];
        if (g->into != i)
            continue;
        if (g->fold != PMT_FOLD_SAME || cites->n < 2)
            pmt_report_cite_fact(b->r, b->in, g->first, cites);
        if (g->fold == PMT_FOLD_ALSO)
            text = pmt_arena_printf(b->r->arena, "%s %s", text, added_sentence(b, g));
        else if (g->fold == PMT_FOLD_BOOT)
            text = booted_sentence(b, text, pmt_whole(b->groups[i].first->t, g->first->t));
    }
    return text;
}

static void tell_groups(struct pmt_builder *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct pmt_group *g = &b->groups[i];
        const struct pmt_mark *m = g->first->mark;
        struct pmt_cites cites = {{0}, 0};
        const char *text = whole_sentence(b, i, &cites);
        struct pmt_event_entry *e =
            pmt_report_entry(b->r, g->first->t, m->decimals,
                  pmt_is_state(m) ? "lb_server_state" : pmt_event_name((enum pmt_event)m->event),
                  text, g->rank);
        e->host = g->first->host;
        e->last = g->last;
        e->order = g->first->places[0];
        e->told = g->into != SIZE_MAX;
        e->cites = cites;
        e->moved = pmt_report_moved(b->in, g->first);
        if (e->moved)
            e->time_known = PMT_ESTIMATED;
        if (pmt_is_state(m))
            e->brief = state_sentence(b, g->first, IN_BRIEF);
        else if (g->speaks)
            e->brief = group_sentence(b, g);
        if (!m->decimals && g->scope == PMT_DURING && e->t < b->start)
            e->at = b->start;
    }
}

/* ---- the whole -------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct pmt_event_entry *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->order.source != y->order.source)
        return x->order.source < y->order.source ? -1 : 1;
    if (x->order.line != y->order.line)
        return x->order.line < y->order.line ? -1 : 1;
    return strcmp(x->message, y->message);
}

/* A date, a time, and the citations stand beside the message. */
static size_t bullet_words(const struct pmt_event_entry *e, const char *text)
{
    size_t aside = e->aside ? pmt_count_words(e->aside) : 0;
    return pmt_count_words(text) + 3 + aside + e->cites.n;
}

/* Of equals the earlier; NULL when no other may be shown. */
static struct pmt_event_entry *most_telling(struct pmt_report *r, int below, size_t words)
{
    struct pmt_event_entry *best = NULL;
    for (size_t i = 0; i < r->ntimeline; i++) {
        struct pmt_event_entry *e = &r->timeline[i];
        bool fits = e->rank >= 100 || words + bullet_words(e, e->brief) <= PMT_BODY_WORDS_MAX;
        if (!e->shown && !e->told && fits && e->rank <= below && (!best || e->rank > best->rank))
            best = e;
    }
    return best;
}

size_t pmt_report_choose(struct pmt_report *r, size_t words)
{
    size_t room = PMT_BULLETS_MAX - r->slots.n;
    int rank = INT_MAX;
    for (size_t n = 0; n < room; n++) {
        struct pmt_event_entry *e = most_telling(r, rank, words);
        if (!e)
            return words;
        if (e->rank < 100 && words + bullet_words(e, e->message) > PMT_BODY_WORDS_MAX)
            e->in_brief = true;
        words += bullet_words(e, e->in_brief ? e->brief : e->message);
        rank = e->rank;
        e->shown = true;
    }
    return words;
}

/* The local time; and that a time is an estimate, where the sentence does not say so. */
static void say_aside(struct pmt_report *r, const struct pmt_report_input *in,
                      struct pmt_event_entry *e)
{
    const char *local = pmt_report_local(r, in, e->t, true);
    bool mark = e->moved && !strstr(e->message, "(est.)");
    if (mark && local[0])
        e->aside = pmt_arena_printf(r->arena, "%s, est.", local);
    else if (mark || local[0])
        e->aside = mark ? "est." : local;
}

/* Where no incident is, what came within its lead-up of the last line was looked at. */
static void say_none(struct pmt_report *r, const struct pmt_report_input *in)
{
    bool known = r->first != PMT_NO_TIME;
    int64_t from = known && r->last - r->first > in->lead ? r->last - in->lead : r->first;
    const char *left = known ? pmt_report_without(r, in, ~0u, from, r->last, true) : "";
    struct pmt_value v[] = {PMT_V("from", known ? pmt_report_datetime(r, from) : ""),
                            PMT_V("to", known ? pmt_report_beside(r, r->last, from) : ""),
                            PMT_V("left", left)};
    r->no_events = known ? pmt_report_text(r, "none-events", v, PMT_COUNT(v))
                         : pmt_report_text(r, "none-events-undated", NULL, 0);
}

void pmt_report_timeline(struct pmt_report *r, const struct pmt_report_input *in)
{
    struct pmt_builder b = {.r = r, .in = in};
    if (r->first == PMT_NO_TIME) {
        say_none(r, in);
        return;
    }
    pmt_report_groups(&b);
    tell_groups(&b);
    pmt_report_tell_removals(&b);
    if (r->incident) {
        pmt_report_tell_redundancy(&b);
        pmt_report_tell_looks(&b);
        pmt_report_tell_impact(&b);
        pmt_report_tell_others(&b);
        pmt_report_tell_rise(&b);
    }
    pmt_report_tell_notes(&b);
    if (r->ntimeline)
        qsort(r->timeline, r->ntimeline, sizeof *r->timeline, by_time);
    else
        say_none(r, in);
    for (size_t i = 0; i < r->ntimeline; i++)
        say_aside(r, in, &r->timeline[i]);
    free(b.groups);
}
