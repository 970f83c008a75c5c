#include "catalogue.h"

/* What any program may say comes last: a program's own rules know more. */
const struct pmt_rule *const pmt_catalogue_tables[] = {
    pmt_rules_memory,
    pmt_rules_kernel,
    pmt_rules_systemd,
    pmt_rules_host,
    pmt_rules_sudo,
    pmt_rules_sessions,
    pmt_rules_deploy,
    pmt_rules_containers,
    pmt_rules_balancer,
    pmt_rules_services,
    pmt_rules_nginx,
    pmt_rules_proxies,
    pmt_rules_any,
    NULL,
};
