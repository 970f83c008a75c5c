/* facts.h - the marks of all sources on one time line, each fact once.
 *
 * The same line in several logs (kern.log and syslog, two copies of one rsyslog stream) is one fact
 * with more than one place of evidence; repeats inside one source stay repeats. Only a balancer's
 * state that one process tells twice in a second (log line and alert) is one fact there too.
 */
#ifndef PMT_FACTS_H
#define PMT_FACTS_H

#include "pmt/calibrate.h"

enum { PMT_PLACES_MAX = 3 };

struct pmt_fact {
    int64_t t, last;            /* instants of the first and last of `count` */
    const struct pmt_mark *mark;
    struct pmt_slice host;      /* named in the line, else the source's */
    struct pmt_place places[PMT_PLACES_MAX];
    unsigned nplaces;
    uint64_t count;
};

struct pmt_facts {
    struct pmt_fact *items;     /* by time, then source and line */
    size_t n;
};

void pmt_facts_build(struct pmt_facts *f, const struct pmt_scanned *sources, size_t n);
void pmt_facts_fini(struct pmt_facts *f);

#endif
