#include "pmt/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct pmt_rules *rules;
static struct pmt_rules_scratch *scratch;

static int setup(void **state)
{
    (void)state;
    rules = pmt_rules_new();
    scratch = pmt_rules_scratch_new(rules);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pmt_rules_scratch_free(scratch);
    pmt_rules_free(rules);
    return 0;
}

#define UPSTREAM "192.0.2.8:8080"

static struct pmt_record record_of(const char *program, struct pmt_slice message)
{
    struct pmt_record rec;
    pmt_record_clear(&rec);
    bool nginx = strcmp(program, "nginx-error") == 0, error = strstr(program, "-error") != NULL;
    rec.kind = nginx ? PMT_NGINX_ERROR : PMT_SYSLOG;
    rec.program = pmt_str(error ? NULL : program);
    if (error)
        rec.upstream = PMT_SLICE(UPSTREAM);
    if (error && !nginx)
        rec.speaker = pmt_str(program);
    if (strcmp(program, "systemd") == 0)
        rec.pid = 1;
    if (strcmp(program, "systemd-user") == 0) {
        rec.program = PMT_SLICE("systemd");
        rec.pid = 912;
    }
    rec.message = message;
    return rec;
}

static bool match(struct pmt_record *rec)
{
    return pmt_rules_match(rules, scratch, rec);
}

/* ---- the catalogue ----------------------------------------------------------------------- */

static void assert_slice(struct pmt_slice got, const char *want, const char *what)
{
    if (want ? !got.p || !pmt_slice_is(got, want) : got.p != NULL)
        fail_msg("%s is \"%.*s\", not \"%s\"", what, PMT_FMT(got), want ? want : "(absent)");
}

static void every_sample_matches_its_rule_and_none_before(void **state)
{
    (void)state;
    const struct pmt_rule *rule;
    for (int i = 0; (rule = pmt_rules_get(rules, i)); i++) {
        struct pmt_record rec = record_of(rule->program_of_sample, pmt_str(rule->sample));
        if (!match(&rec))
            fail_msg("%s: no rule matches its sample", rule->id);
        if (rec.rule != i)
            fail_msg("%s: its sample is matched by %s", rule->id,
                     pmt_rules_get(rules, rec.rule)->id);
        assert_int_equal(rec.event, rule->event);
        bool named = rule->pattern && strstr(rule->pattern, "(?<subject>");
        bool upstream = rule->event == PMT_EV_UPSTREAM || rule->event == PMT_EV_SERVER_OUT ||
                        rule->event == PMT_EV_NO_SERVER;
        if (rule->sample_subject || !named)
            assert_slice(rec.subject, named || !upstream ? rule->sample_subject : UPSTREAM,
                         rule->id);
        else
            fail_msg("%s names a subject, but sample_subject does not say which", rule->id);
        if (strstr(rule->sentence, "{subject}") && !rec.subject.p)
            fail_msg("%s: the sentence needs a subject", rule->id);
        if (strstr(rule->sentence, "{detail}") && !rec.detail.p)
            fail_msg("%s: the sentence needs a detail", rule->id);
        if (rule->pattern && strstr(rule->pattern, "(?<actor>") && !rec.actor.p)
            fail_msg("%s: no actor in the sample", rule->id);
    }
    assert_null(pmt_rules_get(rules, -1));
}

static bool is_kebab(const char *id)
{
    if (!*id || *id == '-' || id[strlen(id) - 1] == '-' || strstr(id, "--"))
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(id);
}

static void ids_are_unique_and_kebab_case(void **state)
{
    (void)state;
    const struct pmt_rule *a, *b;
    for (int i = 0; (a = pmt_rules_get(rules, i)); i++) {
        if (!is_kebab(a->id))
            fail_msg("\"%s\" is not kebab-case", a->id);
        for (int j = 0; j < i; j++) {
            b = pmt_rules_get(rules, j);
            if (strcmp(a->id, b->id) == 0)
                fail_msg("two rules are called %s", a->id);
        }
    }
}

static void literals_and_programs_are_sane(void **state)
{
    (void)state;
    const struct pmt_rule *r;
    for (int i = 0; (r = pmt_rules_get(rules, i)); i++) {
        assert_true(r->literal && *r->literal);
        if (!strstr(r->sample, r->literal))
            fail_msg("%s: the literal is not in the sample", r->id);
        /* A literal alone must say enough; and what any program may say, too. */
        if (!r->pattern && strlen(r->literal) < 4)
            fail_msg("%s: a literal of %zu bytes is too little", r->id, strlen(r->literal));
        if (strcmp(r->programs, "*") == 0 && strlen(r->literal) < 9)
            fail_msg("%s: too short a literal for any program", r->id);
        assert_null(strstr(r->programs, " "));
        assert_true(r->event > PMT_EV_NONE && r->event <= PMT_EV_INFO);
    }
}

static void change_goes_with_the_class(void **state)
{
    (void)state;
    const struct pmt_rule *r;
    for (int i = 0; (r = pmt_rules_get(rules, i)); i++) {
        switch (r->event) {
        case PMT_EV_CONFIG_CHANGE:
        case PMT_EV_DEPLOY:
        case PMT_EV_REBOOT:
        case PMT_EV_SERVICE_STARTED:
        case PMT_EV_SERVICE_STOPPED:
            if (!r->change)
                fail_msg("%s: this class is a change", r->id);
            break;
        case PMT_EV_OPERATOR:
            /* Looks are told together as commands: each must have a name. */
            if (!r->change && !r->sample_subject)
                fail_msg("%s: a look without a subject", r->id);
            break;
        default:
            if (r->change)
                fail_msg("%s: this class is no change", r->id);
        }
    }
}

/* ---- words ------------------------------------------------------------------------------- */

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

static bool has_word(const char *text, const char *word)
{
    char low[512];
    size_t n = strlen(text), m = strlen(word);
    assert_true(n < sizeof low);
    for (size_t i = 0; i <= n; i++)
        low[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    for (const char *p = low; (p = strstr(p, word)); p++)
        if ((p == low || !is_letter(p[-1])) && !is_letter(p[m]))
            return true;
    return false;
}

static void has_only_known_placeholders(const struct pmt_rule *r)
{
    for (const char *p = r->sentence; (p = strchr(p, '{')); p++)
        if (strncmp(p, "{host}", 6) != 0 && strncmp(p, "{subject}", 9) != 0 &&
            strncmp(p, "{detail}", 8) != 0)
            fail_msg("%s: an unknown placeholder at \"%s\"", r->id, p);
    if (!strstr(r->sentence, "{host}"))
        fail_msg("%s: the sentence does not say where", r->id);
}

static void sentences_obey_the_wording_rules(void **state)
{
    (void)state;
    assert_true(has_word("It fell, due to rain", "due to"));
    assert_false(has_word("Defaults", "fault"));
    const struct pmt_rule *r;
    for (int i = 0; (r = pmt_rules_get(rules, i)); i++) {
        const char *s = r->sentence;
        size_t n = strlen(s);
        /* A program's name keeps its own spelling; a placeholder is put in as code. */
        bool starts = (s[0] >= 'A' && s[0] <= 'Z') || strncmp(s, "{subject}", 9) == 0 ||
                      strncmp(s, "nginx ", 6) == 0 || strncmp(s, "gunicorn ", 9) == 0 ||
                      strncmp(s, "uWSGI ", 6) == 0;
        if (!starts)
            fail_msg("%s: \"%s\" does not begin with a capital", r->id, s);
        if (s[n - 1] == '.' || s[n - 1] == ' ' || strstr(s, "  ") || strchr(s, '\n'))
            fail_msg("%s: \"%s\" is not one bare sentence", r->id, s);
        for (size_t b = 0; b < sizeof banned / sizeof *banned; b++)
            if (has_word(s, banned[b]))
                fail_msg("%s: \"%s\" says \"%s\"", r->id, s, banned[b]);
        has_only_known_placeholders(r);
    }
}

/* ---- one line, one answer ---------------------------------------------------------------- */

struct expectation {
    const char *program, *message, *id, *subject, *detail;
};

static void check(const struct expectation *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct pmt_record rec = record_of(e[i].program, pmt_str(e[i].message));
        bool got = match(&rec);
        const char *id = got ? pmt_rules_get(rules, rec.rule)->id : NULL;
        if (!e[i].id) {
            if (got)
                fail_msg("\"%s\" matches %s", e[i].message, id);
            continue;
        }
        if (!got || strcmp(id, e[i].id) != 0)
            fail_msg("\"%s\" matches %s, not %s", e[i].message, id ? id : "nothing", e[i].id);
        assert_slice(rec.subject, e[i].subject, e[i].message);
        if (e[i].detail)
            assert_slice(rec.detail, e[i].detail, e[i].message);
    }
}
#define CHECK(table) check(table, sizeof(table) / sizeof *(table))

static void one_event_per_memory_kill(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"kernel", "[12.5] Out of memory: Kill process 912 (mysqld) score 854 or sacrifice child",
         "kernel-oom-chosen", "mysqld", NULL},
        {"kernel", "Out of Memory: Kill process 912 (httpd) score 41 and children.",
         "kernel-oom-chosen", "httpd", NULL},
        {"kernel",
         "Memory cgroup out of memory: Kill process 6077 (java) score 985 or sacrifice child",
         "kernel-oom-chosen", "java", NULL},
        {"kernel", "Killed process 912 (mysqld) total-vm:81234kB, anon-rss:41234kB, file-rss:0kB",
         "kernel-oom-killed", "mysqld", NULL},
        {"kernel", "[ 9123.100] Killed process 912, UID 27, (mysqld) total-vm:81234kB",
         "kernel-oom-killed", "mysqld", NULL},
        {"kernel", "Out of memory: Killed process 912 (httpd).", "kernel-oom-killed", "httpd",
         NULL},
        {"kernel", "Out of memory: Killed process 7 ((sd-pam)) total-vm:1kB", "kernel-oom-killed",
         "(sd-pam)", NULL},
        {"kernel", "Out of memory: Killed process 7 (tmux: server) total-vm:1kB",
         "kernel-oom-killed", "tmux: server", NULL},
        {"kernel", "Out of memory (oom_kill_allocating_task): Kill process 7 (a) score 1 or",
         "kernel-oom-chosen", "a", NULL},
        {"kernel", "oom_reaper: reaped process 7 (a), now anon-rss:0kB", "kernel-oom-reaper", NULL,
         NULL},
        /* Not the kernel's word. */
        {"app", "Killed process 912 (mysqld) total-vm:81234kB", NULL, NULL, NULL},
    };
    CHECK(table);
}

static void kernel_spellings(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"kernel", "blk_update_request: I/O error, dev vda, sector 204800", "kernel-io-error",
         "vda", "I/O"},
        {"kernel", "[ 912.1] end_request: I/O error, dev sda, sector 1", "kernel-io-error", "sda",
         "I/O"},
        {"kernel", "blk_update_request: critical medium error, dev sdc, sector 9 op 0x0:(READ)",
         "kernel-io-error", "sdc", "critical medium"},
        {"kernel", "e1000e: eth0 NIC Link is Down", "kernel-link-down", "eth0", NULL},
        {"kernel", "tg3 0000:01:00.0 eth0: Link is down", "kernel-link-down", "eth0", NULL},
        {"kernel", "igb 0000:02:00.0 eno1: igb: eno1 NIC Link is Up 1000 Mbps", "kernel-link-up",
         "eno1", NULL},
        {"kernel", "bonding: bond0: link status definitely down for interface eth1, disabling it",
         "kernel-bond-member-down", "eth1", NULL},
        {"kernel", "ip_conntrack: table full, dropping packet.", "kernel-conntrack-full", NULL,
         NULL},
        {"kernel", "possible SYN flooding on port 80. Sending cookies.", "kernel-syn-flooding",
         "80", NULL},
        {"kernel",
         "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:8080. Dropping "
         "request.",
         "kernel-syn-flooding", "0.0.0.0:8080", NULL},
        {"kernel", "Neighbour table overflow.", "kernel-neighbour-table-full", NULL, NULL},
        {"kernel", "XFS (dm-2): xfs_do_force_shutdown(0x2) called; Shutting down filesystem",
         "kernel-xfs-shut-down", "dm-2", NULL},
        {"kernel", "[    0.000000] Kernel command line: ro quiet", "kernel-command-line", NULL,
         NULL},
        {"kernel", "IPv6: ADDRCONF(NETDEV_UP): eth0: link is not ready", NULL, NULL, NULL},
        {"kernel", "usb 1-1: new high-speed USB device number 2 using xhci_hcd", NULL, NULL, NULL},
        {"kernel", "loop0: write failed: No space left on device", "no-space", NULL, NULL},
    };
    CHECK(table);
}

static void units_old_and_new(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"systemd", "Started nginx.service.", "unit-started", "nginx.service", NULL},
        {"systemd", "Started A high performance web server and a reverse proxy server.",
         "unit-started", "A high performance web server and a reverse proxy server", NULL},
        {"systemd", "Started php8.2-fpm.service - The PHP 8.2 FastCGI Process Manager.",
         "unit-started", "php8.2-fpm.service", NULL},
        {"systemd", "Started web@8080.service - Shop, instance 8080.", "unit-started",
         "web@8080.service", NULL},
        {"systemd", "Stopped nginx.service - A web server.", "unit-stopped", "nginx.service", NULL},
        {"systemd", "Stopped LSB: Fast load balancing...", "unit-stopped",
         "LSB: Fast load balancing", NULL},
        {"systemd", "Starting nginx.service - A web server...", "unit-step-begun", NULL, NULL},
        {"systemd", "Stopping A web server...", "unit-step-begun", NULL, NULL},
        {"systemd", "Reloading A web server.", "unit-reload-begun", NULL, NULL},
        {"systemd", "Reloading.", "manager-reload", NULL, NULL},
        {"systemd",
         "Reloading requested from client PID 4242 ('systemctl') (unit session-3.scope)...",
         "manager-reload", NULL, NULL},
        {"systemd", "Reloading finished in 214 ms.", "manager-reload", NULL, NULL},
        {"systemd", "Reloaded A web server.", "unit-reloaded", "A web server", NULL},
        {"systemd", "Started Session 3 of user alice.", "housekeeping-started", NULL, NULL},
        {"systemd", "Started session-c2.scope - Session c2 of User alice.", "housekeeping-started",
         NULL, NULL},
        {"systemd", "Started Daily apt download activities.", "housekeeping-started", NULL, NULL},
        {"systemd", "Started apt-daily.timer - Daily apt download activities.",
         "housekeeping-started", NULL, NULL},
        {"systemd", "Started Rotate log files.", "housekeeping-started", NULL, NULL},
        {"systemd", "Started logrotate.service - Rotate log files.", "housekeeping-started", NULL,
         NULL},
        {"systemd", "Started nginx.socket - Socket of a web server.", "housekeeping-started", NULL,
         NULL},
        {"systemd", "Started systemd-udevd.service - Rule-based Manager for Device Events.",
         "housekeeping-started", NULL, NULL},
        {"systemd", "Finished backup.service - Nightly copy.", "unit-oneshot-finished", NULL, NULL},
        {"systemd", "Stopped target Timers.", "unit-target", NULL, NULL},
        {"systemd", "nginx.service: Succeeded.", "unit-succeeded", NULL, NULL},
        {"systemd", "nginx.service: Failed with result 'exit-code'.", "unit-failed",
         "nginx.service", "exit-code"},
        {"systemd", "Unit nginx.service entered failed state.", "unit-failed-219", "nginx.service",
         NULL},
        {"systemd", "nginx.service: Unit entered failed state.", "unit-failed-state", NULL, NULL},
        {"systemd", "Failed to start A web server.", "unit-failed-to-start", "A web server", NULL},
        {"systemd", "nginx.service: main process exited, code=exited, status=1/FAILURE",
         "unit-main-process-exited", "nginx.service", "1/FAILURE"},
        {"systemd", "nginx.service: Main process exited, code=killed, status=6/ABRT",
         "unit-main-process-signal", "nginx.service", "6/ABRT"},
        {"systemd", "nginx.service holdoff time over, scheduling restart.",
         "unit-restart-scheduled-old", "nginx.service", NULL},
        {"systemd", "nginx.service: Scheduled restart job, restart counter is at 12.",
         "unit-restart-scheduled", "nginx.service", "12"},
        {"systemd", "nginx.service start request repeated too quickly, refusing to start.",
         "unit-start-limit", "nginx.service", NULL},
        {"systemd", "nginx.service stop-sigterm timed out. Killing.", "unit-timed-out",
         "nginx.service", "stop-sigterm"},
        {"systemd", "nginx.service: start operation timed out. Terminating.", "unit-timed-out",
         "nginx.service", "start"},
        {"systemd-oomd",
         "Killed /user.slice/a due to memory pressure for /user.slice being 62.41% > "
         "60.00% for > 20s with reclaim activity",
         "oomd-killed", "/user.slice/a", "memory pressure"},
        {"systemd-user", "Started app.service - Something of alice.", "user-manager", NULL, NULL},
        {"systemd-user", "app.service: Failed with result 'exit-code'.", "user-manager", NULL,
         NULL},
    };
    CHECK(table);
}

static void nginx_errors(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"nginx-error", "connect() failed (111: Connection refused) while connecting to upstream",
         "nginx-upstream-refused", UPSTREAM, NULL},
        {"nginx-error",
         "connect() to unix:/run/app.sock failed (111: Connection refused) while "
         "connecting to upstream",
         "nginx-upstream-refused", UPSTREAM, NULL},
        {"nginx-error", "connect() failed (110: Connection timed out) while connecting to upstream",
         "nginx-upstream-connect-failed", UPSTREAM, NULL},
        {"nginx-error",
         "connect() failed (101: Network is unreachable) while connecting to upstream",
         "nginx-upstream-unreachable", UPSTREAM, NULL},
        {"nginx-error", "upstream sent too big header while reading response header from upstream",
         "nginx-upstream-invalid", UPSTREAM, NULL},
        {"nginx-error", "upstream timed out (110: Connection timed out) while reading upstream",
         "nginx-upstream-timeout", UPSTREAM, NULL},
        {"nginx-error", "writev() failed (32: Broken pipe) while sending request to upstream",
         "nginx-upstream-reset", UPSTREAM, NULL},
        {"nginx-error", "recv() failed (104: Connection reset by peer) while waiting for request",
         NULL, NULL, NULL},
        {"nginx-error", "socket() failed (24: Too many open files) while connecting to upstream",
         "nginx-open-files", NULL, NULL},
        {"nginx-error", "open() \"/srv/www/a\" failed (24: Too many open files)",
         "nginx-open-files", NULL, NULL},
        {"nginx-error", "delaying requests, excess: 1.000, by zone \"rq\"", "nginx-limit-requests",
         "rq", NULL},
        {"nginx-error", "signal 1 (SIGHUP) received, reconfiguring", "nginx-reconfiguring", NULL,
         NULL},
        {"nginx-error", "reconfiguring", "nginx-shutting-down", NULL, NULL},
        {"nginx-error", "signal 3 (SIGQUIT) received from 9, shutting down", "nginx-stopping", NULL,
         "SIGQUIT"},
        {"nginx-error", "signal 17 (SIGCHLD) received from 6749", "nginx-signal", NULL, "SIGCHLD"},
        {"nginx-error", "bind() to 0.0.0.0:80 failed (98: Address already in use)",
         "nginx-bind-failed", "0.0.0.0:80", NULL},
        {"nginx-error",
         "the \"ssl\" directive is deprecated, use the \"listen ... ssl\" directive "
         "instead in /etc/nginx/conf.d/shop.conf:4",
         NULL, NULL, NULL},
        {"nginx-error", "unknown directive \"proxy_pas\" in /etc/nginx/nginx.conf:14",
         "nginx-config-rejected", NULL, "/etc/nginx/nginx.conf:14"},
        {"nginx-error", "worker process 9 exited on signal 11 (core dumped)", "nginx-worker-signal",
         "worker process", "11"},
    };
    CHECK(table);
}

/* ---- operators --------------------------------------------------------------------------- */

static void commands_that_change_and_commands_that_look(void **state)
{
    (void)state;
    static const struct {
        const char *command, *subject;
        bool change;
    } table[] = {
        {"/bin/systemctl restart haproxy", "systemctl restart haproxy", true},
        {"/usr/bin/systemctl reload-or-restart nginx.service",
         "systemctl reload-or-restart nginx.service", true},
        {"/usr/bin/systemctl enable --now nginx", "systemctl enable --now nginx", true},
        {"/usr/bin/systemctl --now disable nginx", "systemctl --now disable nginx", true},
        {"/usr/bin/systemctl daemon-reload", "systemctl daemon-reload", true},
        {"/usr/bin/systemctl status haproxy", "systemctl", false},
        {"/usr/bin/systemctl list-units --failed", "systemctl", false},
        {"/usr/bin/systemctl start-stop-thing", "systemctl", false},
        {"/usr/sbin/service haproxy restart", "service haproxy restart", true},
        {"/usr/sbin/service haproxy status", "service", false},
        {"/etc/init.d/haproxy restart", "haproxy restart", true},
        {"/etc/init.d/haproxy status", "haproxy",
         true}, /* starts haproxy, as far as one can tell */
        {"/usr/sbin/nginx -s reload", "nginx -s reload", true},
        {"/usr/sbin/nginx -t", "nginx", false},
        {"/usr/sbin/haproxy -c -f /etc/haproxy/haproxy.cfg", "haproxy", false},
        {"/usr/sbin/haproxy -f /etc/haproxy/haproxy.cfg -c", "haproxy", false},
        {"/usr/bin/socat stdio /run/haproxy/admin.sock", "socat", true},
        {"/usr/bin/nc -U /var/lib/haproxy/stats.sock", "nc", true},
        {"/usr/bin/nc -zv 192.0.2.8 80", "nc", false},
        {"/usr/bin/docker restart web", "docker restart web", true},
        {"/usr/bin/docker compose up -d", "docker compose up", true},
        {"/usr/bin/docker ps -a", "docker", false},
        {"/usr/bin/docker logs web", "docker", false},
        {"/usr/bin/docker run -e PASSWORD=hunter2 shop", "docker run", true},
        {"/usr/local/bin/kubectl delete pod web-1", "kubectl delete pod web-1", true},
        {"/usr/local/bin/kubectl get pods", "kubectl", false},
        {"/usr/bin/apt-get -y install nginx", "apt-get -y install nginx", true},
        {"/usr/bin/apt update", "apt update", true},
        {"/usr/bin/apt show nginx", "apt show", false},
        {"/usr/bin/dpkg -i /tmp/shop.deb", "dpkg -i", true},
        {"/usr/bin/dpkg -l", "dpkg -l", false},
        {"/usr/bin/rpm -qa", "rpm -qa", false},
        {"/usr/bin/yum install -y haproxy", "yum install -y haproxy", true},
        {"/usr/bin/pip3 install shop", "pip3 install shop", true},
        {"/usr/bin/vim.basic /etc/hosts", "vim.basic", true},
        {"sudoedit /etc/haproxy/haproxy.cfg", "sudoedit", true},
        {"/usr/bin/crontab -e", "crontab", true},
        {"/usr/bin/crontab -l", "crontab", false},
        {"/usr/bin/sed -i s/a/b/ /etc/hosts", "sed", true},
        {"/usr/bin/sed -n 1,5p /etc/hosts", "sed", false},
        {"/usr/bin/cp a b", "cp", true},
        {"/usr/bin/cpupower frequency-info", "cpupower", false},
        {"/usr/bin/git -C /srv/shop pull", "git", true},
        {"/usr/bin/git pull", "git pull", true},
        {"/usr/bin/git log", "git", false},
        {"/usr/bin/mount", "mount", false},
        {"/usr/bin/mount -o remount,rw /", "mount", true},
        {"/usr/sbin/iptables -nvL", "iptables", false},
        {"/usr/sbin/iptables -I INPUT -j DROP", "iptables", true},
        {"/usr/sbin/ip addr", "ip", false},
        {"/usr/sbin/ip addr del 192.0.2.1/24 dev eth0", "ip addr del", true},
        {"/usr/sbin/sysctl -a", "sysctl", false},
        {"/usr/sbin/sysctl -w a.b=1", "sysctl", true},
        {"/usr/bin/kill -HUP 912", "kill -HUP", true},
        {"/usr/bin/kill 912", "kill", true},
        {"/usr/bin/pkill -u alice gunicorn", "pkill", true},
        {"/usr/bin/killall -9 gunicorn", "killall -9 gunicorn", true},
        {"/usr/sbin/reboot", "reboot", true},
        {"/opt/puppetlabs/bin/puppet agent -t", "puppet agent", true},
        {"/usr/bin/ansible-playbook site.yml", "ansible-playbook", true},
        {"/usr/local/bin/deploy.sh v2", "deploy.sh", true},
        {"/usr/bin/lsb_release -a", "lsb_release", false},
        {"/usr/bin/pip install git+https://bob:hunter2@git.example/shop.git", "pip install", true},
        {"/usr/bin/env TOKEN=hunter2", "env", false},
        {"/usr/bin/env -i /usr/bin/id", "env", false},
        {"/usr/bin/nohup /opt/shop/bin/report --token=hunter2", "report", false},
        {"/usr/bin/env LANG=C systemctl restart nginx", "systemctl restart nginx", true},
        {"/usr/bin/tail -f /var/log/syslog", "tail", false},
        {"/usr/bin/less +F /var/log/syslog", "less", false},
        {"/usr/bin/journalctl -u nginx", "journalctl", false},
        {"/usr/sbin/tcpdump -ni eth0", "tcpdump", false},
        {"/usr/bin/ss -ltnp", "ss", false},
        {"/usr/bin/top", "top", false},
        {"/usr/bin/cat /root/.pgpass", "cat", false},
        {"/bin/bash", "bash", false},
        {"/bin/su -", "su", false},
        {"list", "list", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=%s",
                 table[i].command);
        struct pmt_record rec = record_of("sudo", pmt_str(line));
        assert_true(match(&rec));
        assert_int_equal(rec.event, PMT_EV_OPERATOR);
        assert_slice(rec.subject, table[i].subject, table[i].command);
        assert_slice(rec.actor, "alice", table[i].command);
        if (pmt_rules_get(rules, rec.rule)->change != table[i].change)
            fail_msg("\"%s\" is taken for a %s", table[i].command,
                     table[i].change ? "look" : "change");
    }
}

static void other_shapes_of_sudo(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"sudo",
         "bob : HOST=web-1 ; TTY=unknown ; CWD=/ ; USER=root ; GROUP=adm ; TSID=000001 ; "
         "ENV=A=1 ; COMMAND=/usr/bin/tee /etc/motd",
         "sudo-write", "tee", NULL},
        {"sudo", "bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/vi",
         "sudo-refused", NULL, NULL},
        {"sudo",
         "bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; "
         "COMMAND=/usr/bin/vi",
         "sudo-refused", NULL, NULL},
        {"sudo", "pam_unix(sudo:session): session closed for user root", "pam-session", NULL,
         "sudo"},
        {"sudo", "bob : (command continued) --long --list", NULL, NULL, NULL},
        {"CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
         "pam-session", NULL, "cron"},
        {"sshd", "Accepted password for bob from 192.0.2.9 port 4022 ssh2", "ssh-accepted", NULL,
         "password"},
        {"su", "(to root) alice on pts/0", "su-changed-account", NULL, NULL},
        {"systemd-logind", "Removed session 3.", "login-session", NULL, NULL},
        {"systemd-logind", "Session 3 logged out. Waiting for processes to exit.", "login-session",
         NULL, NULL},
    };
    CHECK(table);
}

/* What people write, what clients send and what databases quote is no event, whatever it says. */
static void talk_about_errors_is_none(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"app", "No space left on device? See /faq/no-space-left-on-device", NULL, NULL, NULL},
        {"app", "retrying after \"Too many open files\" in last week's report", NULL, NULL, NULL},
        {"app", "Cannot allocate memory is what chapter 4 explains", NULL, NULL, NULL},
        {"app", "java.lang.OutOfMemoryError mentioned in ticket 55", NULL, NULL, NULL},
        {"app", "searching for java.lang.OutOfMemoryError: 0 hits", NULL, NULL, NULL},
        {"app", "uploaded \"FATAL:  sorry, too many clients already.png\"", NULL, NULL, NULL},
        {"app", "user searched for \"Out of memory: Killed process 1 (x)\"", NULL, NULL, NULL},
        {"app", "heap out of memory handler installed", NULL, NULL, NULL},
        {"nginx-error", "open() \"/srv/x: No space left on device\" failed (2: No such file or "
                        "directory)", "nginx-file-missing", NULL, NULL},
        {"nginx-error", "open() \"/srv/(28: No space left on device)\" failed (2: No such file or "
                        "directory)", "nginx-file-missing", NULL, NULL},
        {"nginx-error", "open() \"/srv/no live upstreams while\" failed (2: No such file or "
                        "directory)", "nginx-file-missing", NULL, NULL},
        {"nginx-error", "open() \"/srv/7 worker_connections are not enough\" failed (2: No such "
                        "file or directory)", "nginx-file-missing", NULL, NULL},
        {"postgres", "LOG:  statement: SELECT 'FATAL:  sorry, too many clients already'", NULL,
         NULL, NULL},
        {"postgres", "STATEMENT:  SELECT 'server process (PID 1) was terminated by signal 9'", NULL,
         NULL, NULL},
        {"mysqld", "Query: SELECT 'mysqld got signal 11 ;'", NULL, NULL, NULL},
        {"gunicorn", "[INFO] GET /docs \"Worker (pid:1) was sent SIGKILL! Perhaps out of memory?\"",
         NULL, NULL, NULL},
        {"kernel", "usb 1-1: Manufacturer: EXT4-fs error (device sda1)", NULL, NULL, NULL},
        /* and what is one */
        {"app", "Error: ENOSPC: no space left on device, write", "no-space-go", NULL, NULL},
        {"dockerd", "msg=\"write /var/x: no space left on device\"", "no-space-go", NULL, NULL},
        {"rsync", "write failed on \"/b\": No space left on device (28)", "no-space", NULL, NULL},
        {"php", "PHP Warning:  fopen(x): failed: Too many open files in /srv/x.php", NULL, NULL,
         NULL},
        {"app", "Caused by: java.lang.OutOfMemoryError: GC overhead limit exceeded",
         "java-out-of-memory", NULL, NULL},
        {"app", "org.postgresql.util.PSQLException: FATAL: sorry, too many clients already",
         "postgres-too-many-clients", NULL, NULL},
        {"mysqld", "2026-11-21T00:27:11Z UTC - mysqld got signal 6 ;", "mysql-signal", NULL, "6"},
        {"varnishd", "Child (4242) died signal=6", "varnish-child-ended", NULL, NULL},
        {"kubelet", "W1121 00:27:11.203456    1100 eviction_manager.go:330] eviction manager: "
                    "attempting to reclaim memory", "kubelet-evicting", NULL, "memory"},
        {"systemd-coredump", "[x] Process 4242 (app) of user 33 dumped core.", "core-dumped", "app",
         NULL},
        {"syslogd", "exiting on signal 15", "log-daemon-stopped", NULL, NULL},
    };
    CHECK(table);
}

static void tools_and_services(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {"haproxy", "Proxy www stopped (FE: 3 conns, BE: 0 conns).", "haproxy-proxy-stopped", "www",
         NULL},
        {"haproxy-edge", "Resumed frontend www.", "haproxy-resumed", "www", NULL},
        {"haproxy", "Enabling frontend www.", "haproxy-resumed", "www", NULL},
        {"haproxy",
         "Proxy www reached the configured maximum connection limit. Please check the "
         "global 'maxconn' value.",
         "haproxy-limit", "www", "configured maximum connection limit"},
        {"haproxy", "Proxy www reached system memory limit (maxsock=4013).", "haproxy-limit", "www",
         "system memory limit"},
        {"haproxy", "[ALERT] (1) : Current worker #1 (4687) exited with code 137 (Killed)",
         "haproxy-worker-signal", NULL, "137"},
        {"haproxy", "[WARNING] (1) : Current worker (4687) exited with code 0 (Exit)",
         "haproxy-worker-ended", NULL, NULL},
        {"keepalived_vrrp", "(VI_1) Entering BACKUP STATE (init)", "vrrp-backup", "VI_1", NULL},
        {"Keepalived_vrrp", "VRRP_Instance(VI_1) Transition to MASTER STATE", "vrrp-note", "VI_1",
         NULL},
        {"Keepalived_vrrp", "VRRP_Script(chk_haproxy) timed_out", "vrrp-script-failed",
         "chk_haproxy", "timed_out"},
        {"puppet-agent", "(/Stage[main]/Haproxy/Service[haproxy]) Triggered 'refresh' from 1 event",
         "puppet-changed", "Service[haproxy]", NULL},
        {"puppet-agent",
         "(/Stage[main]/Nginx/Service[nginx]/ensure) ensure changed 'stopped' to "
         "'running'",
         "puppet-changed", "Service[nginx]", "ensure"},
        {"ansible-systemd", "Invoked with state=restarted name=nginx", "ansible-state", "nginx",
         "restarted"},
        {"ansible-setup", "Invoked with gather_subset=['all']", "ansible-look", NULL, NULL},
        {"dpkg", "2026-11-21 00:20:07 install haproxy:amd64 <none> 2.6.12-1", "dpkg-changed",
         "haproxy", "2.6.12-1"},
        {"CRON", "(root) CMD (cd /srv/deploy && ./backup.sh)", "cron-job", NULL, NULL},
        {"CRON", "(root) CMD (rsync -a /srv/deploy nas-01:/srv/deploy)", "cron-job", NULL, NULL},
        {"CRON", "(root) CMD (cd /srv && flock -n /run/d.lock bash bin/deploy.sh >/dev/null 2>&1)",
         "cron-deploy", "deploy.sh", NULL},
        {"CRON", "(root) CMD (   /srv/shop/bin/deploy-nightly)", "cron-deploy", "deploy-nightly",
         NULL},
        {"php8.2-fpm", "[pool www] server reached max_children setting (5), consider raising it",
         "php-fpm-full", "www", "5"},
        {"ntpd", "CLOCK: time set +2.412345 s", "clock-stepped-ntpd", NULL, "+2.412345"},
        {"rsyslogd", "rsyslogd[internal_messages]: 512 messages lost due to rate-limiting",
         "log-lost", NULL, "512"},
        {"rsyslogd", "imuxsock lost 18205 messages from pid 4242 due to rate-limiting", "log-lost",
         NULL, "18205"},
        {"shop", "cannot write: No space left on device", "no-space", NULL, NULL},
        {"shop", "all is well", NULL, NULL, NULL},
        /* A rule holds for its program only. */
        {"shop", "(VI_1) Entering MASTER STATE", NULL, NULL, NULL},
        {"php", "Stopped nginx.service - A web server.", NULL, NULL, NULL},
    };
    CHECK(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_matches_its_rule_and_none_before),
        cmocka_unit_test(ids_are_unique_and_kebab_case),
        cmocka_unit_test(literals_and_programs_are_sane),
        cmocka_unit_test(change_goes_with_the_class),
        cmocka_unit_test(sentences_obey_the_wording_rules),
        cmocka_unit_test(one_event_per_memory_kill),
        cmocka_unit_test(kernel_spellings),
        cmocka_unit_test(units_old_and_new),
        cmocka_unit_test(nginx_errors),
        cmocka_unit_test(commands_that_change_and_commands_that_look),
        cmocka_unit_test(other_shapes_of_sudo),
        cmocka_unit_test(talk_about_errors_is_none),
        cmocka_unit_test(tools_and_services),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
