#include "catalogue.h"

/* Changes made by tools: packages, configuration management, scheduled jobs; and containers.
 * Wording: dpkg.log and apt's history.log as found on Debian, yum and dnf, unattended-upgrades,
 * puppet's lib/puppet (configurer.rb, property.rb, transaction/event_manager.rb), Ansible's
 * module_utils/basic.py, cron. */
#define PUPPET "puppet-agent,puppet,puppet-user"
#define CRON "CRON,CROND,cron,crond,crontab,anacron,cronie"
#define PACKAGE "(?<subject>[\\w.+-]{1,100})"
#define INTERPRETER                                                                                \
    "((([^ ]*/)?((ba|da)?sh|python[0-9.]*|perl|ruby|php|node|nice|timeout [^ ]+|flock( -\\w+)* "   \
    "[^ ]+) )*)"
/* Modules that only look. */
#define ANSIBLE_LOOK                                                                               \
    "ansible-setup,ansible-ansible.builtin.setup,ansible-ansible.legacy.setup,ansible-gather_"     \
    "facts,"                                                                                       \
    "ansible-stat,ansible-ansible.builtin.stat,ansible-ansible.legacy.stat,ansible-ping,"          \
    "ansible-ansible.builtin.ping,ansible-slurp,ansible-ansible.builtin.slurp,ansible-find,"       \
    "ansible-ansible.builtin.find,ansible-service_facts,ansible-ansible.builtin.service_facts,"    \
    "ansible-package_facts,ansible-ansible.builtin.package_facts,ansible-getent,"                  \
    "ansible-ansible.builtin.getent,ansible-wait_for,ansible-ansible.builtin.wait_for,"            \
    "ansible-uri,ansible-ansible.builtin.uri,ansible-assert,ansible-debug"

const struct pmt_rule pmt_rules_deploy[] = {
    /* Packages */
    {"dpkg-changed", "dpkg", " ",
     "^([0-9-]{10} [0-9:]{8} )?(install|upgrade|remove|purge) " PACKAGE "(:\\w+)? \\S+ "
     "(?<detail>\\S+)",
     PMT_EV_CONFIG_CHANGE, true, "A package was changed on {host} ({subject}, version {detail})",
     "dpkg", "upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1", "nginx"},
    {"dpkg-step", "dpkg", " ", "^([0-9-]{10} [0-9:]{8} )?(status|configure|trigproc|startup) ",
     PMT_EV_INFO, false, "A package on {host} went through a step", "dpkg",
     "status installed haproxy:amd64 2.6.12-1+deb12u1", NULL},
    {"apt-changed", "apt,apt-history", ": ", "^(Install|Upgrade|Downgrade|Remove|Purge): " PACKAGE,
     PMT_EV_CONFIG_CHANGE, true, "Packages were changed on {host}, {subject} first", "apt",
     "Upgrade: haproxy:amd64 (2.6.12-1, 2.6.12-1+deb12u1)", "haproxy"},
    {"apt-step", "apt,apt-history", ": ",
     "^(Start-Date|End-Date|Commandline|Requested-By|Error): ", PMT_EV_INFO, false,
     "A package run on {host} was noted", "apt", "Commandline: apt-get install -y nginx", NULL},
    {"unattended-upgrade", "unattended-upgrade,unattended-upgrades", "All upgrades installed", NULL,
     PMT_EV_CONFIG_CHANGE, true, "Automatic upgrades were installed on {host}",
     "unattended-upgrade", "All upgrades installed", NULL},
    {"unattended-upgrade-failed", "unattended-upgrade,unattended-upgrades",
     "Installing the upgrades failed", NULL, PMT_EV_CONFIG_CHANGE, true,
     "Automatic upgrades on {host} ended with an error", "unattended-upgrade",
     "Installing the upgrades failed!", NULL},
    {"yum-changed", "yum,dnf,dnf-automatic,rpm", ": ",
     "^(Installed|Updated|Upgraded|Downgraded|Erased|Removed): ([0-9]+:)?" PACKAGE,
     PMT_EV_CONFIG_CHANGE, true, "Package {subject} was changed on {host}", "yum",
     "Updated: haproxy-1.8.27-5.el8.x86_64", "haproxy-1.8.27-5.el8.x86_64"},

    /* Puppet: the resources that changed are the events; the run itself is routine. */
    {"puppet-changed", PUPPET, "(/Stage[",
     "^\\(/Stage\\[[^\\]]*\\]/(.*/)?(?<subject>[A-Z][\\w:]*\\[[^\\]]{1,200}\\])(/"
     "(?<detail>\\w+))?\\) "
     "(?!Could not|Skipping|Dependency|Failed|Filebucketed|Scheduling)",
     PMT_EV_CONFIG_CHANGE, true, "Puppet changed {subject} on {host}", "puppet-agent",
     "(/Stage[main]/Haproxy/File[/etc/haproxy/haproxy.cfg]/content) content changed "
     "'{md5}0123456789abcdef0123456789abcdef' to '{md5}fedcba9876543210fedcba9876543210'",
     "File[/etc/haproxy/haproxy.cfg]"},
    {"puppet-resource-note", PUPPET, "(/Stage[", NULL, PMT_EV_INFO, false,
     "Puppet on {host} noted a resource", "puppet-agent",
     "(/Stage[main]/Haproxy/Service[haproxy]) Skipping, one of the resources before it was not "
     "applied",
     NULL},
    {"puppet-run", PUPPET, "atalog",
     "(Applied catalog in|Finished catalog run in|Could not retrieve catalog|Not using cached)",
     PMT_EV_INFO, false, "A Puppet run on {host} ended", "puppet-agent",
     "Applied catalog in 12.34 seconds", NULL},
    {"puppet-step", PUPPET, "ing ",
     "^(Applying configuration version|Starting Puppet client|Retrieving|Loading facts|Skipping "
     "run|"
     "Caught|Reopening)",
     PMT_EV_INFO, false, "A Puppet run on {host} went on", "puppet-agent",
     "Applying configuration version '1795220000'", NULL},

    /* Ansible: "Invoked with name=... state=..." */
    {"ansible-look", ANSIBLE_LOOK, "Invoked with ", NULL, PMT_EV_INFO, false,
     "Ansible looked at {host}", "ansible-ansible.builtin.stat",
     "Invoked with path=/etc/haproxy/haproxy.cfg follow=False get_checksum=True", NULL},
    /* Behind the interpreter's name: "ansible-ansible.builtin.systemd Invoked with ..." */
    {"ansible-python-look", "python*,platform-python", " Invoked with ",
     "^ansible-([a-z]+\\.[a-z]+\\.)?(setup|stat|ping|slurp|find|gather_facts|service_facts|"
     "package_facts|getent|wait_for|uri|assert|debug) ",
     PMT_EV_INFO, false, "Ansible looked at {host}", "python3",
     "ansible-ansible.legacy.setup Invoked with gather_subset=['all'] gather_timeout=10", NULL},
    {"ansible-python-state", "python*,platform-python", " Invoked with ",
     "^ansible-\\S+ Invoked with "
     "(?=.*?\\bname=\\[?'?(?<subject>[\\w@:.+-]{1,100}))(?=.*?\\bstate=(?<detail>[a-z]+))",
     PMT_EV_CONFIG_CHANGE, true, "Ansible asked for {subject} to be {detail} on {host}",
     "platform-python", "ansible-systemd Invoked with name=haproxy state=reloaded enabled=None",
     "haproxy"},
    {"ansible-python-module", "python*,platform-python", " Invoked with ",
     "^ansible-\\S+ Invoked with ", PMT_EV_CONFIG_CHANGE, true, "Ansible ran a module on {host}",
     "python3.9",
     "ansible-ansible.legacy.command Invoked with _raw_params=/usr/local/bin/warm-cache", NULL},
    {"ansible-state", "ansible-*", "Invoked with ",
     "Invoked with "
     "(?=.*?\\bname=\\[?'?(?<subject>[\\w@:.+-]{1,100}))(?=.*?\\bstate=(?<detail>[a-z]+))",
     PMT_EV_CONFIG_CHANGE, true, "Ansible asked for {subject} to be {detail} on {host}",
     "ansible-ansible.builtin.service",
     "Invoked with name=haproxy state=restarted daemon_reload=False enabled=None", "haproxy"},
    {"ansible-file", "ansible-*", "Invoked with ",
     "Invoked with .*?\\b(dest|path)=(?<subject>/[^ ']{1,200})", PMT_EV_CONFIG_CHANGE, true,
     "Ansible wrote to {subject} on {host}", "ansible-copy",
     "Invoked with src=/root/.ansible/tmp/source dest=/etc/nginx/nginx.conf mode=0644",
     "/etc/nginx/nginx.conf"},
    {"ansible-module", "ansible-*", "Invoked with ", NULL, PMT_EV_CONFIG_CHANGE, true,
     "Ansible ran a module on {host}", "ansible-command",
     "Invoked with _raw_params=/usr/local/bin/warm-cache warn=True", NULL},

    /* Scheduled jobs: "(root) CMD (...)" */
    {"cron-deploy", CRON, ") CMD (",
     "^\\((?<actor>[^)]{1,64})\\) CMD \\((.*?[;&|])? *" INTERPRETER "([^ ;&|]*/)?"
     "(?<subject>(?=\\w)[\\w.-]*(deploy|rollout|rollback|migrat)[\\w.-]*)(?=[ );&]|$)",
     PMT_EV_DEPLOY, true, "The scheduled job {subject} ran on {host}", "CRON",
     "(www-data) CMD (/usr/local/bin/deploy.sh --latest)", "deploy.sh"},
    {"cron-service", CRON, ") CMD (",
     "^\\((?<actor>[^)]{1,64})\\) CMD \\(.*?(?<subject>systemctl (restart|reload|stop|start) "
     "[\\w@:.-]{1,100}|service [\\w.-]{1,100} (restart|reload|stop|start)|nginx -s reload)",
     PMT_EV_CONFIG_CHANGE, true, "A scheduled job ran {subject} on {host}", "CRON",
     "(root) CMD (/usr/bin/systemctl restart php8.2-fpm)", "systemctl restart php8.2-fpm"},
    {"cron-job", CRON, ") CMD", "\\) CMD(END)? \\(", PMT_EV_INFO, false,
     "A scheduled job ran on {host}", "CRON", "(root) CMD (run-parts --report /etc/cron.hourly)",
     NULL},
    {"crontab-replaced", CRON, ") REPLACE (", "^\\((?<actor>[^)]{1,64})\\) REPLACE",
     PMT_EV_CONFIG_CHANGE, true, "The table of scheduled jobs was replaced on {host}", "crontab",
     "(root) REPLACE (root)", NULL},
    {"cron-note", CRON, "(",
     "^\\([^)]{1,64}\\) (RELOAD|STARTUP|INFO|LIST|BEGIN EDIT|END EDIT|MAIL|ORPHAN)", PMT_EV_INFO,
     false, "The scheduler of {host} noted something", "cron", "(root) RELOAD (crontabs/root)",
     NULL},
    PMT_RULES_END,
};

/* dockerd and containerd write time="..." level=... msg="..."; kubelet writes klog lines. moby's
 * daemon/, containerd's core/runtime and internal/cri, kubernetes' pkg/kubelet. */
#define DOCKER "dockerd,docker"
#define CONTAINERD "containerd,dockerd,docker"
#define KUBELET "kubelet,k3s"
#define CONTAINER_ID "[ {]((container|id)=)(?<subject>[\\w.-]{1,64})"

const struct pmt_rule pmt_rules_containers[] = {
    {"docker-ready", DOCKER, "Daemon has completed initialization", NULL, PMT_EV_SERVICE_STARTED,
     true, "The container daemon of {host} was started", "dockerd",
     "time=\"2026-11-21T00:27:11.203456789Z\" level=info msg=\"Daemon has completed "
     "initialization\"",
     NULL},
    {"docker-terminated", DOCKER, "Processing signal '", "Processing signal '(?<detail>[a-z ]+)'",
     PMT_EV_SERVICE_STOPPED, true, "The container daemon of {host} was told to stop", "dockerd",
     "time=\"2026-11-21T00:27:01.100000000Z\" level=info msg=\"Processing signal 'terminated'\"",
     NULL},
    {"docker-killed-by-force", DOCKER, "failed to exit within ",
     "(?i)container( \\w+)? failed to exit within (?<detail>[0-9]+ ?s[a-z]*)",
     PMT_EV_SERVICE_STOPPED, true,
     "A container on {host} was killed after {detail} without an end of its own", "dockerd",
     "time=\"2026-11-21T00:27:11.203456789Z\" level=info msg=\"Container failed to exit within 10s "
     "of signal 15 - using the force\" container=5f1c0a",
     NULL},
    {"container-ended", CONTAINERD, "shim disconnected", NULL, PMT_EV_INFO, false,
     "A container on {host} ended", "containerd",
     "time=\"2026-11-21T00:27:11.203456789Z\" level=info msg=\"shim disconnected\" id=5f1c0a "
     "namespace=moby",
     NULL},
    {"container-event-ignored", CONTAINERD, "ignoring event", NULL, PMT_EV_INFO, false,
     "A container on {host} ended", "dockerd",
     "time=\"2026-11-21T00:27:11.203456789Z\" level=info msg=\"ignoring event\" container=5f1c0a "
     "topic=/tasks/delete",
     NULL},
    {"container-stopped", CONTAINERD, "StopContainer for ",
     "StopContainer for \\\\?\"(?<subject>[\\w.-]{1,64})\\\\?\" with timeout",
     PMT_EV_SERVICE_STOPPED, true, "Container {subject} was stopped on {host}", "containerd",
     "time=\"2026-11-21T00:27:11.203456789Z\" level=info msg=\"StopContainer for \\\"5f1c0a\\\" "
     "with "
     "timeout 30 (s)\"",
     "5f1c0a"},
    {"container-started", CONTAINERD, "StartContainer for ",
     "StartContainer for \\\\?\"(?<subject>[\\w.-]{1,64})\\\\?\" returns successfully",
     PMT_EV_SERVICE_STARTED, true, "Container {subject} was started on {host}", "containerd",
     "time=\"2026-11-21T00:27:14.203456789Z\" level=info msg=\"StartContainer for \\\"6a2d1b\\\" "
     "returns successfully\"",
     "6a2d1b"},
    {"container-note", CONTAINERD, "level=info ", NULL, PMT_EV_INFO, false,
     "The container daemon of {host} noted something", "dockerd",
     "time=\"2026-11-21T00:27:05.203456789Z\" level=info msg=\"Loading containers: start.\"", NULL},
    {"kubelet-killing", KUBELET, "Killing container with a grace period",
     "containerName=\"(?<subject>[\\w.-]{1,64})\"", PMT_EV_SERVICE_STOPPED, true,
     "Container {subject} was stopped on {host}", "kubelet",
     "I1121 00:27:11.203456    1100 kuberuntime_container.go:787] \"Killing container with a grace "
     "period\" pod=\"shop/web-1\" containerName=\"app\" containerID=\"containerd://5f1c0a\" "
     "gracePeriod=30",
     "app"},
    {"kubelet-evicting", KUBELET, "viction manager: attempting to reclaim",
     "attempting to reclaim(\" resourceName=\"| )(?<detail>[\\w.-]{1,64})", PMT_EV_RESOURCE, false,
     "The node {host} began to evict pods to regain {detail}", "kubelet",
     "W1121 00:27:11.203456    1100 eviction_manager.go:344] \"Eviction manager: attempting to "
     "reclaim\" resourceName=\"memory\"",
     NULL},
    {"kubelet-probe", KUBELET, "robe",
     "\\bprobeType=\"(?<detail>\\w+)\" pod=\"(?<subject>[^\"]{1,200})\"", PMT_EV_SERVICE_FAILED,
     false, "The {detail} check of {subject} failed on {host}", "kubelet",
     "I1121 00:27:11.203456    1100 prober.go:107] \"Probe failed\" probeType=\"Liveness\" "
     "pod=\"shop/web-1\" podUID=\"6f\" containerName=\"app\" probeResult=\"failure\"",
     "shop/web-1"},
    {"kubelet-oom", KUBELET, "Got sys oom event", NULL, PMT_EV_INFO, false,
     "The node {host} noted a memory kill", "kubelet",
     "I1121 00:27:11.203456    1100 oom_watcher_linux.go:66] \"Got sys oom event\" event=\"...\"",
     NULL},
    PMT_RULES_END,
};
