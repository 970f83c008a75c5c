/* Why something is not read, in words that say what to do. */
#include "inputs_parts.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

const char *pmt_inputs_directory_of(struct pmt_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return pmt_arena_copy(arena, pmt_slice(path, slash == path ? 1 : (size_t)(slash - path))).p;
}

static const char *group_name(struct pmt_arena *arena, gid_t gid)
{
    char buf[16384];
    struct group g, *found = NULL;
    if (getgrgid_r(gid, &g, buf, sizeof buf, &found) != 0 || !found)
        return NULL;
    return pmt_arena_copy(arena, pmt_str(found->gr_name)).p;
}

/* What stands in the way of path: itself, or else the nearest directory above that can be seen. */
static bool obstacle(struct pmt_arena *arena, const char *path, struct stat *ret, bool *above)
{
    *above = false;
    while (stat(path, ret) != 0) {
        const char *up = pmt_inputs_directory_of(arena, path);
        if (strcmp(up, path) == 0)
            return false;
        path = up;
        *above = true;
    }
    return true;
}

static const char *denied(struct pmt_arena *arena, const char *path)
{
    struct stat st;
    bool above;
    const char *group = NULL;
    if (geteuid() == 0)
        return "cannot be read: Permission denied";
    if (obstacle(arena, path, &st, &above) && st.st_gid != 0) {
        mode_t need = above ? S_IXGRP : S_ISDIR(st.st_mode) ? S_IRGRP | S_IXGRP : S_IRGRP;
        if ((st.st_mode & need) == need)
            group = group_name(arena, st.st_gid);
    }
    if (!group)
        return "cannot be read: Permission denied (run with sudo)";
    return pmt_arena_printf(arena,
                            "cannot be read: Permission denied (run with sudo, or join group %s)",
                            group);
}

const char *pmt_inputs_cannot_read(struct pmt_arena *arena, const char *path, int errnum)
{
    if (errnum == EACCES || errnum == EPERM)
        return denied(arena, path);
    return pmt_arena_printf(arena, "cannot be read: %s", strerror(errnum));
}

/* The official nginx image links its logs to these. Told by the words of the link: what it leads
 * to is this process's own output. */
const char *pmt_inputs_why_link(struct pmt_arena *arena, const char *target)
{
    static const char *const streams[] = {
        "/dev/stdout",      "/dev/stderr",      "/dev/fd/1",      "/dev/fd/2",
        "/proc/self/fd/1",  "/proc/self/fd/2",  "/proc/1/fd/1",   "/proc/1/fd/2",
    };
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        if (strcmp(target, streams[i]) == 0)
            return pmt_arena_printf(arena,
                                    "is a link to %s: the container's log driver has the lines",
                                    target);
    return NULL;
}

const char *pmt_inputs_why_dead_link(struct pmt_arena *arena, const char *target)
{
    return pmt_arena_printf(arena, "is a link to %s, which does not exist", target);
}

const char *pmt_inputs_why_special(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "is a named pipe: read only when named itself";
    if (S_ISSOCK(mode))
        return "is a socket";
    return "is a device: read only when named itself";
}
