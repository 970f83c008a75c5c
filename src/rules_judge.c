/* What a rule must be like before anybody hears of it. */
#include "pmt/rules.h"

/* Words that tell a cause, a fault or a feeling, or a person. */
static const char *const banned[] = {
    "because",     "caused",        "cause",      "due to",     "led to",
    "resulted in", "triggered",     "fixed by",   "root cause", "human error",
    "fault",       "faulty",        "mistake",    "forgot",     "forgotten",
    "careless",    "should have",   "failed to",  "outage",     "crashed",
    "crash",       "blame",         "negligence", "broke",      "wrongly",
    "massive",     "unfortunately", "simply",     "obviously",  "clearly",
    "just",        "serious",       "severe",     "terrible",   "huge",
    "bad",         "poor",          "sadly",      "breach",     "unauthorized",
    "leak",        "violated",      "unlawful",   "illegal",    "he",
    "she",         "they",          "somebody",   "someone",
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool begins_with(const char *p, const char *word)
{
    for (; *word; p++, word++)
        if ((*p >= 'A' && *p <= 'Z' ? *p + 32 : *p) != *word)
            return false;
    return true;
}

const char *pmt_rule_banned_word(const char *sentence)
{
    for (size_t b = 0; b < sizeof banned / sizeof *banned; b++)
        for (const char *p = sentence; *p; p++)
            if (begins_with(p, banned[b]) && (p == sentence || !is_letter(p[-1])) &&
                !is_letter(p[strlen(banned[b])]))
                return banned[b];
    return NULL;
}

static bool is_kebab(const char *id)
{
    if (!*id || *id == '-' || id[strlen(id) - 1] == '-' || strstr(id, "--"))
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(id);
}

static const char *judge_sentence(const char *s, struct pmt_arena *arena)
{
    size_t n = strlen(s);
    const char *word = pmt_rule_banned_word(s);
    if (word)
        return pmt_arena_printf(arena, "the sentence says \"%s\": it must tell what was observed, "
                                       "not why or by whom", word);
    if (n > PMT_RULES_SENTENCE_MAX)
        return pmt_arena_printf(arena, "the sentence is longer than %d bytes",
                                PMT_RULES_SENTENCE_MAX);
    if (s[n - 1] == '.' || s[n - 1] == ' ' || s[0] == ' ' || strstr(s, "  "))
        return "the sentence must stand without a full stop and without blanks around it";
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p == 0x7f)
            return "the sentence has a control character in it";
    for (const char *p = s; (p = strpbrk(p, "{}")); p++) {
        if (!begins_with(p, "{host}") && !begins_with(p, "{subject}") &&
            !begins_with(p, "{detail}"))
            return "the sentence has other braces than {host}, {subject} and {detail}";
        p = strchr(p, '}');
    }
    return strstr(s, "{host}") ? NULL : "the sentence does not say where: {host}";
}

bool pmt_event_is_change(enum pmt_event e)
{
    return e == PMT_EV_CONFIG_CHANGE || e == PMT_EV_DEPLOY || e == PMT_EV_REBOOT ||
           e == PMT_EV_SERVICE_STARTED || e == PMT_EV_SERVICE_STOPPED;
}

const char *pmt_rule_judge(const struct pmt_rule *r, struct pmt_arena *arena)
{
    if (!is_kebab(r->id))
        return "the id must be of small letters and digits with '-' between: shop-queue-full";
    if (strpbrk(r->programs, " \t") || *r->programs == ',' ||
        r->programs[strlen(r->programs) - 1] == ',')
        return "a program's name has a blank in it, or is empty";
    if (!r->pattern && strlen(r->literal) < 4)
        return "a literal this short needs a pattern";
    if (strcmp(r->programs, "*") == 0 && strlen(r->literal) < 9)
        return "for any program (*) the literal must be of 9 bytes or more";
    if (!strstr(r->sample, r->literal))
        return "the literal is not in the sample";
    if (pmt_event_is_change(r->event) ? !r->change : r->change && r->event != PMT_EV_OPERATOR)
        return r->change ? "an event of this class is no change"
                         : "an event of this class is a change";
    return judge_sentence(r->sentence, arena);
}
