#include "report_parts.h"

/* Operators are told apart by letters, in the order in which the timeline first tells of them; an
 * account is one operator on all hosts. The account itself goes nowhere but into the key. */

static void put_letter(struct pmt_buf *b, size_t i)
{
    char letters[3] = {0};
    if (i >= 26)
        letters[0] = (char)('A' + i / 26 - 1);
    letters[i >= 26] = (char)('A' + i % 26);
    pmt_buf_puts(b, letters); /* A ... Z, AA ... ZZ */
}

static struct pmt_actor *actor_of(const struct pmt_report *r, const struct pmt_mark *m)
{
    for (size_t i = 0; m->actor && i < r->nactors; i++)
        if (r->actors[i].key == m->actor)
            return &r->actors[i];
    return NULL;
}

static void add_host(struct pmt_actor *a, struct pmt_slice host)
{
    for (size_t i = 0; i < a->nhosts; i++)
        if (pmt_slice_eq(a->hosts[i], host))
            return;
    if (host.n && a->nhosts < PMT_ACTOR_HOSTS_MAX)
        a->hosts[a->nhosts++] = host;
}

void pmt_report_meet(struct pmt_report *r, const struct pmt_fact *f)
{
    const struct pmt_mark *m = f->mark;
    if (!m->actor || (m->event != PMT_EV_OPERATOR && m->event != PMT_EV_SESSION))
        return;
    struct pmt_actor *a = actor_of(r, m);
    if (!a && r->nactors < PMT_ACTORS_MAX) {
        PMT_GROW(r->actors, r->nactors, r->capactors);
        a = &r->actors[r->nactors++];
        *a = (struct pmt_actor){.key = m->actor, .account = m->account};
    }
    if (a)
        add_host(a, f->host);
}

const char *pmt_report_operator(struct pmt_report *r, const struct pmt_mark *m)
{
    struct pmt_buf b = {0};
    const struct pmt_actor *a = actor_of(r, m);
    if (!a)
        return NULL;
    put_letter(&b, (size_t)(a - r->actors));
    return pmt_report_keep(r, &b);
}

void pmt_put_actors_key(struct pmt_buf *out, const struct pmt_report *r)
{
    pmt_buf_puts(out, "operator\taccount\thosts\n");
    for (size_t i = 0; i < r->nactors; i++) {
        const struct pmt_actor *a = &r->actors[i];
        put_letter(out, i);
        pmt_buf_puts(out, "\t");
        pmt_put_clean(out, a->account, 256);
        for (size_t k = 0; k < a->nhosts; k++) {
            pmt_buf_puts(out, k ? ", " : "\t");
            pmt_put_clean(out, a->hosts[k], 256);
        }
        pmt_buf_puts(out, "\n");
    }
}
