/* app_json.h - what a program's own logger wrote as JSON, private to parsers/. */
#ifndef PMT_PARSERS_APP_JSON_H
#define PMT_PARSERS_APP_JSON_H

#include "access_json.h"

enum pmt_app_key { APP_MESSAGE, APP_LEVEL, APP_HOST, APP_PID, APP_KEYS };

struct pmt_app {
    struct pmt_json found[APP_KEYS];
    uint8_t rank[APP_KEYS]; /* how sure the name is: 1 best, 0 nothing found */
    struct pmt_json request; /* Caddy's, of the request that its message is about */
    struct pmt_slice logger;
    struct pmt_stamp time;
    uint8_t time_rank;
};

/* One member of the outermost object. */
void pmt_app_take(const struct pmt_json *j, struct pmt_app *app);

/* Who says the record's message, as far as the logger tells; and what Caddy says of a request. */
void pmt_app_speaker(const struct pmt_app *app, struct pmt_record *rec);
/* Into the record, whose envelope's fields are kept: FOREIGN without a message, or without a time
 * here and around it. */
enum pmt_verdict pmt_app_message(const struct pmt_app *app, struct pmt_record *rec);

#endif
