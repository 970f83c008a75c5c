#include "detect_parts.h"

#include <math.h>
#include <stdlib.h>

enum { LEVELS = 24 };          /* at most; bits of a word */
#define TOP_RATE 0.997         /* of the highest level */
#define LEAST_RATE 0.002       /* of the lowest that is raised */
#define LEAST_TIMES 2.5        /* so many times the odds of p0, at least */
#define SPACING 0.7            /* of their log odds: less than a tenth of the evidence is lost */

struct level {
    double up, down; /* of a failed one and of a good one, in nats over p0 */
};

static double log_odds(double p)
{
    return log(p / (1 - p));
}

double pmt_gain(double n, double k, double p0, double p1)
{
    return k * log(p1 / p0) + (n - k) * log((1 - p1) / (1 - p0));
}

double pmt_gain_at_least(double p0, double n, double k, double least)
{
    double rate = pmt_clamp(n > 0 ? k / n : 0, least, TOP_RATE);
    double gain = rate > p0 ? pmt_gain(n, k, p0, rate) : 0;
    return gain > 0 ? gain : 0;
}

double pmt_gain_over(const struct pmt_normal *normal, double n, double k)
{
    double most = normal->rate > PMT_P0_MAX ? normal->rate : PMT_P0_MAX;
    if (normal->guess)
        return pmt_gain_at_least(normal->rate, n, k, normal->rate);
    double one = n > 0 ? pmt_clamp((k + normal->k) / (n + normal->n), normal->rate, most) : most;
    double gain = pmt_gain_at_least(one, n, k, one);
    return gain > 0 ? gain + pmt_gain(normal->n, normal->k, one, normal->rate) : 0;
}

static int make_levels(struct level *l, double p0)
{
    double from = log_odds(p0) + log(LEAST_TIMES), to = log_odds(TOP_RATE);
    from = from > log_odds(LEAST_RATE) ? from : log_odds(LEAST_RATE);
    int n = 1;
    l[0] = (struct level){0, 0};
    for (double x = from; n < LEVELS; x += SPACING) {
        double p = 1 / (1 + exp(-(x < to ? x : to)));
        l[n++] = (struct level){log(p / p0), log((1 - p) / (1 - p0))};
        if (x >= to)
            break;
    }
    return n;
}

/* What led to a step: for each level, whether it was changed to right before the step, and from
 * which (the best of all). */
struct trace {
    uint32_t changed;
    uint8_t best;
};

static uint8_t best_of(const double *score, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (score[i] > score[best])
            best = i;
    return (uint8_t)best;
}

/* Steps without a failure in a row are one: a change of rate between them is never the best. */
static size_t fold(const struct pmt_step *v, size_t n, struct pmt_step *out, size_t *first)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (count && v[i].k <= 0 && out[count - 1].k <= 0) {
            out[count - 1].n += v[i].n;
            continue;
        }
        first[count] = i;
        out[count++] = v[i];
    }
    return count;
}

/* Fills trace; returns the level that the best way ends at. */
static uint8_t forwards(const struct pmt_step *v, size_t n, double p0, struct trace *trace)
{
    struct level l[LEVELS];
    double score[LEVELS] = {0};
    int levels = make_levels(l, p0);
    uint8_t best = 0;
    for (int i = 1; i < levels; i++)
        score[i] = -PMT_CHANGE;
    for (size_t i = 0; i < n; i++) {
        double change = score[best] - PMT_CHANGE;
        trace[i] = (struct trace){0, best};
        for (int j = 0; j < levels; j++) {
            if (score[j] < change) {
                score[j] = change;
                trace[i].changed |= UINT32_C(1) << j;
            }
            score[j] += v[i].k * l[j].up + (v[i].n - v[i].k) * l[j].down;
        }
        best = best_of(score, levels);
    }
    return best;
}

static void sum_up(struct pmt_plateau *s, const struct pmt_step *v)
{
    for (size_t i = s->from; i < s->to; i++) {
        s->n += v[i].n;
        s->k += v[i].k;
    }
}

size_t pmt_plateaus_find(const struct pmt_step *v, size_t n, double p0, struct pmt_plateau **ret)
{
    struct pmt_plateau *s = NULL;
    size_t count = 0, cap = 0;
    *ret = NULL;
    if (!n)
        return 0;
    struct pmt_step *folded = pmt_alloc(n * sizeof *folded);
    size_t *first = pmt_alloc(n * sizeof *first), steps = fold(v, n, folded, first), to = n;
    struct trace *trace = pmt_alloc(steps * sizeof *trace);
    uint8_t level = forwards(folded, steps, p0, trace);
    for (size_t i = steps; i-- > 0;) {
        bool changed = trace[i].changed >> level & 1;
        if (i && !changed)
            continue;
        PMT_GROW(s, count, cap);
        s[count++] = (struct pmt_plateau){.from = first[i], .to = to, .raised = level > 0};
        to = first[i];
        level = trace[i].best;
    }
    free(folded);
    free(first);
    free(trace);
    for (size_t i = 0; i < count / 2; i++) {
        struct pmt_plateau t = s[i];
        s[i] = s[count - 1 - i];
        s[count - 1 - i] = t;
    }
    for (size_t i = 0; i < count; i++)
        sum_up(&s[i], v);
    *ret = s;
    return count;
}
