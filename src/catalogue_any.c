#include "catalogue.h"

/* What any program may say: the C library's texts (strerror), and what clients of a database are
 * told. Kept few and distinctive, for they are tried on every line that nothing else claims.
 *
 * Programs also say what others sent them, and people write about errors. So such a text counts
 * only as the end of a clause, behind a colon or the number or name of the error, or at the very
 * start; and never where a web server or a database quotes a client's request in the line. */
#define ERROR(text)                                                                                \
    "(^|: |[(]\\d{1,3}: |= -1 E[A-Z]+ [(]|\\] |[Ee]rror )" text                                    \
    "(?=$|[).,;:\"'\\]](?!\\w| failed)| [(]|\\\\n)"                                               \
    "(?!.*(, client: \\S+, server: |\" failed [(]))"
const struct pmt_rule pmt_rules_any[] = {
    {"no-space", "*", "No space left on device",
     ERROR("No space left on device"), PMT_EV_STORAGE, false,
     "A program on {host} found no space left on a device", "postgres",
     "[12-1] 2026-11-21 00:27:11.203 UTC [977] PANIC:  could not write to file "
     "\"pg_wal/xlogtemp.977\": No space left on device",
     NULL},
    {"no-space-go", "*", "no space left on device", ERROR("no space left on device"),
     PMT_EV_STORAGE, false, "A program on {host} found no space left on a device", "dockerd",
     "write /var/lib/docker/tmp/x: no space left on device", NULL},
    {"disk-quota", "*", "Disk quota exceeded",
     ERROR("Disk quota exceeded"), PMT_EV_STORAGE, false,
     "A program on {host} reached its disk quota", "rsync",
     "rsync: write failed on \"/srv/backup/dump.sql\": Disk quota exceeded (122)", NULL},
    {"read-only-file-system", "*", "Read-only file system",
     ERROR("Read-only file system"), PMT_EV_STORAGE, false,
     "A program on {host} found a file system read-only", "mysqld",
     "open /var/lib/mysql/ib_logfile0: Read-only file system", NULL},
    {"too-many-open-files", "*", "Too many open files",
     ERROR("Too many open files"), PMT_EV_RESOURCE, false,
     "A program on {host} reached its limit of open files", "app",
     "accept tcp 0.0.0.0:8080: accept4: Too many open files", NULL},
    {"too-many-open-files-go", "*", "too many open files",
     ERROR("too many open files"), PMT_EV_RESOURCE, false,
     "A program on {host} reached its limit of open files", "app",
     "http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 5ms",
     NULL},
    {"cannot-allocate-memory", "*", "annot allocate memory",
     ERROR("[Cc]annot allocate memory"), PMT_EV_RESOURCE, false,
     "A program on {host} was given no memory", "app", "fork: Cannot allocate memory", NULL},
    {"java-out-of-memory", "*", "java.lang.OutOfMemoryError",
     "(^|[:\" ])java\\.lang\\.OutOfMemoryError($|: (Java heap|GC overhead|Metaspace|PermGen|"
     "Compressed class|[Uu]nable to create|Direct buffer|Cannot reserve|Requested array|"
     "Out of swap|Map failed))", PMT_EV_RESOURCE, false,
     "A Java program on {host} ran out of memory", "shop",
     "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space", NULL},
    {"node-out-of-memory", "*", "JavaScript heap out of memory",
     "^(<--.*|FATAL ERROR: .{1,100})JavaScript heap out of memory", PMT_EV_RESOURCE, false,
     "A Node.js program on {host} ran out of memory", "node",
     "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", NULL},
    {"postgres-too-many-clients", "*", "too many clients already",
     "^(?!.*(statement|STATEMENT): )(.*: +)?(sorry, )?too many clients already(?!\\.?\\w)",
     PMT_EV_RESOURCE, false,
     "A program on {host} found the limit of database connections reached", "app",
     "2026-11-21 00:27:11.203 UTC [4242] FATAL:  sorry, too many clients already", NULL},
    {"mysql-too-many-connections", "*", "Too many connections", NULL, PMT_EV_RESOURCE, false,
     "A program on {host} found the limit of database connections reached", "app",
     "ERROR 1040 (08004): Too many connections", NULL},
    {"redis-too-many-clients", "*", "max number of clients reached", NULL, PMT_EV_RESOURCE, false,
     "A program on {host} found the limit of Redis connections reached", "app",
     "redis.exceptions.ConnectionError: max number of clients reached", NULL},
    /* An ingress controller, internal/ingress/controller/controller.go; its klog lines name no
     * program. */
    {"ingress-no-endpoint", "*", "does not have any active Endpoint",
     "^Service \"(?<subject>[^\"]{1,200})\" does not have any active Endpoint", PMT_EV_NO_SERVER,
     false, "The ingress on {host} found no endpoint for service {subject}", "ingress",
     "Service \"default/shop\" does not have any active Endpoint.", "default/shop"},
    PMT_RULES_END,
};
