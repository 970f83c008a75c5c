/* infer_lines.h - lines in made-up formats, with what was put into each, for tests.
 *
 * A format is text with "{field}" in it; what every field may be is in infer_put(). The generator
 * is seeded: the same lines in every run.
 */
#ifndef INFER_LINES_H
#define INFER_LINES_H

#include "infer_dice.h"
#include "pmt/text.h"
#include "pmt/when.h"

#include <stdlib.h>

enum { TRUTH_TEXT = 256 };

/* What one line was made of. -1 and "" are unknown. */
struct truth {
    int64_t when; /* microseconds: UTC, or the wall time where the format has no offset */
    int64_t status, bytes, duration_us;
    char client[64], method[16], path[TRUTH_TEXT], agent[TRUTH_TEXT], upstream[128], vhost[64];
};

#define ONE_OF(...)                                                                                \
    one_of((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
static const char *one_of(const char *const *list, size_t n)
{
    return list[dice(n)];
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    n = n < size ? n : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

static void roll(struct truth *t, int64_t *clock)
{
    struct pmt_buf b = {0};
    *clock += (int64_t)dice(3000) * 1000;
    *t = (struct truth){.when = *clock, .bytes = (int64_t)dice(50000)};
    t->status = atol(ONE_OF("200", "200", "200", "200", "404", "302", "304", "499", "500", "502"));
    t->duration_us = (int64_t)(dice(10) ? dice(400) : dice(9000)) * 1000;
    if (dice(6))
        pmt_buf_printf(&b, "203.0.113.%d", (int)dice(254) + 1);
    else
        pmt_buf_printf(&b, "2001:db8::%x", (unsigned)dice(60000) + 1);
    copy_text(t->client, sizeof t->client, b.data);
    copy_text(t->method, sizeof t->method, ONE_OF("GET", "GET", "GET", "POST", "HEAD", "DELETE"));
    copy_text(t->path, sizeof t->path,
              ONE_OF("/", "/index.html", "/api/v1/orders?id=17&page=2", "/img/logo.png", "/a/b/c/",
                     "/search?q=a%20b,c;d", "/status/200", "/2022/02/26/12:00:07"));
    copy_text(t->agent, sizeof t->agent,
              ONE_OF("Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0",
                     "Mozilla/5.0 (iPhone; CPU iPhone OS 15_3 like Mac OS X)", "curl/7.88.1", "-",
                     "Go-http-client/1.1"));
    copy_text(t->upstream, sizeof t->upstream,
              ONE_OF("10.0.0.1:8080", "10.0.0.2:8080", "-", "10.0.0.1:8080, 10.0.0.2:8080"));
    copy_text(t->vhost, sizeof t->vhost, ONE_OF("shop.example", "www.shop.example"));
    pmt_buf_fini(&b);
}

static void put_stamp(struct pmt_buf *b, const char *kind, const struct truth *t)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year, month, day;
    int64_t s = t->when / PMT_SECOND, ms = t->when / 1000 % 1000;
    if (kind[0] == 'e') {
        pmt_buf_printf(b, "%lld", (long long)s);
        if (strcmp(kind, "epoch_ms") == 0)
            pmt_buf_printf(b, ".%03d", (int)ms);
        return;
    }
    if (strcmp(kind, "clf3") == 0 || strcmp(kind, "iso3") == 0)
        s += 3 * 3600;
    pmt_civil_from_days(s / 86400, &year, &month, &day);
    int h = (int)(s % 86400 / 3600), m = (int)(s % 3600 / 60), sec = (int)(s % 60);
    if (kind[0] == 'c')
        pmt_buf_printf(b, "%02d/%s/%04d:%02d:%02d:%02d %s", day, months[month - 1], year, h, m, sec,
                       kind[3] ? "+0300" : "+0000");
    else
        pmt_buf_printf(b, "%04d-%02d-%02d%c%02d:%02d:%02d", year, month, day,
                       strcmp(kind, "isoblank") ? 'T' : ' ', h, m, sec);
    if (strcmp(kind, "isoms") == 0)
        pmt_buf_printf(b, ".%03dZ", (int)ms);
    else if (kind[0] == 'i' && strcmp(kind, "isoblank"))
        pmt_buf_puts(b, kind[3] ? "+03:00" : "Z");
}

/* The fields beside the stamps: "addr m p pr req st by rt up us urt ua ref vh ms us_ id port xff tm
 * ts", as nginx and HAProxy log them. */
static void put_field(struct pmt_buf *b, const char *f, const struct truth *t)
{
    double rt = (double)t->duration_us / 1e6;
    if (!strncmp(f, "clf", 3) || !strncmp(f, "iso", 3) || !strncmp(f, "epoch", 5))
        put_stamp(b, f, t);
    else if (!strcmp(f, "addr"))
        pmt_buf_puts(b, t->client);
    else if (!strcmp(f, "m"))
        pmt_buf_puts(b, t->method);
    else if (!strcmp(f, "p"))
        pmt_buf_puts(b, t->path);
    else if (!strcmp(f, "pr"))
        pmt_buf_puts(b, ONE_OF("HTTP/1.1", "HTTP/2.0"));
    else if (!strcmp(f, "req"))
        pmt_buf_printf(b, "%s %s HTTP/1.1", t->method, t->path);
    else if (!strcmp(f, "st"))
        pmt_buf_printf(b, "%d", (int)t->status);
    else if (!strcmp(f, "by"))
        pmt_buf_printf(b, "%d", (int)t->bytes);
    else if (!strcmp(f, "rt"))
        pmt_buf_printf(b, "%.3f", rt);
    else if (!strcmp(f, "ms"))
        pmt_buf_printf(b, "%d", (int)(t->duration_us / 1000));
    else if (!strcmp(f, "usec"))
        pmt_buf_printf(b, "%d", (int)t->duration_us);
    else if (!strcmp(f, "up"))
        pmt_buf_puts(b, t->upstream);
    else if (!strcmp(f, "us"))
        pmt_buf_puts(b, ONE_OF("200", "-", "502, 200", "404"));
    else if (!strcmp(f, "urt") && t->upstream[0] == '-')
        pmt_buf_puts(b, "-");
    else if (!strcmp(f, "urt") && strchr(t->upstream, ','))
        pmt_buf_printf(b, "%.3f, %.3f", rt * 0.3, rt * 0.5);
    else if (!strcmp(f, "urt"))
        pmt_buf_printf(b, "%.3f", rt * 0.9);
    else if (!strcmp(f, "ua"))
        pmt_buf_puts(b, t->agent);
    else if (!strcmp(f, "ref"))
        pmt_buf_puts(b, ONE_OF("-", "https://shop.example/a?b=c"));
    else if (!strcmp(f, "vh"))
        pmt_buf_puts(b, t->vhost);
    else if (!strcmp(f, "id"))
        pmt_buf_printf(b, "%08x%08x", (unsigned)dice(UINT32_MAX), (unsigned)dice(UINT32_MAX));
    else if (!strcmp(f, "port"))
        pmt_buf_printf(b, "%d", 1024 + (int)dice(60000));
    else if (!strcmp(f, "xff"))
        pmt_buf_puts(b, ONE_OF("-", "198.51.100.7", "198.51.100.9, 10.0.0.1"));
    else if (!strcmp(f, "tm"))
        pmt_buf_printf(b, "%d/0/1/%d/%d", (int)dice(3), (int)(t->duration_us / 2000),
                       (int)(t->duration_us / 1000) + 4);
    else if (!strcmp(f, "ts"))
        pmt_buf_puts(b, ONE_OF("----", "----", "SC--", "cD--"));
    else if (!strcmp(f, "cc"))
        pmt_buf_printf(b, "%d/%d/%d/%d/0", 90, 80, (int)dice(50), (int)dice(20));
    else
        abort();
}

static void put_line(struct pmt_buf *b, const char *format, const struct truth *t)
{
    for (const char *p = format; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        char name[16];
        if (!end || (size_t)(end - p) > sizeof name) {
            pmt_buf_put(b, p, 1);
            continue;
        }
        memcpy(name, p + 1, (size_t)(end - p - 1));
        name[end - p - 1] = '\0';
        put_field(b, name, t);
        p = end;
    }
}

#endif
