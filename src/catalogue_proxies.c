#include "catalogue.h"

/* Proxies beside nginx and HAProxy, about their upstreams and their life.
 *
 * Apache httpd: modules/proxy/proxy_util.c, mod_proxy_http.c, mod_proxy_fcgi.c,
 * mod_proxy_balancer.c, server/mpm/; 2.2 wrote "proxy: " where 2.4 has a number. A failed
 * connection gives AH00957 (to
 * which address) and AH01114 (whose request): only the first is counted.
 * Caddy: what the handler of a request gave up with is the message of http.log.error, in Go's
 * words (net, net/http); caddy.go, admin.go.
 * Traefik 1 and 2: pkg/healthcheck, pkg/server/service; most of it on level debug. */
#define APACHE "apache-error,apache2,httpd"
#define CADDY "caddy-error"

const struct pmt_rule pmt_rules_proxies[] = {
    {"apache-upstream-refused", APACHE, "Connection refused: ",
     "attempt to connect to (?<subject>[^ ]{1,200})( \\([^)]*\\))? failed", PMT_EV_UPSTREAM, false,
     "Apache on {host} got connection refused from upstream {subject}", "apache-error",
     "(111)Connection refused: AH00957: HTTP: attempt to connect to 192.0.2.8:8080 (192.0.2.8) "
     "failed",
     "192.0.2.8:8080"},
    {"apache-upstream-socket", APACHE, "attempt to connect to Unix domain socket ",
     "Unix domain socket (?<subject>[^ ]{1,200})", PMT_EV_UPSTREAM, false,
     "Apache on {host} could not connect to upstream {subject}", "apache-error",
     "(2)No such file or directory: AH02454: FCGI: attempt to connect to Unix domain socket "
     "/run/php/php8.2-fpm.sock (*) failed",
     "/run/php/php8.2-fpm.sock"},
    {"apache-upstream-connect-failed", APACHE, "attempt to connect to ",
     "attempt to connect to (?<subject>[^ ]{1,200})( \\([^)]*\\))? failed", PMT_EV_UPSTREAM, false,
     "Apache on {host} could not connect to upstream {subject}", "apache-error",
     "(113)No route to host: AH00957: HTTP: attempt to connect to 192.0.2.8:8080 (192.0.2.8) "
     "failed",
     "192.0.2.8:8080"},
    {"apache-upstream-timeout", APACHE, "The timeout specified has expired",
     "(error reading status line from remote server |AH01075: Error dispatching request to )"
     "(?<subject>[^ ,]{2,200})?",
     PMT_EV_UPSTREAM, false, "Apache on {host} timed out waiting for upstream", "apache-error",
     "(70007)The timeout specified has expired: [client 198.51.100.7:52144] AH01102: error reading "
     "status line from remote server 192.0.2.8:8080",
     "192.0.2.8:8080"},
    {"apache-upstream-closed", APACHE, "error reading status line from remote server",
     "remote server (?<subject>[^ ,]{1,200})", PMT_EV_UPSTREAM, false,
     "The connection to upstream {subject} ended before its answer on {host}", "apache-error",
     "proxy: error reading status line from remote server 192.0.2.8", "192.0.2.8"},
    {"apache-php-fatal", APACHE, "PHP message: ", "PHP (Fatal|Parse) error|Uncaught ",
     PMT_EV_UPSTREAM, false, "A PHP script behind Apache on {host} ended with a fatal error",
     "apache-error",
     "AH01071: Got error 'PHP message: PHP Fatal error:  Uncaught PDOException in /srv/a.php:12'",
     NULL},
    {"apache-worker-disabled", APACHE, "ap_proxy_connect_backend disabling worker for ",
     "disabling worker for \\((?<subject>[^)]{1,200})\\)", PMT_EV_SERVER_OUT, false,
     "Apache on {host} took upstream {subject} out for a time", "apache-error",
     "AH00959: ap_proxy_connect_backend disabling worker for (192.0.2.8) for 60s", "192.0.2.8"},
    {"apache-no-worker", APACHE, "All workers are in error state",
     "(?<subject>balancer://[^ ]{1,100}): All workers", PMT_EV_NO_SERVER, false,
     "Apache on {host} had no worker in {subject}", "apache-error",
     "AH01167: balancer://cart: All workers are in error state for route (n1)",
     "balancer://cart"},
    {"apache-workers", APACHE, "server reached Max",
     "server reached (?<detail>MaxRequestWorkers|MaxClients) setting", PMT_EV_RESOURCE, false,
     "Apache on {host} reached {detail}", "apache-error",
     "AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers "
     "setting",
     NULL},
    {"apache-child-died", APACHE, " exit signal ",
     "child pid [0-9]+ exit signal (?<detail>[A-Z][\\w ]{1,40})", PMT_EV_CRASH, false,
     "A process of Apache on {host} ended with {detail}", "apache-error",
     "AH00052: child pid 99 exit signal Segmentation fault (11)", NULL},
    {"apache-reload", APACHE, "raceful restart",
     "(Graceful restart requested|SIGUSR1 received.  Doing graceful restart)",
     PMT_EV_CONFIG_CHANGE, true, "Apache on {host} was reloaded", "apache-error",
     "AH00493: SIGUSR1 received.  Doing graceful restart", NULL},
    {"apache-started", APACHE, "configured -- resuming normal operations", NULL,
     PMT_EV_SERVICE_STARTED, true, "Apache on {host} began to serve", "apache-error",
     "AH00489: Apache/2.4.57 (Debian) configured -- resuming normal operations", NULL},
    {"apache-stopped", APACHE, "caught SIGTERM, shutting down", NULL, PMT_EV_SERVICE_STOPPED, true,
     "Apache on {host} was stopped", "apache-error", "AH00491: caught SIGTERM, shutting down",
     NULL},

    {"caddy-upstream-refused", CADDY, "connect: connection refused",
     "^dial \\w+ (?<subject>\\S{1,200}): ", PMT_EV_UPSTREAM, false,
     "Caddy on {host} got connection refused from upstream {subject}", "caddy-error",
     "dial tcp 192.0.2.8:80: connect: connection refused", "192.0.2.8:80"},
    {"caddy-upstream-unresolved", CADDY, ": lookup ",
     "^dial \\w+: lookup (?<subject>[\\w.-]{1,200})( on \\S+)?: ", PMT_EV_UPSTREAM, false,
     "Caddy on {host} got no address for {subject}", "caddy-error",
     "dial tcp: lookup cart on 192.0.2.53:53: no such host", "cart"},
    {"caddy-upstream-connect-timeout", CADDY, "i/o timeout", "^dial \\w+ (?<subject>\\S{1,200}): ",
     PMT_EV_UPSTREAM, false, "Caddy on {host} timed out connecting to upstream {subject}",
     "caddy-error", "dial tcp 192.0.2.8:80: i/o timeout", "192.0.2.8:80"},
    {"caddy-upstream-connect-failed", CADDY, "dial ", "^dial \\w+ (?<subject>\\S{1,200}): ",
     PMT_EV_UPSTREAM, false, "Caddy on {host} could not connect to upstream {subject}",
     "caddy-error", "dial tcp 192.0.2.8:80: connect: no route to host", "192.0.2.8:80"},
    {"caddy-upstream-timeout", CADDY, "timeout awaiting response headers", NULL, PMT_EV_UPSTREAM,
     false, "Caddy on {host} timed out waiting for its upstream", "caddy-error",
     "net/http: timeout awaiting response headers", "192.0.2.8:8080"},
    {"caddy-upstream-reset", CADDY, "connection reset by peer",
     "^(read|write) \\w+ \\S+->(?<subject>\\S{1,200}): ", PMT_EV_UPSTREAM, false,
     "The connection to upstream {subject} was reset on {host}", "caddy-error",
     "read tcp 192.0.2.1:51000->192.0.2.8:80: read: connection reset by peer", "192.0.2.8:80"},
    {"caddy-no-upstream", CADDY, "no upstreams available", NULL, PMT_EV_NO_SERVER, false,
     "Caddy on {host} had no upstream available", "caddy-error", "no upstreams available",
     "192.0.2.8:8080"},
    {"caddy-loaded", "caddy", "load complete", "^load complete$", PMT_EV_CONFIG_CHANGE, true,
     "Caddy on {host} was given its configuration", "caddy", "load complete", NULL},
    {"caddy-started", "caddy", "serving initial configuration", NULL, PMT_EV_SERVICE_STARTED, true,
     "Caddy on {host} began to serve", "caddy", "serving initial configuration", NULL},
    {"caddy-stopped", "caddy", "shutting down apps, then terminating", NULL,
     PMT_EV_SERVICE_STOPPED, true, "Caddy on {host} was stopped", "caddy",
     "shutting down apps, then terminating", NULL},

    {"traefik-upstream-refused", "*", "Bad Gateway' caused by: dial ",
     "^'502 Bad Gateway' caused by: dial \\w+ (?<subject>\\S{1,200}): connect: connection refused",
     PMT_EV_UPSTREAM, false, "Traefik on {host} got connection refused from upstream {subject}",
     "traefik", "'502 Bad Gateway' caused by: dial tcp 192.0.2.8:80: connect: connection refused",
     "192.0.2.8:80"},
    {"traefik-server-out", "*", "Health check failed, removing from server list",
     "URL: \"(https?://)?(?<subject>[^\"/]{1,200})", PMT_EV_SERVER_OUT, false,
     "Traefik on {host} took upstream {subject} out", "traefik",
     "Health check failed, removing from server list. Backend: \"cart@docker\" URL: "
     "\"http://192.0.2.8:80\" Weight: 1 Reason: received error status code: 503",
     "192.0.2.8:80"},
    PMT_RULES_END,
};
