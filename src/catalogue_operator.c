#include "catalogue.h"

/* Who came and went. A login by SSH is told by sshd, PAM and logind: sshd's line is the event.
 * Accounts go to actor, which is never printed. Wording: openssh-portable (auth.c, packet.c),
 * util-linux (su-common.c), shadow, linux-pam (pam_unix_sess.c). */
#define SSHD "sshd,sshd-session"

const struct pmt_rule pmt_rules_sessions[] = {
    {"ssh-accepted", SSHD, "Accepted ",
     "^Accepted (?<detail>[a-z/-]{1,40}) for (?<actor>\\S+) from ", PMT_EV_SESSION, false,
     "A session on {host} was opened over SSH", "sshd-session",
     "Accepted publickey for alice from 192.0.2.7 port 51534 ssh2: ED25519 "
     "SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg",
     NULL},
    {"ssh-ended", SSHD, "onnect",
     "^(Received disconnect from|Disconnected from|Connection (closed|reset)|Disconnecting|"
     "Unable to negotiate|Did not receive|banner exchange)",
     PMT_EV_INFO, false, "A connection to the SSH server of {host} ended", "sshd-session",
     "Received disconnect from 192.0.2.7 port 51534:11: disconnected by user", NULL},
    {"ssh-rejected", SSHD, "ailed ", "^(Failed [a-z/-]+ for|maximum authentication)", PMT_EV_INFO,
     false, "A login over SSH was rejected on {host}", "sshd",
     "Failed password for invalid user oracle from 203.0.113.80 port 40022 ssh2", NULL},
    {"ssh-unknown-account", SSHD, "nvalid user ", NULL, PMT_EV_INFO, false,
     "A login over SSH was rejected on {host}", "sshd",
     "Invalid user oracle from 203.0.113.80 port 40022", NULL},
    {"ssh-server", SSHD, "Server listening on ", NULL, PMT_EV_INFO, false,
     "The SSH server of {host} was ready", "sshd", "Server listening on 0.0.0.0 port 22.", NULL},
    {"su-refused", "su,su-l", "FAILED SU", NULL, PMT_EV_INFO, false,
     "A change of account was refused on {host}", "su", "FAILED SU (to root) alice on pts/0", NULL},
    {"su-changed-account", "su,su-l", "to ", "^\\(to \\S+\\) (?<actor>\\S+) on ", PMT_EV_SESSION,
     false, "A session on {host} changed to another account", "su", "(to root) alice on pts/0",
     NULL},
    {"su-changed-account-old", "su,su-l", "Successful su for ",
     "^Successful su for \\S+ by (?<actor>\\S+)", PMT_EV_SESSION, false,
     "A session on {host} changed to another account", "su", "Successful su for root by alice",
     NULL},
    /* sudo, su, cron, sshd, login and each person's systemd */
    {"pam-session", "*", "pam_unix(", "^pam_unix\\((?<detail>[\\w-]{1,32}):", PMT_EV_INFO, false,
     "A session on {host} was opened or closed ({detail})", "sudo",
     "pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)", NULL},
    {"console-login", "login", "LOGIN ON ", "LOGIN ON \\S+ BY (?<actor>\\S+)", PMT_EV_SESSION,
     false, "A session on {host} was opened at the console", "login", "LOGIN ON tty1 BY alice",
     NULL},
    PMT_RULES_END,
};
