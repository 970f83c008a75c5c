/* catalogue.h - the tables the built-in catalogue is made of, each in src/catalogue_<subject>.c.
 * Nothing but data: see rules.h. */
#ifndef PMT_CATALOGUE_H
#define PMT_CATALOGUE_H

#include "pmt/rules.h"

extern const struct pmt_rule pmt_rules_memory[];     /* _kernel.c: kills for lack of memory */
extern const struct pmt_rule pmt_rules_kernel[];     /* _kernel.c: the rest of it */
extern const struct pmt_rule pmt_rules_systemd[];    /* _systemd.c */
extern const struct pmt_rule pmt_rules_host[];       /* _host.c: boot, clock, log gaps */
extern const struct pmt_rule pmt_rules_sudo[];       /* _sudo.c */
extern const struct pmt_rule pmt_rules_sessions[];   /* _operator.c */
extern const struct pmt_rule pmt_rules_deploy[];     /* _deploy.c: packages, puppet, cron */
extern const struct pmt_rule pmt_rules_containers[]; /* _deploy.c */
extern const struct pmt_rule pmt_rules_balancer[];   /* _balancer.c: haproxy, keepalived */
extern const struct pmt_rule pmt_rules_services[];   /* _services.c: databases, app servers */
extern const struct pmt_rule pmt_rules_nginx[];      /* _nginx.c */
extern const struct pmt_rule pmt_rules_proxies[];    /* _proxies.c: Apache httpd, Caddy, Traefik */
extern const struct pmt_rule pmt_rules_any[];        /* _any.c: said by any program */

/* Ends a table. */
#define PMT_RULES_END                                                                              \
    {                                                                                              \
        NULL, NULL, NULL, NULL, PMT_EV_NONE, false, NULL, NULL, NULL, NULL                         \
    }

#endif
