#include "calibrate_parts.h"

#include <stdlib.h>

/* Names by which files and folders may be called after a machine. */
struct names {
    struct pmt_slice *v;
    size_t n, cap;
};

struct known {
    struct names hosts;   /* that lines name */
    struct names servers; /* that a balancer gave requests to */
    struct names folders; /* numbered, with another of the same name but for the number */
};

static void add(struct names *list, struct pmt_slice name)
{
    if (!name.n || (list->n && pmt_slice_eq(list->v[list->n - 1], name)))
        return;
    PMT_GROW(list->v, list->n, list->cap);
    list->v[list->n++] = name;
}

static int by_name(const void *a, const void *b)
{
    return pmt_slice_cmp(*(const struct pmt_slice *)a, *(const struct pmt_slice *)b);
}

static void settle(struct names *list)
{
    size_t out = 0;
    if (list->n)
        qsort(list->v, list->n, sizeof *list->v, by_name);
    for (size_t i = 0; i < list->n; i++)
        if (!out || !pmt_slice_eq(list->v[out - 1], list->v[i]))
            list->v[out++] = list->v[i];
    list->n = out;
}

static bool is_no_host(struct pmt_slice name)
{
    static const char *const no_hosts[] = {"log", "logs", "nginx", "haproxy", "httpd", "apache2"};
    for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++)
        if (pmt_slice_is(name, no_hosts[i]))
            return true;
    return false;
}

/* "web-" of "web-01"; absent when it is no letter's word with a number behind it. */
static struct pmt_slice stem_of(struct pmt_slice name)
{
    size_t i = name.n;
    while (i > 0 && name.p[i - 1] >= '0' && name.p[i - 1] <= '9')
        i--;
    bool letter = i && ((name.p[0] >= 'a' && name.p[0] <= 'z') ||
                        (name.p[0] >= 'A' && name.p[0] <= 'Z'));
    return letter && i < name.n && name.n - i <= 4 ? pmt_slice(name.p, i) : PMT_NO_SLICE;
}

/* What people number that is no machine. */
static bool is_no_machine(struct pmt_slice stem)
{
    static const char *const words[] = {"backup", "bundle", "case", "copy", "day", "dump", "hour",
                                        "incident", "log", "logs", "old", "part", "run", "set",
                                        "test", "user", "v", "week"};
    while (stem.n && (stem.p[stem.n - 1] == '-' || stem.p[stem.n - 1] == '_'))
        stem.n--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (pmt_slice_is(stem, words[i]))
            return true;
    return false;
}

static void add_folders(struct names *list, const char *path)
{
    const char *p = path, *end = strrchr(path, '/');
    while (end && p < end) {
        p += *p == '/';
        const char *q = p;
        while (q < end && *q != '/')
            q++;
        struct pmt_slice name = pmt_slice(p, (size_t)(q - p)), stem = stem_of(name);
        if (stem.n && !is_no_machine(stem))
            add(list, name);
        p = q;
    }
}

/* One alone may be anything. */
static void drop_single(struct names *list)
{
    size_t out = 0;
    bool *keep = pmt_alloc(list->n + 1);
    for (size_t i = 1; i < list->n; i++)
        if (pmt_slice_eq(stem_of(list->v[i - 1]), stem_of(list->v[i])))
            keep[i - 1] = keep[i] = true;
    for (size_t i = 0; i < list->n; i++)
        if (keep[i])
            list->v[out++] = list->v[i];
    list->n = out;
    free(keep);
}

/* nginx names its upstreams by their addresses. */
static void add_server(struct names *list, const struct pmt_use *u)
{
    if (u->layer == PMT_LAYER_HAPROXY && !is_no_host(u->server))
        add(list, u->server);
}

static void collect(struct known *k, const struct pmt_scanned *sources, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sources[i].tally)
            add_folders(&k->folders, sources[i].input->path);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; sources[i].tally && c < sources[i].tally->nclocks; c++) {
            const struct pmt_clock *clock = &sources[i].tally->clocks[c];
            add(&k->hosts, clock->host);
            for (size_t s = 0; s < clock->n; s++)
                for (size_t u = 0; u < clock->segments[s].nuses; u++)
                    add_server(&k->servers, &clock->segments[s].uses[u]);
        }
    settle(&k->hosts);
    settle(&k->servers);
    settle(&k->folders);
    drop_single(&k->folders);
}

/* ---- names in paths ---------------------------------------------------------------------- */

/* "web-01" and "web-01.example.com" are one host's names; "10" is none of "10.0.0.1". */
static bool same_host(struct pmt_slice a, struct pmt_slice b)
{
    if (a.n > b.n) {
        struct pmt_slice t = a;
        a = b;
        b = t;
    }
    if (!a.n || memcmp(a.p, b.p, a.n) != 0)
        return false;
    return a.n == b.n || (b.p[a.n] == '.' && (a.p[a.n - 1] > '9' || a.p[0] > '9'));
}

/* The machine that a folder is named after: one that a line names, a server the balancer gave
 * requests to, or one of several that are numbered. */
static struct pmt_slice host_of_folder(const struct known *k, struct pmt_slice name)
{
    for (size_t i = 0; i < k->hosts.n; i++)
        if (same_host(name, k->hosts.v[i]))
            return k->hosts.v[i];
    for (size_t i = 0; i < k->servers.n; i++)
        if (pmt_slice_eq(name, k->servers.v[i]))
            return k->servers.v[i];
    for (size_t i = 0; i < k->folders.n; i++)
        if (pmt_slice_eq(name, k->folders.v[i]))
            return k->folders.v[i];
    return PMT_NO_SLICE;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Does a file's name hold this one as a whole word? */
static bool names_file(struct pmt_slice host, struct pmt_slice file)
{
    for (size_t at = 0; at + host.n <= file.n; at++)
        if (memcmp(file.p + at, host.p, host.n) == 0 && (!at || !is_alnum(file.p[at - 1])) &&
            (at + host.n == file.n || !is_alnum(file.p[at + host.n])))
            return true;
    return false;
}

/* "web-01" of "web-01.example.com". */
static struct pmt_slice short_name(struct pmt_slice host)
{
    const char *dot = memchr(host.p, '.', host.n);
    return dot && host.p[0] > '9' ? pmt_slice(host.p, (size_t)(dot - host.p)) : host;
}

/* "web-01-access.log" is web-01's. Machines are numbered; "shop.log" need not be host shop's. */
static struct pmt_slice host_of_file(const struct known *k, struct pmt_slice file)
{
    const struct names *const lists[] = {&k->hosts, &k->servers};
    struct pmt_slice best = PMT_NO_SLICE;
    for (size_t l = 0; l < 2 && !best.n; l++)
        for (size_t i = 0; i < lists[l]->n; i++) {
            struct pmt_slice host = lists[l]->v[i], name = short_name(host);
            bool numbered = false;
            for (size_t j = 0; j < name.n; j++)
                numbered |= name.p[j] >= '0' && name.p[j] <= '9';
            if (numbered && name.n > best.n && names_file(name, file))
                best = host;
        }
    return best;
}

/* The host that the file, or else the nearest folder above it, is named after. */
static struct pmt_slice host_of_path(const struct known *k, const char *path)
{
    const char *end = strrchr(path, '/');
    struct pmt_slice host = host_of_file(k, pmt_str(end ? end + 1 : path));
    while (!host.n && end && end > path) {
        const char *begin = end;
        while (begin > path && begin[-1] != '/')
            begin--;
        if (end > begin)
            host = host_of_folder(k, pmt_slice(begin, (size_t)(end - begin)));
        end = begin > path ? begin - 1 : NULL;
    }
    return host;
}

/* ---- the host of a folder's system log ----------------------------------------------------- */

static struct pmt_slice folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return pmt_slice(path, slash ? (size_t)(slash - path) : 0);
}

/* A machine's own log, by the name that distributions give it. */
static bool is_system_log(const char *family)
{
    static const char *const bases[] = {"syslog", "messages", "kern.log", "auth.log", "secure",
                                        "daemon.log", "user.log", "cron", "cron.log"};
    const char *slash = strrchr(family, '/');
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if (strcmp(slash ? slash + 1 : family, bases[i]) == 0)
            return true;
    return false;
}

static bool is_balancer(const struct pmt_tally *t)
{
    bool any = t->layers[PMT_LAYER_HAPROXY] > 0;
    for (size_t i = 0; i < t->nmarks && !any; i++)
        any = t->marks[i].lb != PMT_LB_NONE;
    return any;
}

/* In a folder with one machine's system log, the logs that name no host are that machine's too,
 * unless a balancer's log lies there: then the folder is a collection. */
static struct pmt_slice host_of_neighbours(const struct pmt_scanned *sources, size_t n,
                                           const char *path)
{
    struct pmt_slice host = PMT_NO_SLICE, folder = folder_of(path);
    bool system = false;
    for (size_t i = 0; i < n; i++) {
        if (!sources[i].tally || !pmt_slice_eq(folder, folder_of(sources[i].input->path)))
            continue;
        if (is_balancer(sources[i].tally))
            return PMT_NO_SLICE;
        for (size_t c = 0; c < sources[i].tally->nclocks; c++) {
            struct pmt_slice h = sources[i].tally->clocks[c].host;
            if (h.n && host.n && !pmt_slice_eq(h, host))
                return PMT_NO_SLICE;
            host = h.n ? h : host;
        }
        system |= is_system_log(sources[i].input->family);
    }
    return system ? host : PMT_NO_SLICE;
}

/* ---- the whole --------------------------------------------------------------------------- */

/* The one host that all lines name; *none when no line names any. */
static struct pmt_slice host_of_lines(const struct pmt_tally *t, bool *none)
{
    struct pmt_slice host = PMT_NO_SLICE;
    *none = true;
    for (size_t c = 0; t && c < t->nclocks; c++) {
        if (!t->clocks[c].host.n)
            continue;
        if (!*none && !pmt_slice_eq(host, t->clocks[c].host))
            return PMT_NO_SLICE;
        host = t->clocks[c].host;
        *none = false;
    }
    return host;
}

void pmt_calibrate_hosts(struct pmt_scanned *sources, size_t n)
{
    struct known k = {0};
    struct pmt_slice folder = PMT_NO_SLICE, neighbours = PMT_NO_SLICE; /* of the last folder */
    collect(&k, sources, n);
    for (size_t i = 0; i < n; i++) {
        const char *path = sources[i].input->path;
        bool none;
        sources[i].host = host_of_lines(sources[i].tally, &none);
        if (!sources[i].tally || !none)
            continue;
        sources[i].host = host_of_path(&k, path);
        if (sources[i].host.n)
            continue;
        if (!folder.p || !pmt_slice_eq(folder, folder_of(path))) {
            folder = folder_of(path);
            neighbours = host_of_neighbours(sources, n, path);
        }
        sources[i].host = neighbours;
    }
    free(k.hosts.v);
    free(k.servers.v);
    free(k.folders.v);
}
