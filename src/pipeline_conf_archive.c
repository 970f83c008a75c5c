#include "pipeline_parts.h"

#include "pmt/archive.h"

#include <stdlib.h>

/* Configuration in archives: what may be some is taken out of each before the scan, as the formats
 * of the logs in it must be known by then. */

enum {
    TEXT_MAX = 32 * 1024 * 1024, /* of all that is taken */
    TAKEN_MAX = 5000,
};
#define PACKED_MAX (UINT64_C(256) * 1024 * 1024) /* so much of an archive is looked through */

struct taken {
    struct pmt_conf_blob *v;
    struct pmt_conf_member *of; /* where each of v is */
    size_t n, cap, capof;
    size_t bytes;
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool may_be_conf(const char *name)
{
    struct pmt_slice s = pmt_str(name);
    return pmt_slice_ends(s, ".conf") || pmt_slice_ends(s, ".cfg") ||
           pmt_slice_is(pmt_str(name_of(name)), "envvars") ||
           pmt_slice_find(s, "sites-enabled/") || pmt_slice_find(s, "sites-available/") ||
           pmt_slice_find(s, "conf.d/") || pmt_slice_find(s, "vhosts");
}

/* The whole text of a file, or nothing when it is too long or none. */
static struct pmt_slice text_of(struct pmt_archive *a, struct pmt_arena *arena)
{
    struct pmt_source *s;
    struct pmt_buf b = {0};
    struct pmt_slice text = PMT_NO_SLICE;
    char block[16384];
    long n = 0;
    int err = pmt_archive_text(a, &s);
    while (!err && b.n <= PMT_CONF_BYTES_MAX && (n = pmt_source_bytes(s, block, sizeof block)) > 0)
        pmt_buf_put(&b, block, (size_t)n);
    if (!err && !n && b.n && !memchr(b.data, '\0', b.n))
        text = pmt_arena_copy(arena, pmt_buf_view(&b));
    pmt_source_close(s);
    pmt_buf_fini(&b);
    return text;
}

static void take(struct pmt_run *r, struct taken *t, const struct pmt_input *archive,
                 struct pmt_archive *a, const struct pmt_member *m)
{
    if (t->n == TAKEN_MAX || t->bytes > TEXT_MAX || m->size > PMT_CONF_BYTES_MAX)
        return;
    struct pmt_slice text = text_of(a, &r->arena);
    if (!text.p)
        return;
    PMT_GROW(t->v, t->n, t->cap);
    PMT_GROW(t->of, t->n, t->capof);
    t->v[t->n] = (struct pmt_conf_blob){
        pmt_arena_printf(&r->arena, "%s/%s", archive->family, m->name), text};
    t->of[t->n++] = (struct pmt_conf_member){archive->dev, archive->ino, m->number, NULL};
    t->bytes += text.n;
}

/* Goes through an archive: texts that may be configuration, and the names of the others. */
static void look_through(struct pmt_run *r, struct taken *t, const struct pmt_input *archive,
                         struct pmt_source *src)
{
    struct pmt_archive *a = pmt_archive_open(src);
    struct pmt_member m;
    while (!(r->interrupted && *r->interrupted) && pmt_source_info(src)->bytes_in < PACKED_MAX &&
           pmt_archive_next(a, &m)) {
        if (m.why)
            continue;
        if (may_be_conf(m.name))
            take(r, t, archive, a, &m);
        PMT_GROW(r->members, r->nmembers, r->capmembers);
        r->members[r->nmembers++] = pmt_input_member(archive, m.name, &r->arena);
    }
    pmt_archive_close(a);
}

static void read_mains(struct pmt_run *r, const struct taken *t, const struct pmt_input *archive)
{
    const struct pmt_conf_tree tree = {t->v, t->n};
    size_t skip = strlen(archive->family) + 1;
    for (size_t i = 0; i < t->n; i++) {
        enum pmt_dialect dialect;
        const char *why;
        if (!pmt_conf_is_main(pmt_str(name_of(t->v[i].path)), &dialect))
            continue;
        const char *shown =
            pmt_arena_printf(&r->arena, "%s:%s", archive->shown, t->v[i].path + skip);
        PMT_GROW(r->confs, r->nconfs, r->capconfs);
        struct pmt_conf *c = &r->confs[r->nconfs++];
        (void)pmt_conf_read_tree(c, dialect, &tree, t->v[i].path, shown, &r->arena, &why);
        for (size_t k = 0; k < c->nfiles; k++)
            for (size_t j = 0; j < t->n; j++)
                if (strcmp(c->files[k].path, t->v[j].path) == 0)
                    t->of[j].conf = c->files[k].path;
    }
}

void pmt_find_confs_in(struct pmt_run *r, const struct pmt_input *archive)
{
    struct taken t = {0};
    struct pmt_source *src;
    if (!archive->regular || strcmp(archive->path, "-") == 0) /* it can be read only once */
        return;
    int err = pmt_source_open(archive->path, 0, UINT64_MAX, &src);
    if (err == PMT_EFORMAT)
        pmt_source_close(src);
    if (err)
        return;
    if (pmt_archive_is(pmt_source_head(src)))
        look_through(r, &t, archive, src);
    pmt_source_close(src);
    read_mains(r, &t, archive);
    for (size_t i = 0; i < t.n; i++) {
        if (!t.of[i].conf)
            continue;
        PMT_GROW(r->conf_members, r->nconf_members, r->capconf_members);
        r->conf_members[r->nconf_members++] = t.of[i];
    }
    free(t.v);
    free(t.of);
}

/* All that a configuration says of a log must name the same server. */
static const char *site_of(const struct pmt_run *r, const char *family)
{
    enum { MOST = 8 };
    const struct pmt_conf_entry *e[MOST];
    const struct pmt_conf *from[MOST];
    size_t n = pmt_conf_entries_for(r->confs, r->nconfs, PMT_DIALECT_NGINX, family, e, from, MOST);
    for (size_t i = 0; i < n; i++)
        if (!e[i]->site || strcmp(e[i]->site, e[0]->site) != 0)
            return NULL;
    return n && n < MOST ? e[0]->site : NULL;
}

void pmt_name_conf_members(struct pmt_run *r)
{
    for (size_t i = 0; i < r->inputs.n; i++) {
        struct pmt_scanned *s = &r->sources[i];
        const struct pmt_input *in = s->input;
        s->site = site_of(r, in->family);
        for (size_t k = 0; s->skipped && in->archive && k < r->nconf_members; k++)
            if (r->conf_members[k].dev == in->archive->dev &&
                r->conf_members[k].ino == in->archive->ino &&
                r->conf_members[k].number == in->member) {
                s->skipped = pmt_why_conf(r, in->shown);
                s->problem = false;
            }
    }
}
