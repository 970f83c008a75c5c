#include "report_parts.h"

/* How services are named that no line names: by the server_name of the configuration that writes
 * their log, else by the log, as short as that tells which it is.
 *
 *   shop.example-access.log                       shop.example
 *   bundle.tar.gz:web-1/var/log/nginx/access.log  web-1/access.log
 *   containers/ID/ID-json.log (Docker)            the first 12 digits of the ID, as Docker shows it
 *   pods/NAMESPACE_POD_UID/CONTAINER/0.log,
 *   containers/POD_NAMESPACE_CONTAINER-ID.log     POD (Kubernetes)
 */

enum { ID_DIGITS = 64, ID_SHOWN = 12 };

/* ---- parts of a path ----------------------------------------------------------------------- */

/* Where the name that ends at `end` begins; what is in front of it ends one before that. */
static size_t part_at(struct pmt_slice path, size_t end)
{
    while (end && path.p[end - 1] != '/' && path.p[end - 1] != ':')
        end--;
    return end;
}

static bool is_id(struct pmt_slice s)
{
    size_t n = 0;
    while (n < s.n && memchr("0123456789abcdef", s.p[n], 16))
        n++;
    return n == ID_DIGITS && n == s.n;
}

/* Folders that tell nothing of whose log is in them. */
static bool is_usual(struct pmt_slice part)
{
    static const char *const usual[] = {
        "", ".", "..", "var", "log", "logs", "nginx", "apache", "apache2", "httpd", "haproxy",
        "caddy", "traefik", "containers", "pods", "docker", "lib", "usr", "local", "opt", "srv",
        "mnt", "home", "root", "tmp", "private", "data", "files", "current", NULL};
    for (size_t i = 0; usual[i]; i++)
        if (pmt_slice_is(part, usual[i]))
            return true;
    return false;
}

/* ---- containers ---------------------------------------------------------------------------- */

static struct pmt_slice container(struct pmt_slice base)
{
    static const char docker[] = "-json.log", cluster[] = ".log";
    struct pmt_slice s = pmt_slice_head(base, ID_DIGITS);
    if (is_id(s) && base.n == s.n + strlen(docker) && pmt_slice_ends(base, docker))
        return pmt_slice_head(s, ID_SHOWN);
    size_t tail = ID_DIGITS + strlen(cluster);
    const char *end = base.n ? memchr(base.p, '_', base.n) : NULL;
    if (end && end > base.p && base.n > tail + 1 && pmt_slice_ends(base, cluster) &&
        base.p[base.n - tail - 1] == '-' && is_id(pmt_slice(base.p + base.n - tail, ID_DIGITS)))
        return pmt_slice(base.p, (size_t)(end - base.p));
    return PMT_NO_SLICE;
}

static struct pmt_slice pod(struct pmt_slice path, size_t base)
{
    size_t n = base;
    while (n < path.n && path.p[n] >= '0' && path.p[n] <= '9')
        n++;
    if (n == base || !pmt_slice_is(pmt_slice(path.p + n, path.n - n), ".log") || !base)
        return PMT_NO_SLICE;
    size_t of = part_at(path, base - 1);
    if (!of)
        return PMT_NO_SLICE;
    size_t at = part_at(path, of - 1);
    struct pmt_slice s = pmt_slice(path.p + at, of - 1 - at);
    const char *first = s.n ? memchr(s.p, '_', s.n) : NULL;
    size_t last = s.n;
    while (last && s.p[last - 1] != '_')
        last--;
    if (!first || s.p + last < first + 3)
        return PMT_NO_SLICE;
    return pmt_slice(first + 1, (size_t)(s.p + last - 1 - (first + 1)));
}

/* ---- names --------------------------------------------------------------------------------- */

/* "access.log", "error.log", "ssl_access.log" say nothing of whose log it is. */
static struct pmt_slice stem(struct pmt_slice name)
{
    static const char *const ends[] = {".log", "_log", "-log", "access", "ssl", "-", "_", "."};
    struct pmt_slice s = name;
    if (!pmt_slice_ends(s, ".log") && !pmt_slice_ends(s, "_log") && !pmt_slice_ends(s, "-log"))
        return name;
    for (size_t i = 0; i < PMT_COUNT(ends); i++)
        if (pmt_slice_ends(s, ends[i]) && (i < 3 || s.n < name.n)) {
            s.n -= strlen(ends[i]);
            i = s.n ? SIZE_MAX : PMT_COUNT(ends) - 1; /* from the first again */
        }
    bool alone = !s.n || s.p[s.n - 1] == '/' || s.p[s.n - 1] == ':'; /* in a folder, an archive */
    return alone ? name : s;
}

/* Without what rotation and compression put behind a name: "access.log.2.gz". */
static struct pmt_slice unrotated(struct pmt_slice path)
{
    static const char *const packed[] = {".gz", ".bz2", ".xz", ".lzma", ".zst"};
    size_t n;
    for (size_t i = 0; i < PMT_COUNT(packed); i++)
        if (pmt_slice_ends(path, packed[i])) {
            path.n -= strlen(packed[i]);
            break;
        }
    for (n = path.n; n && path.p[n - 1] >= '0' && path.p[n - 1] <= '9';)
        n--;
    return n && n < path.n && path.p[n - 1] == '.' && n - 1 ? pmt_slice(path.p, n - 1) : path;
}

struct pmt_slice pmt_report_log_name(struct pmt_report *r, struct pmt_slice path, bool *is_host)
{
    path = unrotated(path);
    size_t at = part_at(path, path.n);
    struct pmt_slice base = pmt_slice(path.p + at, path.n - at), name = container(base);
    name = name.n ? name : pod(path, at);
    *is_host = name.n != 0;
    if (name.n)
        return name;
    name = stem(base);
    if (!at || (name.n < base.n && !pmt_slice_is(name, "error")))
        return base;
    size_t end = at - 1, of = part_at(path, end);
    char between = path.p[end];
    while (of && is_usual(pmt_slice(path.p + of, end - of))) {
        end = of - 1;
        of = part_at(path, end);
        between = '/';
    }
    if (is_usual(pmt_slice(path.p + of, end - of)))
        return base;
    struct pmt_buf b = {0};
    pmt_buf_put(&b, path.p + of, end - of);
    pmt_buf_put(&b, &between, 1);
    pmt_buf_slice(&b, base);
    name = pmt_arena_copy(r->arena, pmt_buf_view(&b));
    pmt_buf_fini(&b);
    return name;
}

/* The log that a service is named by; NULL: lines name it. */
static const struct pmt_scanned *log_of(const struct pmt_report_input *in, struct pmt_slice name)
{
    for (size_t i = 0; i < in->nsources; i++)
        if (pmt_slice_is(name, in->sources[i].input->shown) ||
            pmt_slice_is(name, in->sources[i].input->family))
            return &in->sources[i];
    return NULL;
}

static void add(struct pmt_report *r, struct pmt_slice name)
{
    for (size_t i = 0; i < r->nnames; i++)
        if (pmt_slice_eq(r->names[i].name, name))
            return;
    r->names[r->nnames++] = (struct pmt_named){name, PMT_NO_SLICE};
}

/* Which logs would be called as something else is: another log, or a service that lines name. */
static void find_shared(const struct pmt_report *r, const struct pmt_scanned **logs, bool *ret)
{
    for (size_t i = 0; i < r->nnames; i++) {
        ret[i] = false;
        for (size_t k = 0; k < r->nnames && logs[i] && !ret[i]; k++)
            ret[i] = k != i && pmt_slice_eq(r->names[i].shown, r->names[k].shown);
    }
}

/* By the server that it is the log of, unless two are of one; else by its own name, in short where
 * that tells it from the others. */
void pmt_report_name_services(struct pmt_report *r, const struct pmt_report_input *in)
{
    const struct pmt_counted *c = in->counted;
    size_t most = c->n + c->ntroubles + 1;
    const struct pmt_scanned **logs = pmt_arena_alloc(r->arena, most * sizeof *logs);
    bool *shared = pmt_arena_alloc(r->arena, most * sizeof *shared), is_host;
    r->names = pmt_arena_alloc(r->arena, most * sizeof *r->names);
    for (size_t i = 0; i < c->n; i++)
        add(r, c->services[i].name);
    for (size_t i = 0; i < c->ntroubles; i++)
        add(r, c->troubles[i].name);
    for (size_t i = 0; i < r->nnames; i++) {
        logs[i] = log_of(in, r->names[i].name);
        r->names[i].shown = logs[i] && logs[i]->site ? pmt_str(logs[i]->site) : r->names[i].name;
    }
    find_shared(r, logs, shared);
    for (size_t i = 0; i < r->nnames; i++)
        if (logs[i] && (shared[i] || !logs[i]->site))
            r->names[i].shown = stem(pmt_report_log_name(r, r->names[i].name, &is_host));
    find_shared(r, logs, shared);
    for (size_t i = 0; i < r->nnames; i++)
        if (shared[i])
            r->names[i].shown = r->names[i].name;
}

struct pmt_slice pmt_report_service(const struct pmt_report *r, struct pmt_slice name)
{
    for (size_t i = 0; i < r->nnames; i++)
        if (pmt_slice_eq(r->names[i].name, name))
            return r->names[i].shown;
    return name;
}
