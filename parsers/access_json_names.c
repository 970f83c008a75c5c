/* access_json_names.c - what sites and programs call the fields of a request.
 *
 * nginx's variables (with or without "$"), what people who log JSON call the same, and the fixed
 * names of Caddy, Traefik, Envoy and Istio. Case and punctuation do not count: "remote_addr",
 * "remoteAddr" and "@remote-addr" are one name.
 */
#include "access_json.h"

#include <pthread.h>

#define N(text, member)                                                                            \
    {                                                                                              \
        text, member, 0, FAMILY_ANY                                                                \
    }
static const struct pmt_name names[] = {
    {"startutc", M_START, 0, FAMILY_TRAEFIK}, {"startlocal", M_START, 0, FAMILY_TRAEFIK},
    N("starttime", M_START), N("requeststarttime", M_START),
    N("msec", M_MSEC), N("timemsec", M_MSEC),
    {"timeiso8601", M_TIME, 0, FAMILY_NGINX}, {"timelocal", M_TIME, 0, FAMILY_NGINX},
    N("time", M_TIME), N("timestamp", M_TIME), N("datetime", M_TIME), N("date", M_TIME),
    N("ts", M_TIME), N("localtime", M_TIME), N("timeutc", M_TIME), N("timeiso", M_TIME),
    N("isotime", M_TIME), N("eventtime", M_TIME), N("logtime", M_TIME), N("accesstime", M_TIME),
    N("haproxytimestamp", M_TIME), N("asctime", M_TIME), N("timemillis", M_TIME),
    N("startedat", M_START), N("edgestarttimestamp", M_START),
    N("requesttimestamp", M_TIME), N("requestdate", M_TIME), N("when", M_TIME), N("t", M_TIME),
    N("epoch", M_TIME), N("unixtime", M_TIME), N("timelocaliso", M_TIME), N("datelocal", M_TIME),

    {"remoteaddr", M_CLIENT, 0, FAMILY_NGINX}, N("clientip", M_CLIENT), N("client", M_CLIENT),
    N("remoteip", M_CLIENT), N("remote", M_CLIENT), N("remotehost", M_CLIENT),
    N("clienthost", M_CLIENT), N("clientipaddress", M_CLIENT), N("ip", M_CLIENT),
    N("ipaddress", M_CLIENT), N("sourceip", M_CLIENT), N("srcip", M_CLIENT),
    N("sourceaddress", M_CLIENT), N("clientaddress", M_CLIENT), N("httprequestremoteip", M_CLIENT),
    N("realip", M_CLIENT), N("userip", M_CLIENT), N("src", M_CLIENT), N("peerip", M_CLIENT),
    N("requestclientip", M_CLIENT), N("requestremoteip", M_REMOTE_IP),
    N("clientaddr", M_CLIENT_PORT), N("requestremoteaddr", M_CLIENT_PORT),
    N("downstreamremoteaddress", M_CLIENT_PORT), N("remoteaddress", M_CLIENT_PORT),
    N("peer", M_CLIENT_PORT), N("downstreamdirectremoteaddress", M_CLIENT_PORT),
    N("xff", M_FORWARDED), N("xforwardedfor", M_FORWARDED), N("httpxforwardedfor", M_FORWARDED),
    N("forwardedfor", M_FORWARDED), N("requestheadersxforwardedfor", M_FORWARDED),
    N("requestxforwardedfor", M_FORWARDED), N("proxyaddxforwardedfor", M_FORWARDED),
    N("xrealip", M_REAL), N("httpxrealip", M_REAL), N("requestxrealip", M_REAL),
    N("requestheadersxrealip", M_REAL), N("trueclientip", M_REAL), N("httptrueclientip", M_REAL),
    N("requestheaderstrueclientip", M_REAL), N("cfconnectingip", M_REAL),
    N("httpcfconnectingip", M_REAL), N("requestcfconnectingip", M_REAL),
    N("requestheaderscfconnectingip", M_REAL), N("clientrealip", M_REAL),
    N("realclientip", M_REAL), N("xclientip", M_REAL), N("httpxclientip", M_REAL),
    N("fastlyclientip", M_REAL), N("httpfastlyclientip", M_REAL),
    N("xoriginalforwardedfor", M_REAL), N("httpxoriginalforwardedfor", M_REAL),

    N("request", M_REQUEST), N("requestline", M_REQUEST), N("httprequest", M_REQUEST),
    N("req", M_REQUEST), N("requestfirstline", M_REQUEST),
    N("requestmethod", M_METHOD), N("method", M_METHOD), N("httpmethod", M_METHOD),
    N("verb", M_METHOD), N("httprequestmethod", M_METHOD), N("httprequestrequestmethod", M_METHOD),
    N("clientrequestmethod", M_METHOD),
    {"requesturi", M_TARGET, 0, FAMILY_NGINX}, N("requestpath", M_TARGET),
    N("requesturl", M_TARGET), N("originalurl", M_TARGET), N("urloriginal", M_TARGET),
    N("httprequestrequesturl", M_TARGET), N("httptarget", M_TARGET), N("target", M_TARGET),
    N("uri", M_PATH), N("path", M_PATH), N("url", M_PATH), N("urlpath", M_PATH),
    N("uripath", M_PATH), N("documenturi", M_PATH), N("httppath", M_PATH), N("httpuri", M_PATH),
    N("httpurl", M_PATH), N("clientrequesturi", M_TARGET), N("xenvoyoriginpath", M_TARGET),
    N("xenvoyoriginalpath", M_TARGET),

    N("status", M_STATUS), N("statuscode", M_STATUS), N("httpstatus", M_STATUS),
    N("httpstatuscode", M_STATUS), N("responsestatus", M_STATUS), N("responsecode", M_STATUS),
    N("responsestatuscode", M_STATUS), N("httpresponsestatuscode", M_STATUS),
    N("httprequeststatus", M_STATUS), N("httpcode", M_STATUS), N("code", M_STATUS),
    N("statuscodehttp", M_STATUS), N("edgeresponsestatus", M_STATUS),
    {"downstreamstatus", M_STATUS, 0, FAMILY_TRAEFIK},
    {"bodybytessent", M_BYTES, 0, FAMILY_NGINX}, N("downstreamcontentsize", M_BYTES),
    N("httpresponsebodybytes", M_BYTES), N("bodybytes", M_BYTES), N("bodysize", M_BYTES),
    N("bytessent", M_ALL_BYTES), N("bytes", M_ALL_BYTES), N("size", M_ALL_BYTES),
    N("responsesize", M_ALL_BYTES), N("bytesout", M_ALL_BYTES), N("sentbytes", M_ALL_BYTES),
    N("responsebytes", M_ALL_BYTES), N("httprequestresponsesize", M_ALL_BYTES),
    N("responselength", M_ALL_BYTES), N("responsebodysize", M_ALL_BYTES),
    N("httpresponsebytes", M_ALL_BYTES), N("bytesread", M_BYTES_READ), N("respsize", M_ALL_BYTES),
    N("bytesresponse", M_ALL_BYTES), N("edgeresponsebytes", M_ALL_BYTES),
    N("respbodysize", M_BYTES), N("outbytes", M_ALL_BYTES), N("resbytes", M_ALL_BYTES),
    N("sent", M_ALL_BYTES),

    {"requesttime", M_DURATION, 's', FAMILY_ANY}, {"rt", M_DURATION, 's', FAMILY_ANY},
    {"reqtime", M_DURATION, 's', FAMILY_ANY}, {"rqt", M_DURATION, 's', FAMILY_ANY},
    N("duration", M_DURATION), N("responsetime", M_DURATION), N("latency", M_DURATION),
    N("elapsed", M_DURATION), N("elapsedtime", M_DURATION), N("took", M_DURATION),
    N("timetaken", M_DURATION), N("totaltime", M_DURATION), N("processingtime", M_DURATION),
    N("httprequestlatency", M_DURATION), N("requestduration", M_DURATION), N("cost", M_DURATION),
    {"requesttimems", M_DURATION, 'm', 0}, {"durationms", M_DURATION, 'm', 0},
    {"responsetimems", M_DURATION, 'm', 0}, {"latencyms", M_DURATION, 'm', 0},
    {"elapsedms", M_DURATION, 'm', 0}, {"tookms", M_DURATION, 'm', 0},
    {"timetakenms", M_DURATION, 'm', 0}, {"requestdurationms", M_DURATION, 'm', 0},
    {"durationmillis", M_DURATION, 'm', 0}, {"requesttimemillis", M_DURATION, 'm', 0},
    {"totaltimems", M_DURATION, 'm', 0}, {"timems", M_DURATION, 'm', 0},
    {"ta", M_DURATION, 'm', 0}, {"durationus", M_DURATION, 'u', 0}, N("tt", M_TOTAL),
    N("timett", M_TOTAL), N("timeta", M_TOTAL), {"costms", M_DURATION, 'm', 0},
    {"latenciesrequest", M_DURATION, 'm', 0}, {"durationusec", M_DURATION, 'u', 0},
    {"latencymillis", M_DURATION, 'm', 0}, {"durationmicros", M_DURATION, 'u', 0},
    {"requesttimeus", M_DURATION, 'u', 0}, {"responsetimeus", M_DURATION, 'u', 0},
    {"latencyus", M_DURATION, 'u', 0}, {"elapsedus", M_DURATION, 'u', 0},
    {"durationns", M_DURATION, 'n', 0}, {"latencyns", M_DURATION, 'n', 0},
    {"eventduration", M_DURATION, 'n', 0}, {"durationnanos", M_DURATION, 'n', 0},
    {"elapsedns", M_DURATION, 'n', 0}, {"responsetimens", M_DURATION, 'n', 0},
    {"latencynanos", M_DURATION, 'n', 0}, {"requestdurationns", M_DURATION, 'n', 0},
    {"durations", M_DURATION, 's', 0}, {"durationsec", M_DURATION, 's', 0},
    {"durationseconds", M_DURATION, 's', 0}, {"latencyseconds", M_DURATION, 's', 0},
    {"requesttimes", M_DURATION, 's', 0}, {"requesttimesec", M_DURATION, 's', 0},
    {"requesttimeseconds", M_DURATION, 's', 0}, {"elapsedseconds", M_DURATION, 's', 0},
    {"responsetimes", M_DURATION, 's', 0}, {"responsetimeseconds", M_DURATION, 's', 0},
    {"upstreamresponsetime", M_UPSTREAM_DURATION, 's', FAMILY_NGINX},
    {"urt", M_UPSTREAM_DURATION, 's', 0}, {"upstreamtime", M_UPSTREAM_DURATION, 's', 0},
    {"upresptime", M_UPSTREAM_DURATION, 's', 0},
    {"upstreamresptime", M_UPSTREAM_DURATION, 's', 0},
    {"originduration", M_UPSTREAM_DURATION, 'n', FAMILY_TRAEFIK},
    {"upstreamtimems", M_UPSTREAM_DURATION, 'm', 0},
    {"latenciesproxy", M_UPSTREAM_DURATION, 'm', 0},
    {"upstreamservicetime", M_UPSTREAM_DURATION, 'm', FAMILY_ENVOY},
    {"xenvoyupstreamservicetime", M_UPSTREAM_DURATION, 'm', FAMILY_ENVOY},

    {"upstreamaddr", M_UPSTREAM, 0, FAMILY_NGINX}, N("upstreamhost", M_UPSTREAM),
    N("upstreamaddress", M_UPSTREAM), N("upstream", M_UPSTREAM), N("serviceaddr", M_UPSTREAM),
    N("backendaddr", M_UPSTREAM), N("uaddr", M_UPSTREAM), N("upstreamip", M_UPSTREAM),
    N("originip", M_UPSTREAM), N("originresponsestatus", M_UPSTREAM_STATUS),
    N("serviceurl", M_UPSTREAM_URL), N("backendurl", M_UPSTREAM_URL),
    N("serviceurlhost", M_UPSTREAM_URL), N("backendurlhost", M_UPSTREAM_URL),
    N("upstreamstatus", M_UPSTREAM_STATUS), N("originstatus", M_UPSTREAM_STATUS),
    N("upstreamstatuscode", M_UPSTREAM_STATUS), N("ustatus", M_UPSTREAM_STATUS),
    {"routername", M_FRONTEND, 0, FAMILY_TRAEFIK}, N("frontendname", M_FRONTEND),
    N("frontend", M_FRONTEND), {"servicename", M_BACKEND, 0, FAMILY_ANY},
    N("backendname", M_BACKEND), N("backend", M_BACKEND),
    {"upstreamcluster", M_BACKEND, 0, FAMILY_ENVOY}, N("proxyupstreamname", M_BACKEND),
    N("upstreamname", M_BACKEND), N("terminationstate", M_TERMINATION),
    N("retries", M_RETRIES), N("retryattempts", M_RETRIES),
    {"responseflags", M_FLAGS, 0, FAMILY_ENVOY},
    {"responsecodedetails", M_DETAILS, 0, FAMILY_ENVOY},

    N("host", M_HOST), N("requestheadershost", M_HOST), N("reqheadershost", M_HOST),
    N("reqheadersuseragent", M_AGENT), N("httphost", M_VHOST), N("vhost", M_VHOST),
    N("requesthost", M_VHOST),
    N("authority", M_VHOST), N("domain", M_VHOST), N("virtualhost", M_VHOST),
    N("requestaddr", M_VHOST), N("serverhost", M_VHOST), N("urldomain", M_VHOST),
    N("clientrequesthost", M_VHOST), N("servername", M_SERVER_NAME), N("server", M_SERVER),
    N("httpuseragent", M_AGENT), N("useragent", M_AGENT), N("agent", M_AGENT),
    N("ua", M_AGENT), N("requestuseragent", M_AGENT), N("requestheadersuseragent", M_AGENT),
    N("useragentoriginal", M_AGENT), N("httprequestuseragent", M_AGENT),
    N("httpreferer", M_REFERRER), N("httpreferrer", M_REFERRER), N("referer", M_REFERRER),
    N("referrer", M_REFERRER), N("requestreferer", M_REFERRER),
    N("requestheadersreferer", M_REFERRER), N("httprequestreferrer", M_REFERRER),
    N("httprequestreferer", M_REFERRER),
    N("logger", M_LOGGER), N("hostname", M_HOSTNAME), N("pid", M_PID), N("level", M_LEVEL),
};
enum { NAMES = sizeof names / sizeof *names, SLOTS = 1024, NAME_MAX = 48 };

/* ---- looking up ------------------------------------------------------------------------------ */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint16_t slots[SLOTS]; /* index in names, from 1 */
_Static_assert(NAMES * 3 < SLOTS, "slots");

static uint32_t slot_of(const char *p, size_t n)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 16777619u;
    return (h ^ h >> 16) % SLOTS;
}

static void fill(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        uint32_t s = slot_of(names[i].name, strlen(names[i].name));
        while (slots[s])
            s = (s + 1) % SLOTS;
        slots[s] = (uint16_t)(i + 1);
    }
}

static const struct pmt_name *look_up(const char *p, size_t n)
{
    pthread_once(&once, fill);
    for (uint32_t s = slot_of(p, n); slots[s]; s = (s + 1) % SLOTS) {
        const struct pmt_name *name = &names[slots[s] - 1];
        if (strlen(name->name) == n && memcmp(name->name, p, n) == 0)
            return name;
    }
    return NULL;
}

/* Letters in lower case and digits, the rest left out; false when there are too many. */
static bool plain(struct pmt_slice s, char *to, size_t *n)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9'))
            continue;
        if (*n == NAME_MAX)
            return false;
        to[(*n)++] = letter ? (char)(c | 32) : c;
    }
    return true;
}

/* Objects in which a member means the same as in the outer one. */
static const char *const transparent[] = {"request", "req", "response", "res", "http",
                                          "httprequest", "access", "nginx", "log"};
/* Those in which it means something by both names: "source.ip", "headers.User-Agent". */
static const char *const telling[] = {"headers", "source", "url", "useragent", "serviceurl",
                                      "backendurl", "body", "client", "event", "latencies"};

static bool is_one_of(struct pmt_slice s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pmt_slice_is(s, list[i]))
            return true;
    return false;
}

/* The last of the parent's names, in the plain form; parents are apart by dots. */
static bool is_transparent(struct pmt_slice parent)
{
    char last[NAME_MAX];
    size_t n = 0;
    for (size_t i = parent.n; i > 0; i--)
        if (parent.p[i - 1] == '.') {
            parent = pmt_slice(parent.p + i, parent.n - i);
            break;
        }
    return plain(parent, last, &n) &&
           is_one_of(pmt_slice(last, n), transparent, sizeof transparent / sizeof *transparent);
}

bool pmt_json_holds_request(struct pmt_slice name)
{
    char text[NAME_MAX];
    size_t n = 0;
    if (!plain(name, text, &n))
        return false;
    struct pmt_slice s = pmt_slice(text, n);
    return is_one_of(s, transparent, sizeof transparent / sizeof *transparent) ||
           is_one_of(s, telling, sizeof telling / sizeof *telling);
}

const struct pmt_name *pmt_json_name(struct pmt_slice parent, struct pmt_slice name)
{
    char text[NAME_MAX];
    size_t n = 0;
    if (parent.n) {
        if (plain(parent, text, &n) && plain(name, text, &n)) {
            const struct pmt_name *both = look_up(text, n);
            if (both)
                return both;
        }
        if (!is_transparent(parent))
            return NULL;
        n = 0;
    }
    return plain(name, text, &n) ? look_up(text, n) : NULL;
}

/* ---- what a name tells of a value ------------------------------------------------------------ */

bool pmt_json_names_client(const struct pmt_name *name)
{
    return name->member == M_CLIENT &&
           (strncmp(name->name, "client", 6) == 0 || strcmp(name->name, "realip") == 0 ||
            strcmp(name->name, "userip") == 0);
}

static bool ends_in(struct pmt_slice s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

bool pmt_json_counts(struct pmt_slice name)
{
    static const char *const parts[] = {
        "len",  "size", "byte", "port",    "conn", "count", "num",   "time",   "dur",   "took",
        "lat",  "cost", "wait", "elapsed", "pid",  "tid",   "uid",   "thread", "seq",   "line",
        "ups",  "back", "orig", "cache",   "err",  "exit",  "retri", "worker", "queue", "user",
        "node", "zone", "zip",  "area",    "ver",  "build", "score", "weight", "age",   "limit"};
    static const char *const ends[] = {"id", "ms", "us", "ns", "sec", "key"};
    char text[NAME_MAX];
    size_t n = 0;
    if (!plain(name, text, &n))
        return true;
    struct pmt_slice s = pmt_slice(text, n);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (pmt_slice_find(s, parts[i]))
            return true;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_in(s, ends[i]))
            return true;
    return false;
}

bool pmt_json_is_of_logger(struct pmt_slice name)
{
    static const char *const of_logger[] = {"msg", "message", "severity", "lvl", "levelname",
                                            "loglevel"};
    char text[NAME_MAX];
    size_t n = 0;
    return name.n >= 3 && name.n <= 12 && memchr("mslMSL", *name.p, 6) && plain(name, text, &n) &&
           is_one_of(pmt_slice(text, n), of_logger, sizeof of_logger / sizeof *of_logger);
}
