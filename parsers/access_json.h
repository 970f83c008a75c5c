/* access_json.h - the parts of the access-json parser, private to parsers/. */
#ifndef PMT_PARSERS_ACCESS_JSON_H
#define PMT_PARSERS_ACCESS_JSON_H

#include "json.h"

/* What a member of the object is. Of each the first that says something is kept. */
enum pmt_member {
    M_NONE,
    M_START,      /* when the request began */
    M_MSEC,       /* when it was logged, in seconds since 1970 */
    M_TIME,       /* the same in any form */
    M_CLIENT,
    M_CLIENT_PORT,/* with its port: the second choice */
    M_FORWARDED,
    M_REAL,       /* one address from another header: the second choice */
    M_REQUEST,    /* "GET /a HTTP/1.1", or only its target */
    M_METHOD,
    M_TARGET,     /* path with query */
    M_PATH,       /* maybe without */
    M_STATUS,
    M_BYTES,      /* of the body */
    M_ALL_BYTES,
    M_BYTES_READ, /* HAProxy's %B; Caddy calls so what the client sent */
    M_DURATION,
    M_UPSTREAM_DURATION,
    M_UPSTREAM,
    M_UPSTREAM_URL,
    M_UPSTREAM_STATUS,
    M_FRONTEND,
    M_BACKEND,
    M_SERVER,
    M_TERMINATION,
    M_RETRIES,
    M_FLAGS,      /* Envoy's */
    M_DETAILS,    /* Envoy's */
    M_VHOST,
    M_HOST,       /* the same, or the server's own address: the second choice */
    M_SERVER_NAME,/* nginx's $server_name; of HAProxy the server */
    M_AGENT,
    M_REFERRER,
    M_LOGGER,     /* Caddy's */
    M_HOSTNAME,   /* of the machine */
    M_PID,
    M_TOTAL,      /* HAProxy's %Tt and %Ta under other names */
    M_LEVEL,      /* of a logger */
    M_REMOTE_IP,  /* Caddy's peer: the second choice behind its client_ip */
    M_MEMBERS
};

/* Which program wrote it, where that tells what a number means. */
enum pmt_family {
    FAMILY_ANY,
    FAMILY_NGINX,
    FAMILY_CADDY,
    FAMILY_TRAEFIK,
    FAMILY_ENVOY,
    FAMILY_PINO
};

struct pmt_name {
    const char *name;  /* letters and digits only, in lower case: "Remote-Addr" is "remoteaddr" */
    uint8_t member;    /* enum pmt_member */
    char unit;         /* of a duration: s, m (milliseconds), u, n; 0 when the name does not tell */
    uint8_t family;    /* enum pmt_family that has this name and no other */
};

/* access_json_names.c: what a name stands for; NULL for one nobody knows. */
const struct pmt_name *pmt_json_name(struct pmt_slice parent, struct pmt_slice name);
/* "clientip", "realip": not merely who is at the other end of the connection. */
bool pmt_json_names_client(const struct pmt_name *name);
/* A name that tells of a size, a number of things, a time or a key: its value is no status. */
bool pmt_json_counts(struct pmt_slice name);
/* Members that a program's logger writes beside its own message. */
bool pmt_json_is_of_logger(struct pmt_slice name);
/* Whether members of this object are looked at: "request", "headers". */
bool pmt_json_holds_request(struct pmt_slice name);

/* access_json_values.c */
bool pmt_json_time(struct pmt_slice s, struct pmt_stamp *ret);
/* A stamp that tells no zone, of a program that writes UTC. */
void pmt_json_is_utc(struct pmt_stamp *s);
/* "0.031", "31ms", "1.5s"; a bare number in the unit of its name, 0 for one that is not told. */
bool pmt_json_duration(struct pmt_slice s, char unit, int64_t *ret_us);
/* An address without its port and brackets; absent when it is none. */
struct pmt_slice pmt_json_address(struct pmt_slice s);

/* Of a list its first text: a header may have several. */
bool pmt_json_first_of(struct pmt_json *j);

/* At most nine digits and nothing else. */
bool pmt_json_is_integer(struct pmt_slice s);
/* "502": a status that servers give, or nginx's "000". */
bool pmt_json_is_status(struct pmt_slice s);
bool pmt_json_is_request_line(struct pmt_slice s);
bool pmt_json_is_seconds(struct pmt_slice s);
struct pmt_slice pmt_json_without_scheme(struct pmt_slice url);
struct pmt_slice pmt_json_without_origin(struct pmt_slice target, struct pmt_record *r);

extern const struct pmt_parser pmt_parser_access_json, pmt_parser_envelope_json;
extern const struct pmt_sample pmt_access_json_samples[];

#endif
