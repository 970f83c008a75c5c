/* registry.c - the list of parsers, in the order they are tried.
 *
 * Adding a format: one file, its two lines here, its name in meson.build (see README.md). The order
 * matters only where two formats could claim one line; the syslog envelope, which takes any text
 * behind a time, stands last.
 */
#include "pmt/parser.h"

extern const struct pmt_parser pmt_parser_nginx_access;
extern const struct pmt_parser pmt_parser_nginx_error;
extern const struct pmt_parser pmt_parser_access_json;
extern const struct pmt_parser pmt_parser_elb;
extern const struct pmt_parser pmt_parser_envelope_json;
extern const struct pmt_parser pmt_parser_envoy;
extern const struct pmt_parser pmt_parser_haproxy;
extern const struct pmt_parser pmt_parser_klog;
extern const struct pmt_parser pmt_parser_apache_error;
extern const struct pmt_parser pmt_parser_services;
extern const struct pmt_parser pmt_parser_app_text;
extern const struct pmt_parser pmt_parser_syslog;

const struct pmt_parser *const pmt_parsers[] = {
    &pmt_parser_nginx_access,
    &pmt_parser_nginx_error,
    &pmt_parser_haproxy,
    &pmt_parser_access_json,
    &pmt_parser_envelope_json,
    &pmt_parser_envoy,
    &pmt_parser_elb,
    &pmt_parser_klog,
    &pmt_parser_apache_error,
    &pmt_parser_services,
    &pmt_parser_app_text,
    &pmt_parser_syslog,
    NULL,
};
