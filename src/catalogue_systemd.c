#include "catalogue.h"

/* What systemd (pid 1) says about units. Wording: systemd's src/core (job.c, unit.c, service.c,
 * manager.c, cgroup.c) and src/oom. Two ways of naming a unit are in use: up to version 248 only
 * the description ("Started A web server."), from 249 on unit and description ("Started
 * nginx.service - A web server."). The subject is the unit where it is written.
 *
 * A line about to do something ("Starting ...") is INFO: the line about its end is the event.
 * Sessions, timers and the machine's own housekeeping come and go all day and are INFO too. */
#define UNIT                                                                                       \
    "[\\w@:.\\\\-]{1,200}\\.(service|socket|mount|swap|scope|slice|timer|path|device|target)"
#define SUBJECT "(?|(?<subject>[\\w@:.\\\\-]{1,200}\\.service)( - .*)?\\.*|(?<subject>.+?)\\.*)$"
#define NOT_A_SERVICE                                                                              \
    "[\\w@:.\\\\-]{1,200}\\.(socket|mount|automount|swap|scope|slice|timer|path|device|target)\\b"
#define HOUSEKEEPING_UNIT                                                                          \
    "(systemd-|user@|user-runtime-dir@|getty@|serial-getty@|modprobe@|apt-|dpkg-|snapd?[.-]|"      \
    "logrotate|man-db|anacron|e2scrub|fstrim|motd-|phpsessionclean|sysstat|certbot|fwupd|"         \
    "packagekit|ua-|esm-|update-|ldconfig|dbus|polkit|udisks2|run-|session-)[\\w@:.\\\\-]*\\b"
#define HOUSEKEEPING_TEXT                                                                          \
    "(Session \\S+ of |User (Manager|Runtime|Slice|Login)|Daily |Weekly |Hourly |Rotate log|"      \
    "Clean|Run anacron|Getty |Serial Getty|Discard unused|Online ext4|Update |Message of the Day|" \
    "Journal Service|Flush Journal|Create |Load |Apply |Remount |Set |Dispatch |Forward |"         \
    "udev |Rule-based Manager|Network Time|Login Service|D-Bus|Authorization Manager|"             \
    "Firmware update|PackageKit|Disk Manager|Trigger |.* (Watch|Slice|Socket|Timer|Target)\\.*$)"
#define NOISE "(" NOT_A_SERVICE "|" HOUSEKEEPING_UNIT "|" HOUSEKEEPING_TEXT ")"

const struct pmt_rule pmt_rules_systemd[] = {
    /* A person's own manager: another pid, see pmt_rules_match(). */
    {"user-manager", "systemd-user", ".",
     "^(Start|Stop|Reach|Listen|Clos|Finish|Queued|Creat|Remov|Reload|Activat|Exit|" UNIT ": )",
     PMT_EV_INFO, false, "The unit manager of a login on {host} logged a step", "systemd-user",
     "Reached target default.target - Main User Target.", NULL},

    {"unit-step-begun", "systemd", "ing ", "^(Start|Stopp|Mount|Unmount|Activat|Deactivat)ing ",
     PMT_EV_INFO, false, "A unit on {host} began to change its state", "systemd",
     "Starting nginx.service - A high performance web server and a reverse proxy server...", NULL},
    {"unit-reload-begun", "systemd", "Reloading ",
     "^Reloading (?!requested from client|finished in)", PMT_EV_INFO, false,
     "A reload of a unit on {host} began", "systemd",
     "Reloading haproxy.service - HAProxy Load Balancer...", NULL},
    {"unit-oneshot-finished", "systemd", "Finished ", "^Finished ", PMT_EV_INFO, false,
     "A task on {host} finished", "systemd",
     "Finished apt-daily.service - Daily apt download activities.", NULL},
    {"unit-target", "systemd", "ed target ", "^(Reached|Stopped) target ", PMT_EV_INFO, false,
     "A target on {host} changed its state", "systemd",
     "Reached target network-online.target - Network is Online.", NULL},

    {"housekeeping-started", "systemd", "Started ", "^Started " NOISE, PMT_EV_INFO, false,
     "Housekeeping on {host} started", "systemd",
     "Started session-3.scope - Session 3 of User alice.", NULL},
    {"unit-started", "systemd", "Started ", "^Started " SUBJECT, PMT_EV_SERVICE_STARTED, true,
     "{subject} was started on {host}", "systemd",
     "Started nginx.service - A high performance web server and a reverse proxy server.",
     "nginx.service"},
    {"housekeeping-stopped", "systemd", "Stopped ", "^Stopped " NOISE, PMT_EV_INFO, false,
     "Housekeeping on {host} stopped", "systemd",
     "Stopped user@1000.service - User Manager for UID 1000.", NULL},
    {"unit-stopped", "systemd", "Stopped ", "^Stopped " SUBJECT, PMT_EV_SERVICE_STOPPED, true,
     "{subject} was stopped on {host}", "systemd", "Stopped HAProxy Load Balancer.",
     "HAProxy Load Balancer"},
    {"unit-reloaded", "systemd", "Reloaded ", "^Reloaded " SUBJECT, PMT_EV_CONFIG_CHANGE, true,
     "{subject} was reloaded on {host}", "systemd",
     "Reloaded haproxy.service - HAProxy Load Balancer.", "haproxy.service"},
    {"unit-reload-failed", "systemd", "Reload failed for ", "^Reload failed for " SUBJECT,
     PMT_EV_SERVICE_FAILED, false, "{subject} was not reloaded on {host}: its reload failed",
     "systemd", "Reload failed for haproxy.service - HAProxy Load Balancer.", "haproxy.service"},

    {"unit-failed-to-start", "systemd", "to start ", "^Failed to start " SUBJECT,
     PMT_EV_SERVICE_FAILED, false, "{subject} did not start on {host}", "systemd",
     "Failed to start nginx.service - A high performance web server and a reverse proxy server.",
     "nginx.service"},
    {"unit-start-timed-out", "systemd", "Timed out ",
     "^Timed out (starting|stopping|waiting for( device)?) " SUBJECT, PMT_EV_SERVICE_FAILED, false,
     "{subject} was not ready in time on {host}", "systemd",
     "Timed out starting MariaDB database server.", "MariaDB database server"},
    {"unit-dependency-failed", "systemd", "Dependency failed for ",
     "^Dependency failed for " SUBJECT, PMT_EV_SERVICE_FAILED, false,
     "{subject} did not start on {host}: a unit it depends on was not up", "systemd",
     "Dependency failed for gunicorn.service - BooktifuL application.", "gunicorn.service"},
    {"unit-job-timed-out", "systemd", " timed out.",
     "^Job (?<subject>" UNIT ")/(?<detail>[a-z-]+) timed out", PMT_EV_SERVICE_FAILED, false,
     "The {detail} job of {subject} timed out on {host}", "systemd",
     "Job mnt-data.mount/start timed out.", "mnt-data.mount"},
    {"unit-job-result", "systemd", "Job ", "^Job \\S+ failed with result '", PMT_EV_INFO, false,
     "A job of the unit manager on {host} was given up", "systemd",
     "Job gunicorn.service/start failed with result 'dependency'.", NULL},

    {"unit-failed", "systemd", "Failed with result '",
     "^(?<subject>" UNIT "): Failed with result '(?<detail>[\\w-]+)'", PMT_EV_SERVICE_FAILED, false,
     "{subject} failed on {host} with result {detail}", "systemd",
     "gunicorn.service: Failed with result 'oom-kill'.", "gunicorn.service"},
    {"unit-failed-219", "systemd", " entered failed state",
     "^Unit (?<subject>" UNIT ") entered failed", PMT_EV_SERVICE_FAILED, false,
     "{subject} failed on {host}", "systemd", "Unit haproxy.service entered failed state.",
     "haproxy.service"},
    /* 219, behind the line above. */
    {"unit-failed-bare", "systemd", ".service failed.", NULL, PMT_EV_INFO, false,
     "A unit on {host} entered its failed state", "systemd", "haproxy.service failed.", NULL},
    /* 229 to 235 say both; the other line has the result. */
    {"unit-failed-state", "systemd", ": Unit entered failed state", NULL, PMT_EV_INFO, false,
     "A unit on {host} entered its failed state", "systemd",
     "haproxy.service: Unit entered failed state.", NULL},
    /* Signals by which a program ends itself: ILL, ABRT, BUS, FPE, SEGV, SYS. */
    {"unit-main-process-signal", "systemd", "ain process exited, code=",
     "^(?<subject>" UNIT "): [Mm]ain process exited, code=(killed|dumped), "
     "status=(?<detail>(4|6|7|8|11|31)/[A-Z]+)",
     PMT_EV_CRASH, false, "The main process of {subject} on {host} ended with signal {detail}",
     "systemd", "nginx.service: Main process exited, code=dumped, status=11/SEGV", "nginx.service"},
    /* Every other end is told again, with its result, by the lines above. */
    {"unit-main-process-exited", "systemd", "ain process exited, code=",
     "^(?<subject>" UNIT "): [Mm]ain process exited, code=\\w+, status=(?<detail>[\\w/]+)",
     PMT_EV_INFO, false, "The main process of {subject} on {host} ended with status {detail}",
     "systemd", "gunicorn.service: Main process exited, code=killed, status=9/KILL",
     "gunicorn.service"},
    {"unit-control-process-exited", "systemd", "ontrol process exited, code=",
     "^(?<subject>" UNIT "):? [Cc]ontrol process exited, code=\\w+,? status=(?<detail>[\\w/]+)",
     PMT_EV_INFO, false, "A control process of {subject} on {host} ended with status {detail}",
     "systemd", "nginx.service: Control process exited, code=exited, status=1/FAILURE",
     "nginx.service"},
    {"unit-restart-scheduled", "systemd", "Scheduled restart job",
     "^(?<subject>" UNIT "): Scheduled restart job, restart counter is at (?<detail>[0-9]+)",
     PMT_EV_SERVICE_RESTARTING, false,
     "A restart of {subject} on {host} was scheduled (restart counter {detail})", "systemd",
     "gunicorn.service: Scheduled restart job, restart counter is at 3.", "gunicorn.service"},
    {"unit-restart-wait-over", "systemd", " expired, scheduling restart", NULL, PMT_EV_INFO, false,
     "The wait before the restart of a unit on {host} was over", "systemd",
     "gunicorn.service: Service RestartSec=100ms expired, scheduling restart.", NULL},
    {"unit-restart-scheduled-old", "systemd", "time over, scheduling restart",
     "^(?<subject>" UNIT "):? (Service hold-off|holdoff) time over, scheduling restart",
     PMT_EV_SERVICE_RESTARTING, false, "A restart of {subject} on {host} was scheduled", "systemd",
     "gunicorn.service: Service hold-off time over, scheduling restart.", "gunicorn.service"},
    {"unit-start-limit", "systemd", "tart request repeated too quickly",
     "(?|^(?<subject>" UNIT "):? [Ss]tart request repeated too quickly|"
     "^start request repeated too quickly for (?<subject>" UNIT "))",
     PMT_EV_SERVICE_FAILED, false,
     "{subject} on {host} reached its limit of restarts and was not started again", "systemd",
     "gunicorn.service: Start request repeated too quickly.", "gunicorn.service"},
    {"unit-timed-out", "systemd", " timed out.",
     "^(?<subject>" UNIT "):? (State ')?(?<detail>[\\w-]+)('| operation)? timed out\\.",
     PMT_EV_SERVICE_FAILED, false, "{subject} on {host} timed out in state {detail}", "systemd",
     "haproxy.service: State 'stop-sigterm' timed out. Killing.", "haproxy.service"},
    {"unit-watchdog", "systemd", "atchdog timeout",
     "^(?<subject>" UNIT "):? [Ww]atchdog timeout \\((limit )?(?<detail>[^)]{1,32})\\)",
     PMT_EV_SERVICE_FAILED, false, "The watchdog of {subject} on {host} ran out after {detail}",
     "systemd", "app.service: Watchdog timeout (limit 30s)!", "app.service"},
    {"unit-oom", "systemd", "has been killed by the OOM killer",
     "^(?<subject>" UNIT "): A process of this unit has been killed", PMT_EV_OOM, false,
     "A process of {subject} on {host} was killed for lack of memory", "systemd",
     "gunicorn.service: A process of this unit has been killed by the OOM killer.",
     "gunicorn.service"},
    /* systemd-oomd's own line, below, is the event. */
    {"unit-oomd", "systemd", ": systemd-oomd killed ", NULL, PMT_EV_INFO, false,
     "The unit manager on {host} logged a kill by the memory watcher", "systemd",
     "app.service: systemd-oomd killed 4 process(es) in this unit.", NULL},
    {"oomd-killed", "systemd-oomd", "Killed /",
     "^Killed (?<subject>/\\S+) .*(?<detail>memory pressure|memory used)", PMT_EV_OOM, false,
     "The memory watcher on {host} killed the processes of {subject} over its limit of {detail}",
     "systemd-oomd",
     "Killed /system.slice/app.service due to memory used (8131231231) / total (8254390272) and "
     "swap used (4123123123) / total (4294967296) being more than 90.00%",
     "/system.slice/app.service"},

    {"unit-deactivated", "systemd", ": Deactivated successfully", NULL, PMT_EV_INFO, false,
     "A unit on {host} ended", "systemd", "logrotate.service: Deactivated successfully.", NULL},
    {"unit-succeeded", "systemd", ": Succeeded.", NULL, PMT_EV_INFO, false,
     "A unit on {host} ended", "systemd", "logrotate.service: Succeeded.", NULL},
    {"unit-consumed", "systemd", ": Consumed ", NULL, PMT_EV_INFO, false,
     "The unit manager on {host} logged what a unit used", "systemd",
     "nginx.service: Consumed 1min 3.210s CPU time.", NULL},
    {"unit-killing", "systemd", ": Killing process ", NULL, PMT_EV_INFO, false,
     "The unit manager on {host} ended a process of a unit", "systemd",
     "haproxy.service: Killing process 4242 (haproxy) with signal SIGKILL.", NULL},
    {"unit-on-failure", "systemd", ": Triggering OnFailure= dependencies", NULL, PMT_EV_INFO, false,
     "The unit manager on {host} started what is set for a failed unit", "systemd",
     "gunicorn.service: Triggering OnFailure= dependencies.", NULL},

    {"manager-reload", "systemd", "Reloading",
     "^Reloading(\\.|$| requested from client| finished in)", PMT_EV_INFO, false,
     "The unit files on {host} were read again", "systemd", "Reloading.", NULL},
    {"manager-reexec", "systemd", "Reexecut", "^Reexecut(ing\\.|ion requested)",
     PMT_EV_CONFIG_CHANGE, true, "The unit manager on {host} was restarted in place", "systemd",
     "Reexecuting.", NULL},
    {"manager-boot-finished", "systemd", "Startup finished in ", "= (?<detail>[^=]+?)\\.$",
     PMT_EV_INFO, false, "The boot of {host} finished after {detail}", "systemd",
     "Startup finished in 3.512s (kernel) + 12.208s (userspace) = 15.720s.", NULL},
    {"manager-time-changed", "systemd", "Time has been changed", NULL, PMT_EV_CLOCK_STEP, false,
     "The clock of {host} was changed", "systemd", "Time has been changed", NULL},
    {"manager-listening", "systemd", "Listening on ", "^Listening on ", PMT_EV_INFO, false,
     "A socket on {host} was opened", "systemd", "Listening on D-Bus System Message Bus Socket.",
     NULL},
    {"manager-closed", "systemd", "Closed ", "^Closed ", PMT_EV_INFO, false,
     "A socket on {host} was closed", "systemd", "Closed D-Bus System Message Bus Socket.", NULL},
    {"manager-mount", "systemd", "ounted ", "^(Mounted|Unmounted) ", PMT_EV_INFO, false,
     "A file system on {host} was mounted or unmounted", "systemd",
     "Mounted dev-mqueue.mount - POSIX Message Queue File System.", NULL},
    {"manager-slice", "systemd", "slice", "^(Created|Removed) slice ", PMT_EV_INFO, false,
     "A slice of units on {host} was created or removed", "systemd",
     "Created slice user-1000.slice - User Slice of UID 1000.", NULL},
    {"manager-condition", "systemd", "ondition check", NULL, PMT_EV_INFO, false,
     "A unit on {host} was skipped by its conditions", "systemd",
     "Condition check resulted in Platform Persistent Storage Archival being skipped.", NULL},
    PMT_RULES_END,
};
