/* custom_parts.h - what custom_json.c (the file), custom.c (a format in it),
 * custom_samples.c (its proof), custom_time.c and custom_rules.c share; not for anyone else. */
#ifndef PMT_CUSTOM_PARTS_H
#define PMT_CUSTOM_PARTS_H

#include "pmt/custom.h"
#include "pmt/pattern.h"

#include <cjson/cJSON.h>

/* ---- JSON: each failure sets *why and says what and where -------------------------------- */

/* NULL when it is none; to be given to cJSON_Delete. */
cJSON *pmt_custom_parse(struct pmt_slice json, struct pmt_arena *arena, const char **why);
/* Whether all its keys are known, and there once. `what` it is: "the format", "rule 3". */
bool pmt_custom_keys(const cJSON *object, const char *const *known, const char *what,
                     struct pmt_arena *arena, const char **why);
/* The text of a key, in the arena. False with *why when it is no text, or is needed and not there;
 * an absent one gives NULL. */
bool pmt_custom_text(const cJSON *object, const char *key, bool needed, const char *what,
                     struct pmt_arena *arena, const char **ret, const char **why);

/* ---- formats ----------------------------------------------------------------------------- */

struct pmt_group_use;

struct pmt_custom_format {
    struct pmt_parser parser; /* self is this */
    const char *files;
    struct pmt_pattern *pattern, *ignore; /* ignore: lines with nothing to tell; or NULL */
    const struct pmt_group_use *uses[PMT_PATTERN_GROUPS]; /* of each group of the pattern */
    size_t ngroups;
    const struct pmt_time_format *time; /* NULL: the envelope has it */
    struct pmt_own_state {
        const char *word;
        enum pmt_lb lb;
    } *states; /* words of the user's own, ended by NULL */
    enum pmt_kind kind;
    enum pmt_layer layer;
    bool from_start; /* the time is when a request began */
};

/* Proves the format by its samples. 0, or -1 with *why. */
int pmt_custom_check(const struct pmt_custom_format *f, const cJSON *samples,
                     struct pmt_arena *arena, const char **why);

/* The state a word means without any words of one's own; PMT_LB_NONE when none. */
enum pmt_lb pmt_custom_state(struct pmt_slice word);

#endif
