#define _XOPEN_SOURCE 700 /* realpath */
#include "inputs_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    const char *path;
    const char *below; /* "" for the argument itself */
    bool link;         /* it or a directory above it was reached through a symbolic link */
};

/* No recursion: how deep a tree goes is not ours to decide. */
struct walk {
    struct pmt_founds *all;
    const char *arg;
    const char *root;
    struct place *todo; /* directories to be read, a stack */
    size_t n, cap;
    struct place *links; /* directories behind links come after all others */
    size_t nlinks, caplinks;
    struct seen {
        dev_t dev;
        ino_t ino;
        bool used;
    } *seen; /* directories read, an open hash table */
    size_t nseen, capseen;
};

/* ---- strings ----------------------------------------------------------------------------- */

static const char *keep(struct pmt_arena *arena, const char *s)
{
    return pmt_arena_copy(arena, pmt_str(s)).p;
}

static const char *join(struct pmt_arena *arena, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    if (n == 0)
        return keep(arena, name);
    return pmt_arena_printf(arena, "%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

static const char *real_path(struct pmt_arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    const char *ret = keep(arena, real ? real : path);
    free(real);
    return ret;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *link_target(struct pmt_arena *arena, const char *path)
{
    char buf[4096];
    ssize_t n = readlink(path, buf, sizeof buf);
    return n > 0 ? pmt_arena_copy(arena, pmt_slice(buf, (size_t)n)).p : NULL;
}

/* ---- what was found ---------------------------------------------------------------------- */

static struct pmt_found *add(struct pmt_founds *all, const char *arg, const char *path)
{
    PMT_GROW(all->items, all->n, all->cap);
    struct pmt_found *f = &all->items[all->n++];
    *f = (struct pmt_found){.in = {.arg = arg, .path = path}, .root = "", .below = path};
    return f;
}

static void note_argument(struct pmt_founds *all, const char *arg, const char *why)
{
    struct pmt_found *f = add(all, arg, arg);
    f->why = why;
    f->problem = true;
    f->typed = true;
}

static void fill(struct pmt_found *f, const struct stat *st)
{
    f->in.regular = S_ISREG(st->st_mode);
    if (f->in.regular) {
        f->in.size = (uint64_t)st->st_size;
        f->in.mtime = st->st_mtime;
    }
    f->in.dev = st->st_dev;
    f->in.ino = st->st_ino;
}

/* True when this directory was not met before in this walk. */
static bool first_visit(struct walk *w, dev_t dev, ino_t ino)
{
    if (w->nseen * 2 >= w->capseen) {
        struct seen *old = w->seen;
        size_t n = w->capseen;
        w->capseen = n ? n * 2 : 64;
        w->seen = pmt_alloc(w->capseen * sizeof *w->seen);
        w->nseen = 0;
        for (size_t i = 0; i < n; i++)
            if (old[i].used)
                first_visit(w, old[i].dev, old[i].ino);
        free(old);
    }
    const uint64_t key[2] = {(uint64_t)dev, (uint64_t)ino};
    size_t i = pmt_hash(key, sizeof key, 0) % w->capseen;
    while (w->seen[i].used) {
        if (w->seen[i].dev == dev && w->seen[i].ino == ino)
            return false;
        i = (i + 1) % w->capseen;
    }
    w->seen[i] = (struct seen){dev, ino, true};
    w->nseen++;
    return true;
}

/* ---- the walk ---------------------------------------------------------------------------- */

static void note_below(struct walk *w, const struct place *at, const char *why, bool problem)
{
    if (!at->below[0]) {
        note_argument(w->all, w->arg, why);
        return;
    }
    struct pmt_found *f = add(w->all, w->arg, at->path);
    f->root = w->root;
    f->below = at->below;
    f->why = why;
    f->problem = problem;
}

static void meet_file(struct walk *w, const struct place *at, const char *name,
                      const char *real_dir, const struct stat *st)
{
    const char *why = NULL;
    if (!S_ISREG(st->st_mode))
        why = pmt_inputs_why_special(st->st_mode);
    else if (pmt_slice_ends(pmt_str(name), ".swp"))
        why = "is an editor's swap file";
    if (why) {
        note_below(w, at, why, false);
        return;
    }
    if (faccessat(AT_FDCWD, at->path, R_OK, AT_EACCESS) != 0) {
        note_below(w, at, pmt_inputs_cannot_read(w->all->arena, at->path, errno), true);
        return;
    }
    struct pmt_found *f = add(w->all, w->arg, at->path);
    f->root = w->root;
    f->below = at->below;
    f->real_dir = real_dir;
    f->link = at->link;
    f->in.walked = true;
    fill(f, st);
}

/* Follows the link at a place. False, with a note, when there is nothing to be read behind it. */
static bool follow(struct walk *w, const struct place *at, struct stat *ret)
{
    struct pmt_arena *arena = w->all->arena;
    const char *target = link_target(arena, at->path);
    const char *why = target ? pmt_inputs_why_link(arena, target) : NULL;
    if (why) {
        note_below(w, at, why, false);
        return false;
    }
    if (stat(at->path, ret) == 0)
        return true;
    if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
        note_below(w, at, pmt_inputs_why_dead_link(arena, target ? target : "?"), false);
    else
        note_below(w, at, pmt_inputs_cannot_read(arena, at->path, errno), true);
    return false;
}

static void meet_entry(struct walk *w, const struct place *dir, const char *real_dir,
                       const char *name)
{
    struct pmt_arena *arena = w->all->arena;
    struct place at = {join(arena, dir->path, name), join(arena, dir->below, name), dir->link};
    struct stat st;
    if (lstat(at.path, &st) != 0) {
        /* Rotated away since the directory was read: nothing to tell. */
        if (errno != ENOENT)
            note_below(w, &at, pmt_inputs_cannot_read(arena, at.path, errno), true);
        return;
    }
    bool link = S_ISLNK(st.st_mode);
    at.link = at.link || link;
    if (link && !follow(w, &at, &st))
        return;
    if (!S_ISDIR(st.st_mode)) {
        meet_file(w, &at, name, real_dir, &st);
    } else if (link) {
        PMT_GROW(w->links, w->nlinks, w->caplinks);
        w->links[w->nlinks++] = at;
    } else {
        PMT_GROW(w->todo, w->n, w->cap);
        w->todo[w->n++] = at;
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_dir(struct walk *w, const struct place *dir)
{
    struct pmt_arena *arena = w->all->arena;
    const char **names = NULL;
    size_t n = 0, cap = 0;
    struct stat st;
    DIR *d = opendir(dir->path);
    if (!d || fstat(dirfd(d), &st) != 0) {
        note_below(w, dir, pmt_inputs_cannot_read(arena, dir->path, errno), true);
        if (d)
            closedir(d);
        return;
    }
    if (!first_visit(w, st.st_dev, st.st_ino)) {
        note_below(w, dir, "is a link to a directory that is read already", false);
        closedir(d);
        return;
    }
    errno = 0;
    for (struct dirent *e; (e = readdir(d)); errno = 0) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        PMT_GROW(names, n, cap);
        names[n++] = keep(arena, e->d_name);
    }
    if (errno)
        note_below(w, dir, pmt_inputs_cannot_read(arena, dir->path, errno), true);
    closedir(d);
    if (n)
        qsort(names, n, sizeof *names, by_bytes);
    const char *real_dir = real_path(arena, dir->path);
    size_t first = w->n;
    for (size_t i = 0; i < n; i++)
        meet_entry(w, dir, real_dir, names[i]);
    /* The stack gives back the last first. */
    for (size_t a = first, b = w->n; a + 1 < b; a++) {
        struct place t = w->todo[a];
        w->todo[a] = w->todo[--b];
        w->todo[b] = t;
    }
    free(names);
}

static void walk_directory(struct pmt_founds *all, const char *arg)
{
    struct walk w = {.all = all, .arg = arg, .root = real_path(all->arena, arg)};
    PMT_GROW(w.todo, w.n, w.cap);
    w.todo[w.n++] = (struct place){arg, "", false};
    size_t next_link = 0;
    for (;;) {
        if (w.n) {
            const struct place dir = w.todo[--w.n];
            read_dir(&w, &dir);
        } else if (next_link < w.nlinks) {
            const struct place dir = w.links[next_link++];
            read_dir(&w, &dir);
        } else {
            break;
        }
    }
    free(w.todo);
    free(w.links);
    free(w.seen);
}

/* ---- arguments --------------------------------------------------------------------------- */

static void take_standard_input(struct pmt_founds *all, const char *arg)
{
    struct stat st;
    if (fstat(0, &st) != 0) {
        note_argument(all, arg, pmt_inputs_cannot_read(all->arena, arg, errno));
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        note_argument(all, arg, "standard input is a directory: name it instead");
        return;
    }
    struct pmt_found *f = add(all, arg, arg);
    f->below = "stdin";
    fill(f, &st);
    /* What a pipe carries is being written now: journalctl leaves out the year. */
    if (S_ISFIFO(st.st_mode))
        f->in.mtime = st.st_mtime;
}

static void take_file(struct pmt_founds *all, const char *arg, const struct stat *st)
{
    struct pmt_arena *arena = all->arena;
    const char *why = NULL;
    if (S_ISSOCK(st->st_mode))
        why = pmt_inputs_why_special(st->st_mode);
    if (!why && faccessat(AT_FDCWD, arg, R_OK, AT_EACCESS) != 0)
        why = pmt_inputs_cannot_read(arena, arg, errno);
    if (why) {
        note_argument(all, arg, why);
        return;
    }
    struct stat self;
    struct pmt_found *f = add(all, arg, arg);
    f->root = f->real_dir = real_path(arena, pmt_inputs_directory_of(arena, arg));
    f->below = name_of(arg);
    f->link = lstat(arg, &self) == 0 && S_ISLNK(self.st_mode);
    fill(f, st);
}

void pmt_inputs_walk(struct pmt_founds *all, const char *given)
{
    struct pmt_arena *arena = all->arena;
    const char *arg = keep(arena, given);
    struct stat st;
    if (strcmp(arg, "-") == 0) {
        take_standard_input(all, arg);
        return;
    }
    const char *target = link_target(arena, arg);
    const char *why = target ? pmt_inputs_why_link(arena, target) : NULL;
    if (why) {
        note_argument(all, arg, why);
        return;
    }
    if (stat(arg, &st) != 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        all->missing += missing;
        note_argument(all, arg,
                      !missing  ? pmt_inputs_cannot_read(arena, arg, errno)
                      : target ? pmt_inputs_why_dead_link(arena, target)
                               : "does not exist");
        return;
    }
    if (S_ISDIR(st.st_mode))
        walk_directory(all, arg);
    else
        take_file(all, arg, &st);
}
