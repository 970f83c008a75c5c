#include "catalogue.h"

/* What was run through sudo.
 *
 *   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl restart haproxy
 *
 * sudo's lib/eventlog/eventlog.c; a reason stands before TTY= when the command was refused, and
 * newer versions put a path with blanks in single quotes.
 *
 * Arguments can hold secrets: the subject is the program's name, and for programs with verbs the
 * verb and the unit it is about, with no option but a few that take no value. The account goes to
 * actor, which is never printed. What may have changed something comes first; what is left at the
 * end was a look. */
#define WRAPPER                                                                                    \
    "((env( \\w+=[^ ]*)*|nohup|time|timeout [0-9.]+[smh]?|nice( -n ?-?[0-9]+)?|stdbuf -\\w+) "     \
    "(/[^ ]*/)?)?"
#define RAN "^ *(?<actor>[^ ]+) : .*?; COMMAND='?(/[^ ]*/)?" WRAPPER
#define END "(?=[ ']|$)"
/* No address with a password in it: what holds "//" is not taken. */
#define NAME " [A-Za-z0-9_@]([\\w@:.+-]|/(?!/)){0,100}+" END
#define FLAG "( (--now|--no-block|--no-pager|--quiet|--force|-q|-f))*"
#define YES "( (-y|-q|-qq|-yq|-yqq|-qy|-f|--yes|--assume-yes|--quiet))*"
#define SERVICE_VERB                                                                               \
    "(start|stop|restart|reload|force-reload|try-restart|condrestart|graceful|update|reread)"

#define SENTENCE "An operator ran {subject} on {host}"
#define FROM_ALICE "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND="
#define CHANGE(id, pattern, sample, subject)                                                       \
    {                                                                                              \
        id, "sudo", "; COMMAND=", RAN "(?<subject>" pattern ")", PMT_EV_OPERATOR, true, SENTENCE,  \
            "sudo", FROM_ALICE sample, subject                                                     \
    }

const struct pmt_rule pmt_rules_sudo[] = {
    {"sudo-refused", "sudo", "; COMMAND=", "^ *(?<actor>[^ ]+) : (?![A-Z]+=)", PMT_EV_INFO, false,
     "A command was refused by sudo on {host}", "sudo",
     "alice : command not allowed ; TTY=pts/0 ; PWD=/home/alice ; USER=root ; "
     "COMMAND=/bin/systemctl stop haproxy",
     NULL},
    /* Ansible's own steps; its modules are logged by themselves. */
    {"sudo-ansible", "sudo", "BECOME-SUCCESS-", "; COMMAND=[^ ]*sh -c echo BECOME-SUCCESS-",
     PMT_EV_INFO, false, "Ansible ran a step on {host}", "sudo",
     FROM_ALICE "/bin/sh -c echo BECOME-SUCCESS-kqzxvbnmlkjhgfds ; /usr/bin/python3", NULL},

    /* Services */
    CHANGE(
        "sudo-systemctl",
        "systemctl" FLAG
        " ((re)?start|stop|try-restart|(try-)?reload(-or-(try-)?restart)?|enable|reenable|disable|"
        "mask|unmask|kill|isolate|edit|revert|link|preset|reset-failed|set-[a-z]+|daemon-re[a-z]+|"
        "reboot|poweroff|halt|kexec|rescue|emergency|default)" END FLAG "(" NAME "){0,4}",
        "/usr/bin/systemctl restart haproxy", "systemctl restart haproxy"),
    CHANGE("sudo-service", "(service|rc-service|invoke-rc\\.d|sv)" NAME " " SERVICE_VERB END,
           "/usr/sbin/service nginx restart", "service nginx restart"),
    {"sudo-init-script", "sudo", "; COMMAND=/etc/",
     "^ *(?<actor>[^ ]+) : .*?; COMMAND=/etc/(rc\\.d/)?init\\.d/(?<subject>[\\w.-]+ " SERVICE_VERB
     ")",
     PMT_EV_OPERATOR, true, "An operator ran the init script {subject} on {host}", "sudo",
     FROM_ALICE "/etc/init.d/haproxy reload", "haproxy reload"},
    CHANGE("sudo-supervisor", "(supervisorctl|initctl|monit|pm2) " SERVICE_VERB "(" NAME ")?",
           "/usr/bin/supervisorctl restart gunicorn", "supervisorctl restart gunicorn"),
    CHANGE("sudo-nginx",
           "nginx -s (reload|reopen|stop|quit)|nginx(?='?$)|a2(en|dis)\\w+|"
           "(apachectl|apache2ctl|httpd)( -k)? (graceful|restart|start|stop)[\\w-]*",
           "/usr/sbin/nginx -s reload", "nginx -s reload"),
    CHANGE("sudo-haproxy", "haproxy" END "(?!.* -(c|v|vv)" END ")",
           "/usr/sbin/haproxy -f /etc/haproxy/haproxy.cfg -D -sf 1123", "haproxy"),
    CHANGE("sudo-haproxy-socket", "(socat|nc|ncat)(?= .*(haproxy|\\.sock))",
           "/usr/bin/socat stdio /run/haproxy/admin.sock", "socat"),
    CHANGE("sudo-database-control",
           "(pg_ctl|pg_ctlcluster|mysqladmin|redis-cli)(?= .*\\b(start|stop|restart|reload|promote|"
           "shutdown|failover|(?i)config set|flushall|flushdb))",
           "/usr/bin/pg_ctlcluster 15 main restart", "pg_ctlcluster"),

    /* Containers */
    CHANGE("sudo-container",
           "(docker|podman|nerdctl)( (compose|container|service|stack|swarm|node|image|volume|"
           "network|system))? (restart|stop|start|kill|rm|rmi|run|exec|pause|unpause|create|update|"
           "rename|pull|load|build|up|down|scale|deploy|rollback|prune|init|join|leave|connect|"
           "disconnect|import|cp)" END "(" NAME ")?|docker-compose (up|down|restart|stop|start|rm|"
           "run|kill|pull|build|exec)" END "(" NAME ")?",
           "/usr/bin/docker restart booktiful-app", "docker restart booktiful-app"),
    CHANGE(
        "sudo-cluster",
        "(kubectl|oc|k3s kubectl) (apply|delete|rollout( restart| undo| pause| resume)|scale|edit|"
        "patch|replace|create|set|drain|cordon|uncordon|taint|label|annotate|exec|autoscale|run|"
        "expose|cp)" END "(" NAME "){0,2}|"
        "helm (install|upgrade|rollback|uninstall)" END "(" NAME ")?|"
        "(crictl|ctr) (stop|stopp|rm|rmp|run|runp|rmi)" END,
        "/usr/local/bin/kubectl rollout restart deployment/web",
        "kubectl rollout restart deployment/web"),

    /* Packages */
    {"sudo-package-query", "sudo", "; COMMAND=",
     RAN
     "(?<subject>((apt|apt-get|aptitude|yum|dnf|zypper|apk|snap|pip3?)" YES
     " (list|show|search|policy|changelog|info|check-update|repolist|history|freeze|depends|"
     "provides|download|moo)|apt-cache|dpkg-query|dpkg (-[lLsS]|--list|--status|--get-selections)"
     "|rpm -q\\w*))" END,
     PMT_EV_OPERATOR, false, SENTENCE, "sudo", FROM_ALICE "/usr/bin/apt list --installed",
     "apt list"},
    CHANGE("sudo-package",
           "(apt|apt-get|aptitude|yum|dnf|zypper|apk|snap|pip3?|npm|gem)" END YES
           "( [a-z][a-z-]+" YES "(" NAME "){0,4})?|apt-mark" END "|apt-key" END "|"
           "dpkg (-[irPiU]|--install|--remove|--purge|--configure)" END "|dpkg-reconfigure(" NAME
           ")?|rpm -[iUFe]\\w*|unattended-upgrades?" END,
           "/usr/bin/apt-get install -y nginx", "apt-get install -y nginx"),

    /* Files */
    CHANGE(
        "sudo-edit",
        "(vi|vim(\\.\\w+)?|vimdiff|nvim|nano|pico|emacs|ed|joe|mcedit|micro|sudoedit|visudo|vipw|"
        "vigr|crontab(?! (.* )?-l))" END,
        "/usr/bin/vim /etc/haproxy/haproxy.cfg", "vim"),
    CHANGE("sudo-write",
           "(sed(?= .*(-[A-Za-z]*i|--in-place))|perl(?= -\\w*i)|tee|cp|mv|rm|rmdir|ln|install|dd|"
           "truncate|shred|chmod|chown|chgrp|setfacl|chattr|touch|mkdir|rsync|scp|unzip|patch|make|"
           "unlink|fallocate|mkfs[.\\w]*|mkswap|swapon|swapoff|fsck[.\\w]*|fstrim|parted|fdisk|"
           "(lv|vg|pv)(create|extend|remove|reduce|resize|change)|resize2fs|xfs_growfs|mdadm|"
           "logrotate|update-[\\w-]+|ldconfig|passwd|chpasswd|useradd|userdel|usermod|adduser|"
           "deluser|groupadd|certbot)" END,
           "/usr/bin/tee /etc/nginx/conf.d/upstream.conf", "tee"),
    CHANGE("sudo-clean",
           "journalctl( --(rotate|vacuum-(size|time|files)(?==| )))+|find(?= .*-delete" END ")",
           "/usr/bin/journalctl --vacuum-size=200M", "journalctl --vacuum-size"),
    CHANGE("sudo-git",
           "git (pull|checkout|switch|reset|merge|revert|clone|stash|apply|cherry-pick)" END "|"
           "git(?= -C [^ ]+ (pull|checkout|switch|reset|merge|revert|stash))",
           "/usr/bin/git pull origin main", "git pull"),

    /* Kernel, network, clock, processes */
    CHANGE("sudo-mount", "(mount(?= [^ ]+ |.* -\\w*[ao])|umount|losetup)" END,
           "/usr/bin/umount /mnt/backup", "umount"),
    CHANGE("sudo-firewall",
           "ip6?tables(-nft|-legacy)?(?= "
           ".*(-[ADIFPXNRZ]|--(append|delete|insert|flush|policy|replace))"
           "\\b)|ip6?tables-restore|nft(?= (-f|add|delete|insert|flush|replace))|ufw (--force )?"
           "(allow|deny|reject|limit|enable|disable|delete|insert|reload|reset)|"
           "firewall-cmd(?= .*--(add|remove|reload|set|permanent|complete-reload))|"
           "(ipset|ipvsadm|conntrack)(?= .*(-[ADFECXR]|add|del|flush|destroy)\\b)",
           "/usr/sbin/iptables -I INPUT -s 192.0.2.44 -j DROP", "iptables"),
    CHANGE("sudo-network",
           "ip( -[46])? [a-z]+ (add|append|del|delete|set|flush|replace|change)" END "|"
           "if(up|down)" END "|ifconfig(?= .* (up|down|mtu|[0-9.]+))|route (add|del)|"
           "(ethtool(?= -[A-Z])|tc(?= .*\\b(add|del|change|replace))|nmcli(?= "
           ".*\\b(up|down|modify|add|"
           "delete|reload))|netplan (apply|try))",
           "/usr/sbin/ip link set eth1 down", "ip link set"),
    CHANGE("sudo-kernel",
           "(sysctl(?= .*(-w|-p|--system|--load|[\\w.]+=))|modprobe|rmmod|insmod|kexec|"
           "(timedatectl|hostnamectl|localectl) set-[a-z-]+|date(?= .*(-s|--set))|ntpdate|"
           "hwclock(?= .*-)|chronyc (makestep|burst|online|offline))" END,
           "/usr/sbin/sysctl -w net.core.somaxconn=4096", "sysctl"),
    CHANGE("sudo-kill",
           "kill( -(SIG)?[A-Z]{2,6}[12]?| -[0-9]{1,2})?" END "|"
           "(pkill|killall)( -(SIG)?[A-Z]{2,6}[12]?| -[0-9]{1,2})?" END "(" NAME "$)?",
           "/usr/bin/kill -9 2211", "kill -9"),
    CHANGE("sudo-power", "(reboot|shutdown|poweroff|halt|(init|telinit) [0-6])" END,
           "/usr/sbin/shutdown -r now", "shutdown"),

    /* Automation started by hand */
    CHANGE("sudo-automation",
           "(puppet (agent|apply)|ansible[\\w-]*|chef-client|chef-solo|salt|salt-call|terraform "
           "(apply|destroy)|cap|fab|nomad (run|stop|job))" END,
           "/opt/puppetlabs/bin/puppet agent -t", "puppet agent"),
    CHANGE("sudo-deploy-script",
           "(?=\\w)[\\w.-]*(deploy|rollout|rollback|release|migrat|provision|restart|failover)"
           "[\\w.-]*(?<!lsb_release)" END,
           "/usr/local/bin/deploy-shop.sh --tag v1.4.2", "deploy-shop.sh"),

    /* The rest: nothing known to change anything. What ran in a shell is not logged. */
    {"sudo-shell", "sudo", "; COMMAND=",
     RAN "(?<subject>(ba|da|z|k|c|tc|fi)?sh|su|screen|tmux|machinectl shell)" END, PMT_EV_OPERATOR,
     false, "An operator opened the shell {subject} on {host}, what ran in it is not logged",
     "sudo", FROM_ALICE "/bin/bash", "bash"},
    {"sudo-look", "sudo", "; COMMAND=", RAN "(?<subject>(?!-)[^ '=]{1,64}+(?!=))", PMT_EV_OPERATOR,
     false, SENTENCE, "sudo", FROM_ALICE "/usr/bin/tail -n 200 /var/log/nginx/error.log", "tail"},
    /* doas (OpenBSD, Alpine): "alice ran command <argv> as root from <directory>" */
    {"doas-service", "doas", " ran command ",
     "^(?<actor>[^ ]+) ran command (/[^ ]*/)?(?<subject>((service|rc-service|sv)" NAME
     " |systemctl )" SERVICE_VERB "( [\\w@:.-]{1,100})?) as ",
     PMT_EV_OPERATOR, true, SENTENCE, "doas",
     "alice ran command /sbin/rc-service nginx restart as root from /home/alice",
     "rc-service nginx restart"},
    {"doas-command", "doas", " ran command ",
     "^(?<actor>[^ ]+) ran command (/[^ ]*/)?(?<subject>[^ '=/]{1,64}+) ", PMT_EV_OPERATOR, false,
     SENTENCE, "doas", "alice ran command tail -n 200 /var/log/messages as root from /home/alice",
     "tail"},
    PMT_RULES_END,
};
