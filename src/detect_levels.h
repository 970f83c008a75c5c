/* detect_levels.h - how the failure rate went: stretches in which it stayed the same.
 *
 * Of all ways to cut the steps into stretches, each at one of some fixed rates (the normal one p0,
 * and raised ones up to nearly 1, evenly spaced in log odds), the likeliest is taken, where every
 * change of rate costs PMT_CHANGE. It is found exactly, in one pass (dynamic programming over the
 * rates). A change is worth its cost only if that much evidence speaks for it; so an edge is where
 * the evidence says, and a ramp, a tail or a lead-in is a stretch of its own beside the worst part.
 */
#ifndef PMT_DETECT_LEVELS_H
#define PMT_DETECT_LEVELS_H

#include "pmt/text.h"

#define PMT_CHANGE 5.0 /* nats */

/* What happened in a while that begins at sec: n was asked, k of it failed. */
struct pmt_step {
    int64_t sec;
    double n, k;
};

/* What is normal: a rate, and the votes that it was learned from. */
struct pmt_normal {
    double rate;
    double n, k;
    bool guess; /* it was taken from the cleanest of them, and is the rate whatever they are */
};

struct pmt_plateau {
    size_t from, to; /* steps; `to` is not in it */
    double n, k;
    bool raised;     /* above the normal rate */
};

/* Returns the number of stretches in *ret (malloc'd, in order, without gaps). */
size_t pmt_plateaus_find(const struct pmt_step *steps, size_t n, double p0,
                         struct pmt_plateau **ret);

/* How much likelier k of n are at rate p1 than at p0, in nats. */
double pmt_gain(double n, double k, double p0, double p1);
/* The same at the rate observed, but not at less than `least`; never below 0. */
double pmt_gain_at_least(double p0, double n, double k, double least);
/* The same over what is normal, given how little may be known of that: that the k of n came of a
 * raised rate, and what is normal of the normal one, against that all came of one rate that is no
 * higher than a normal one can be. */
double pmt_gain_over(const struct pmt_normal *normal, double n, double k);

#endif
