/* infer_parts.h - what the files of inference share; not for anyone else. infer_source.c asks for
 * a log, infer.c is the whole for its lines;
 * infer_header.c has the names at the top of a file, infer_cut.c and infer_split.c the separators,
 * infer_shape.c and infer_dates.c what values look like, infer_roles.c, infer_places.c,
 * infer_haproxy.c, infer_durations.c, infer_numbers.c what columns mean, infer_names.c what their
 * names say, infer_behind.c what stands behind a known format, and infer_put.c the format string,
 * and lines against it. */
#ifndef PMT_INFER_PARTS_H
#define PMT_INFER_PARTS_H

#include "pmt/infer.h"

enum pmt_shape {
    SHAPE_TEXT,
    SHAPE_CLF,      /* 26/Feb/2022:12:00:07 +0000 */
    SHAPE_ISO,      /* 2022-02-26T12:00:07Z */
    SHAPE_EPOCH,    /* 1645876807[.123] */
    SHAPE_DATE,     /* another date, as infer_dates.c has them */
    SHAPE_REQUEST,  /* GET / HTTP/1.1 */
    SHAPE_METHOD,
    SHAPE_PROTOCOL, /* HTTP/1.1 */
    SHAPE_STATE,    /* SC-- */
    SHAPE_THREE,    /* 100 to 599 */
    SHAPE_DECIMAL,  /* 0.003 */
    SHAPE_INT,
    SHAPE_NUMBERS,  /* 0.003, 0.001 : - */
    SHAPE_ADDRESS,
    SHAPE_ADDRESS_PORT,
    SHAPE_ADDRESSES, /* a list of either */
    SHAPE_PATH,
    SHAPE_URL,
    SHAPE_AGENT,
    SHAPE_HOST,
    SHAPES,
};

enum pmt_role {
    ROLE_NONE, ROLE_TIME, ROLE_STATUS, ROLE_REQUEST, ROLE_METHOD, ROLE_PATH, ROLE_PROTOCOL,
    ROLE_CLIENT, ROLE_BYTES, ROLE_DURATION, ROLE_UPSTREAM_TIME, ROLE_UPSTREAM,
    ROLE_UPSTREAM_STATUS, ROLE_AGENT, ROLE_REFERRER, ROLE_FORWARDED, ROLE_VHOST,
    ROLE_OTHER, /* known by its name, and nothing a record holds */
    /* HAProxy's */
    ROLE_FRONTEND, ROLE_BACKEND, ROLE_SERVER, ROLE_STATE,
    ROLE_TIMER_REQUEST, ROLE_TIMER_QUEUE, ROLE_TIMER_CONNECT, ROLE_TIMER_RESPONSE, ROLE_TIMER_ALL,
    ROLE_COUNT, /* of connections */
    ROLES,
};

enum pmt_unit { UNIT_NONE, UNIT_S, UNIT_MS, UNIT_US, UNIT_BYTES };

/* How a date is written: rows of the tables of infer_dates.c. */
struct pmt_date {
    uint8_t base, fraction, offset;
    char separator; /* of date and time */
};

struct pmt_column {
    struct pmt_slice *v;    /* one per line, those of lines that do not fit mean nothing */
    struct pmt_slice name;  /* "rt" of rt=0.003; absent */
    uint8_t shape, role, unit;
    bool quoted;
    bool whole; /* the rest of the line, whatever it holds */
    char group; /* '/' : one of several in a word, a/b/c; else 0 */
    uint8_t at, of; /* its place in that group, from 0, and how many they are */
    size_t known, distinct; /* values other than "-", and how many different ones */
    int64_t least, most;    /* of numbers, in thousandths */
    size_t zeros;
    struct pmt_date date;   /* SHAPE_DATE */
    uint8_t word;           /* the word of the line that it is in, from 0 */
    bool unsure;            /* of it: day and month could stand the other way round */
};

struct pmt_lines {
    struct pmt_slice line[PMT_INFER_LINES];
    bool fit[PMT_INFER_LINES];
    size_t n;
    struct pmt_slice header; /* the names of the columns, absent */
    bool w3c, iis;           /* they stand behind "#Fields:"; and Microsoft's server wrote them */
};

/* lits[0] cols[0] lits[1] ... cols[n - 1] lits[n] */
struct pmt_skeleton {
    struct pmt_slice lits[PMT_INFER_COLUMNS + 1];
    struct pmt_column *cols[PMT_INFER_COLUMNS];
    size_t n;
    char delimiter;
    struct pmt_column *number; /* behind the status: perhaps how long requests took; NULL: none */
    bool micros;               /* its values show that it is, in microseconds */
};

/* Do so many of n suffice? */
static inline bool pmt_nearly_all(size_t some, size_t n)
{
    return n && some * 100 >= n * PMT_INFER_PERCENT;
}
static inline bool pmt_is_dash(struct pmt_slice s)
{
    return s.n == 0 || (s.n == 1 && *s.p == '-');
}

/* ---- infer_shape.c --------------------------------------------------------------------------- */

/* The shapes that a value has, as bits 1 << shape. */
uint32_t pmt_shapes_of(struct pmt_slice v);
/* The shape of a column, and its counts. */
void pmt_column_look(struct pmt_column *c, const struct pmt_lines *lines);
/* May a value of a line stand in this column? */
bool pmt_column_takes(const struct pmt_column *c, struct pmt_slice v);
/* One element of a list as nginx writes its upstreams: a number, an address, a unix socket, "-".
 * Two of the same kind can be in one list. 0: none. */
int pmt_list_kind(struct pmt_slice v);
bool pmt_is_address(struct pmt_slice v);
bool pmt_infer_epoch(struct pmt_slice v, int64_t *us);
/* The time of a column in a line; false when there is none. */
bool pmt_time_of(const struct pmt_column *c, struct pmt_slice v, struct pmt_stamp *ret);

/* ---- infer_dates.c --------------------------------------------------------------------------- */

/* Behind the longest date at p, or NULL; its date and time may be parted by the separator. */
const char *pmt_date_end(const char *p, const char *end, char separator);
/* Reads one at p: behind it, or NULL. */
const char *pmt_date_read(const struct pmt_date *d, const char *p, const char *end,
                          struct pmt_stamp *ret);
/* Makes it a SHAPE_DATE where all values are dates that are written alike. */
void pmt_column_date(struct pmt_column *c, const struct pmt_lines *lines);
/* As strftime takes it. */
const char *pmt_date_format(const struct pmt_date *d, struct pmt_arena *arena);

/* ---- infer_cut.c ----------------------------------------------------------------------------- */

enum { PMT_CUT_PARTS = PMT_INFER_COLUMNS };

struct pmt_cut {
    struct pmt_slice part[PMT_CUT_PARTS];
    size_t n;      /* 0: more than fit */
    uint64_t gaps; /* hash of what stands between them */
};

static inline bool pmt_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/* What closes a bracket or quote, 0 for other bytes. */
char pmt_closing(char c);
/* Behind the bracket or quote that closes the one at p, or NULL. */
const char *pmt_group_end(const char *p, const char *end);
/* A list that nginx wrote without quotes, "502, 200" or "10.0.0.1:80 : 10.0.0.2:80", is one word:
 * the first element is [p, q); behind the last one. */
const char *pmt_list_end(const char *p, const char *q, const char *end);
/* Cuts a text at a separator; what quotes and brackets hold stays together. */
void pmt_cut_text(struct pmt_slice v, char delimiter, struct pmt_cut *c);
/* Cuts all values: how many lines are cut as most of them are, and as which one. */
size_t pmt_cut_all(const struct pmt_lines *lines, const struct pmt_slice *v, char delimiter,
                   struct pmt_cut *cuts, size_t *model);

/* ---- infer_split.c --------------------------------------------------------------------------- */

/* Cuts the lines into columns at a separator; false when they do not have it in common. With `rest`
 * the last column is all that is left of the line. Lines that differ from the others are marked. */
bool pmt_split(struct pmt_lines *lines, char delimiter, bool rest, struct pmt_arena *arena,
               struct pmt_skeleton *ret);

/* ---- infer_header.c -------------------------------------------------------------------------- */

/* The whole lines of a head; those that name the columns, and comments, apart. *total: so many, the
 * overlong too. */
void pmt_take_lines(struct pmt_slice head, struct pmt_lines *lines, size_t *total);
/* Where the first line names the columns, as in CSV, takes it off. */
void pmt_take_header(struct pmt_lines *lines, char delimiter, size_t *total);
/* Names the columns after it. */
void pmt_name_columns(struct pmt_skeleton *s, const struct pmt_lines *lines);
/* A line that only names columns, or a comment in a file that has such. */
bool pmt_is_header(struct pmt_slice header, bool w3c, struct pmt_slice line);

/* ---- infer_names.c --------------------------------------------------------------------------- */

/* What a name says, ROLE_NONE when it is not known; *unit as far as the name tells. */
enum pmt_role pmt_name_role(struct pmt_slice name, enum pmt_unit *unit);
/* A status that is registered, or one of nginx's own. */
bool pmt_status_registered(int64_t status);
bool pmt_status_common(int64_t status);

/* ---- infer_roles.c --------------------------------------------------------------------------- */

/* Gives every column its role. NULL, or why that is not certain; *hopeless when there is not even
 * a guess. */
const char *pmt_roles(struct pmt_skeleton *s, const struct pmt_lines *lines, bool enveloped,
                      bool *hopeless);

/* ---- infer_columns.c ------------------------------------------------------------------------- */

/* The first column that has it, or NULL. */
struct pmt_column *pmt_with_role(const struct pmt_skeleton *s, enum pmt_role role);

bool pmt_holds_addresses(const struct pmt_column *c);
bool pmt_holds_ports(const struct pmt_column *c);
/* Does it stand right behind the request? */
bool pmt_behind_request(const struct pmt_skeleton *s, size_t i);
/* "->", "|", ":": what only parts others. Dashes are a value that lacks, however many they are, and
 * so is "{}"; "/" is a path, and "+" or "." what another line has otherwise. */
bool pmt_only_parts(struct pmt_slice s);

/* ---- infer_places.c -------------------------------------------------------------------------- */

/* NULL, or why the client is not certain. */
extern const char pmt_two_clients[];
const char *pmt_roles_places(struct pmt_skeleton *s, const struct pmt_lines *lines);

/* ---- infer_haproxy.c ------------------------------------------------------------------------- */

void pmt_roles_haproxy(struct pmt_skeleton *s, const struct pmt_lines *lines);
bool pmt_is_haproxy(const struct pmt_skeleton *s);

/* ---- infer_durations.c ----------------------------------------------------------------------- */

void pmt_roles_durations(struct pmt_skeleton *s, const struct pmt_lines *lines);

/* ---- infer_numbers.c ------------------------------------------------------------------------- */

/* When nothing tells how long requests took: is it the number that has no name? */
void pmt_roles_numbers(struct pmt_skeleton *s, const struct pmt_lines *lines);

/* ---- infer.c --------------------------------------------------------------------------------- */

/* One way to cut the lines; NULL when it tells nothing about at least half of them. */
struct pmt_inferred *pmt_infer_attempt(struct pmt_slice head, struct pmt_lines *lines,
                                       char delimiter, bool rest, bool enveloped);

/* ---- infer_behind.c -------------------------------------------------------------------------- */

/* For a head whose lines a built-in format reads as requests: reads them by it, and takes from what
 * stands behind how long they took. NULL when nothing does. */
struct pmt_inferred *pmt_infer_behind(struct pmt_slice head, const struct pmt_parser *known);
/* Does a request hold more numbers than its status and bytes? That is told much sooner. */
bool pmt_infer_room(struct pmt_slice line, const struct pmt_record *rec);

/* ---- infer_put.c ----------------------------------------------------------------------------- */

/* The format string; false when it cannot be written. */
bool pmt_put_inferred(const struct pmt_skeleton *s, enum pmt_dialect dialect,
                      struct pmt_arena *arena, struct pmt_buf *b);
/* The values of a line, one per column; NULL when it fits, else why it does not, with *column. */
const char *pmt_skeleton_read(const struct pmt_skeleton *s, struct pmt_slice line,
                              struct pmt_slice *values, size_t *column);

#endif
