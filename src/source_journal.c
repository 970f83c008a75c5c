#define _XOPEN_SOURCE 700 /* pread */
/* A file of systemd's journal, read in place by libsystemd where the program was built with it:
 * that library is known here and nowhere else. An entry becomes one line as `journalctl -o json`
 * writes it, with the fields that are looked at; entry N of `journalctl --file FILE` is line N.
 * Entries that come while the file is read are left for another time. */
#include "source_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int refuse(struct pmt_source *s, const char *why)
{
    snprintf(s->info.damage, sizeof s->info.damage, "%s", why);
    s->info.incomplete = true;
    s->to = 0;
    pmt_intake_close(&s->intake);
    return PMT_EFORMAT;
}

#ifdef PMT_WITH_JOURNAL
#include <systemd/sd-journal.h>

struct pmt_journal {
    sd_journal *lib;
    uint64_t at, entries;
    struct pmt_buf values[PMT_EXPORT_NAMES]; /* of the entry */
};

bool pmt_source_reads_journals(void)
{
    return true;
}

/* Journal File Format, "Header": le64 n_entries at 152; at 16 the state, 1 is STATE_ONLINE. */
static bool read_header(struct pmt_journal *j, int fd, bool *online)
{
    enum { STATE = 16, ENTRIES = 152, HEADER = 160 };
    unsigned char p[HEADER];
    if (pread(fd, p, sizeof p, 0) != (ssize_t)sizeof p)
        return false;
    *online = p[STATE] == 1;
    for (int i = 8; i-- > 0;)
        j->entries = j->entries << 8 | p[ENTRIES + i];
    return true;
}

static void rewind_to_first(struct pmt_journal *j)
{
    sd_journal_seek_head(j->lib);
    j->at = 0;
}

int pmt_source_journal_open(struct pmt_source *s)
{
    if (!s->intake.regular)
        return refuse(s, s->intake.read ? "is a binary journal in an archive: unpack that first"
                                        : PMT_WHY_JOURNAL);
    struct pmt_journal *j = pmt_alloc(sizeof *j);
    if (!read_header(j, s->intake.fd, &s->info.unclosed) ||
        sd_journal_open_files_fd(&j->lib, &s->intake.fd, 1, 0) < 0) {
        free(j);
        return refuse(s, "is a journal that is damaged or of a kind that is not known here");
    }
    rewind_to_first(j);
    s->journal = j;
    return 0;
}

void pmt_source_journal_close(struct pmt_journal *j)
{
    if (!j)
        return;
    sd_journal_close(j->lib);
    for (size_t i = 0; i < PMT_EXPORT_NAMES; i++)
        pmt_buf_fini(&j->values[i]);
    free(j);
}

/* NAME=VALUE; of a field that stands there twice the first. */
static void take(struct pmt_journal *j, struct pmt_slice field)
{
    const char *equals = field.n ? memchr(field.p, '=', field.n) : NULL;
    if (!equals)
        return;
    size_t n = (size_t)(equals - field.p), i = pmt_export_name(pmt_slice(field.p, n));
    if (i < PMT_EXPORT_NAMES && !j->values[i].n)
        pmt_buf_put(&j->values[i], equals + 1, field.n - n - 1);
}

/* The next entry as a line. False at the end. */
static bool next_entry(struct pmt_journal *j, struct pmt_buf *line)
{
    uint64_t time;
    const void *data;
    size_t n;
    if (j->at == j->entries || sd_journal_next(j->lib) <= 0)
        return false;
    j->at++;
    for (size_t i = 0; i < PMT_EXPORT_NAMES; i++)
        pmt_buf_clear(&j->values[i]);
    if (sd_journal_get_realtime_usec(j->lib, &time) >= 0)
        pmt_buf_printf(&j->values[0], "%llu", (unsigned long long)time);
    sd_journal_restart_data(j->lib);
    while (sd_journal_enumerate_available_data(j->lib, &data, &n) > 0)
        take(j, pmt_slice(data, n));
    pmt_buf_clear(line);
    for (size_t i = 0; i < PMT_EXPORT_NAMES; i++)
        if (j->values[i].n)
            pmt_export_put(line, i, pmt_buf_view(&j->values[i]));
    pmt_buf_puts(line, line->n ? "}" : "{}");
    return true;
}

/* What its end tells. */
static void finish(struct pmt_source *s)
{
    const struct pmt_journal *j = s->journal;
    if (j->at == j->entries)
        return;
    s->info.incomplete = true;
    snprintf(s->info.damage, sizeof s->info.damage,
             "the journal is damaged: of its %llu entries %llu can be read",
             (unsigned long long)j->entries, (unsigned long long)j->at);
}

int pmt_source_journal_next(struct pmt_source *s, struct pmt_line *ret)
{
    struct pmt_journal *j = s->journal;
    if (!next_entry(j, &s->entries)) {
        finish(s);
        return 0;
    }
    bool whole = s->entries.n <= PMT_LINE_MAX;
    *ret = (struct pmt_line){.text = pmt_buf_view(&s->entries), .number = j->at, .cut = !whole};
    if (!whole)
        ret->text.n = PMT_LINE_MAX;
    s->info.lines++;
    s->info.lines_cut += !whole;
    s->info.bytes_text += s->entries.n;
    s->info.bytes_in = s->intake.size / j->entries * j->at;
    return 1;
}

struct pmt_slice pmt_source_journal_head(struct pmt_source *s)
{
    struct pmt_buf line = {0};
    pmt_buf_clear(&s->entries);
    while (s->entries.n < PMT_HEAD_MAX && next_entry(s->journal, &line)) {
        if (s->entries.n && s->entries.n + line.n >= PMT_HEAD_MAX)
            break;
        pmt_buf_slice(&s->entries, pmt_slice_head(pmt_buf_view(&line), PMT_HEAD_MAX - 1));
        pmt_buf_puts(&s->entries, "\n");
    }
    pmt_buf_fini(&line);
    rewind_to_first(s->journal);
    return pmt_buf_view(&s->entries);
}

#else

bool pmt_source_reads_journals(void)
{
    return false;
}

int pmt_source_journal_open(struct pmt_source *s)
{
    return refuse(s, PMT_WHY_JOURNAL);
}

void pmt_source_journal_close(struct pmt_journal *j)
{
    (void)j;
}

int pmt_source_journal_next(struct pmt_source *s, struct pmt_line *ret)
{
    (void)s;
    (void)ret;
    return 0;
}

struct pmt_slice pmt_source_journal_head(struct pmt_source *s)
{
    (void)s;
    return pmt_slice("", 0);
}

#endif
