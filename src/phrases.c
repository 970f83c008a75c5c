/* Every sentence of the draft. Observed facts in the past tense with the component as subject;
 * computed values carry (est.); what people know is a TODO. No cause, no blame, no person. */
#include "pmt/report.h"

const struct pmt_phrase pmt_phrases[] = {
    /* title and banner */
    {"title", "{what} on {services}, {date}"},
    {"title-none", "no incident found"},
    {"title-none-part", "no incident found in what is there"},
    {"banner-draft", "Draft by `pm-timeline` from logs, not reviewed. `[E1]` cites the evidence "
                     "table, (est.) marks computed values, `TODO` is for people. Times are UTC."},
    {"banner-unredacted", "Not redacted: addresses, query strings and account names are as "
                          "logged."},
    {"banner-zone", "Time zones are assumed for {n} of {all} sources ({list}); `--assume-tz` "
                    "corrects them."},
    {"banner-year-assumed", "The year is assumed for {n} of {all} sources ({list}); `--year` "
                            "settles it."},
    {"banner-year", "Nothing shows the year of {list}: lines without a year are left out. Give "
                    "`--year`."},
    {"banner-skew", "{host}'s clock is {list} ({n} requests in both logs); its times are "
                    "corrected (est.)."},
    {"banner-skew-more", "More clocks are corrected ({n}); the sources table says how."},
    {"skew-ahead", "about {length} ahead of {other}'s"},
    {"skew-behind", "about {length} behind {other}'s"},
    {"skew-level", "within a second of {other}'s"},
    {"skew-drift-ahead", "between {from} and {to} ahead of {other}'s"},
    {"skew-drift-behind", "between {from} and {to} behind {other}'s"},
    {"skew-drift-both", "between {from} behind and {to} ahead of {other}'s"},
    {"clock-skew", "Clock {list}, corrected ({n} requests in both, spread {length})"},
    {"clock-skew-small", "Clock {list} ({n} requests in both, spread {length})"},
    {"clock-skew-loose", "Clock {list}, not corrected as that is uncertain ({n} requests in both, "
                         "spread {length})"},
    {"banner-contradicted", "{log}: the times are {what}. The option was obeyed."},
    {"banner-back", "{log}: the time goes back by {length} at line {n}, which its zone does not "
                    "explain: a clock was set, two files are in one, or the zone is another. Times "
                    "around it are uncertain."},
    {"banner-back-turned", "{log}: the time goes back by {length} at line {n}, read as the end of "
                           "summer time; `--assume-tz` settles the zone."},
    {"banner-impossible", "At least {n} lines have a time that does not exist (29 February, or an "
                          "hour that clocks left out): check `--assume-tz` and `--year`."},
    {"banner-untimed", "Slow requests are not found in {list}: nothing that is read says how long "
                       "they took. The number behind them may be it; the sources table has the "
                       "`--log-format` to give if it is."},
    {"banner-hole", "Nothing is known of requests from {from} to {to}: no log holds any{left}."},
    {"banner-gap", "{file} holds no line from {from} to {to}{left}."},
    {"banner-gap-rotation", "{missing} {by} missing: nothing is known from {from} to {to} of "
                            "{file}."},
    {"banner-gap-unread", "{missing} {by} not read in full ({reason}): nothing is known from "
                          "{from} to {to} of {file}."},
    {"banner-gap-more", "More gaps ({n}); the sources table says where."},
    {"gap-expected", ", where about {n} were to be expected"},
    {"without-silent", "{from} to {to}"},
    {"without-named", "{from} to {to} ({file} holds no line)"},
    {"without-hole", "{from} to {to} (no log holds a request)"},
    {"without-rotation", "{from} to {to} ({missing} {by} missing)"},
    {"without-unread", "{from} to {to} ({missing} {by} not read in full)"},
    {"gap-silent", "nothing from {from} to {to}{left}"},
    {"gap-rotation", "nothing from {from} to {to}: {missing} missing"},
    {"gap-unread", "nothing from {from} to {to}: {missing} not read in full ({reason})"},
    {"banner-left-out", "Nothing in {list} is counted: the lines look like requests, but are in no "
                        "known format. `--explain FILE` shows how they are read."},
    {"banner-unread-log", "{n} of {all} lines of {log} ({pct}) were not understood and are not "
                          "counted; `--invalid FILE` writes them."},
    {"banner-unread", "{n} of {all} lines ({pct}) were not understood; the sources table says "
                      "where."},
    {"banner-damage", "{file}: {what}."},
    {"banner-damage-more", "More sources are damaged ({n}); the sources table says which."},
    {"banner-others", "Other incidents in these logs (`--incident` drafts them): {list}."},
    {"banner-window", "Only incidents between {from} and {to} are drafted and counted."},
    {"window-open", "the edge of the logs"},
    /* summary */
    {"duration", "{length} (est.), from {start} UTC{local-start} to {end} UTC{local-end}."},
    {"duration-open", "at least {length} (est.), from {start} UTC{local-start} to {end} "
                      "UTC{local-end}."},
    {"duration-ongoing", "at least {length} (est.), from {start} UTC{local-start}; ongoing at "
                         "the end of the {scope} ({end} UTC{local-end})."},
    {"began-before", "The {scope} during the incident: it may have started earlier."},
    {"scope-logs", "logs"},
    {"scope-window", "window"},
    {"scope-logs-begin", "logs begin"},
    {"scope-window-begins", "window begins"},
    {"quiet", "Quiet for {length} after the end, then the logs end."},
    {"quiet-hole", "Quiet for {length} after the end, then nothing is known until {to}."},
    {"hole-before", "No request is logged from {from} to {to}: it may have started earlier."},
    {"hole-inside", "No request is logged from {from} to {to}."},
    {"hole-behind", "No request is logged from {from} to {to}: it may have ended later."},
    {"bounds", "The last success before it is from {before}, the first after it from {after}."},
    {"phases", "{list}."},
    {"bursts", "It came in {n} bursts, at most {left} apart: {length} in all, in which {failed} of "
               "{all} requests ({pct}) failed."},
    {"burst-ends", "The first of {n} bursts of failures ends (est.); the others start at {list}."},
    {"phase-silent", "for {length} no request was logged"},
    {"phase-first", "{length} with {pct} of requests failing"},
    {"phase", "{length} with {pct}"},
    {"impact", "{failed} of {all} requests ({pct}) to {services} failed with a 5xx or without an "
               "answer."},
    {"impact-all", "{failed} of {all} requests ({pct}) to {services} failed: all with {what}, "
                   "{by}."},
    {"impact-most", "{failed} of {all} requests ({pct}) to {services} failed: {old} with {what}, "
                    "{by}{other}."},
    {"impact-other", "; {old} with {what}, {by}"},
    {"answer-status", "status {n}"},
    {"answer-none", "no status"},
    {"gone", "not counted as failed: the client left first"},
    {"gone-sending", "not counted as failed: the client did not complete its request (state `CR`)"},
    {"gone-queued", "not counted as failed: the client left while in HAProxy's queue (state `CQ`)"},
    {"gone-connecting", "not counted as failed: the client left while HAProxy connected to a "
                        "server (state `CC`)"},
    {"gone-waiting", "not counted as failed: the client left while the server had not answered "
                     "(state `CH`)"},
    {"gone-other", "not counted as failed: the client left first (state `C`)"},
    {"by-server", "from the server"},
    {"by-no-server", "given by HAProxy with no server to send them to (state `SC`)"},
    {"by-connect", "given by HAProxy when the connection to the server was refused or failed "
                   "(state `SC`)"},
    {"by-connect-time", "given by HAProxy when no connection to the server was made in time "
                        "(state `sC`)"},
    {"by-server-closed", "given by HAProxy when the server closed before it had answered (state "
                         "`SH`)"},
    {"by-server-time", "given by HAProxy when the server did not answer in time (state `sH`)"},
    {"by-server-data", "from the server, and broke off (state `SD`)"},
    {"by-server-stalled", "from the server, and stalled (state `sD`)"},
    {"by-queue", "given by HAProxy after too long a wait in its queue (state `sQ`)"},
    {"by-server-side", "ended on the server's side (state `S`)"},
    {"by-invalid", "given by HAProxy in place of an answer that it rejected (state `PH`)"},
    {"by-denied", "given by HAProxy, which denied the request (state `PR`)"},
    {"by-proxy", "given by HAProxy, which stopped the request (state `P`)"},
    {"by-proxy-rule", "given by HAProxy itself, by its configuration"},
    {"by-resource", "given by HAProxy when it ran out of a resource (state `R`)"},
    {"by-internal", "given by HAProxy at an internal error (state `I`)"},
    {"by-marked-down", "given by HAProxy when it marked the server down (state `D`)"},
    {"by-marked-up", "given by HAProxy when a main server was up again (state `U`)"},
    {"by-killed", "given by HAProxy when an operator ended the session (state `K`)"},
    {"by-upstream", "from the upstream"},
    {"by-no-answer", "given by the web server for lack of a valid answer from the upstream, "
                     "or passed on from it (logged alike)"},
    {"by-no-live", "given by nginx with no live upstream"},
    {"by-nginx", "given by the web server itself"},
    {"by-unknown", "origin not logged"},
    {"by-unknown-logged", "origin not in their lines (the error log has {n} {what} of that time)"},
    {"by-various", "given in further ways"},
    {"impact-share", "That is {pct} of all {all} requests of that time."},
    {"impact-most-path", "Of the {failed} failed requests, {n} ({pct}) were to {name}, which "
                         "received {share} of all requests."},
    {"impact-where", "Of {all} requests to {list} {n} ({pct}) failed; of {other} to other paths "
                     "{old}."},
    {"impact-below", "Of {all} requests to {k} paths below {list} {n} ({pct}) failed; of {other} "
                     "to other paths {old}."},
    {"impact-checks", "These look like health checks, not like users: their paths are such, and "
                      "{n} private addresses asked for them."},
    {"impact-checks-one", "These look like health checks, not like users: their paths are such, "
                          "and one private address asked for them."},
    {"impact-well", "Meanwhile {failed} of {all} requests to {list} failed."},
    {"impact-most-server", "Of the {failed} failed requests, {n} ({pct}) were given to {name}, "
                           "which received {share} of all requests."},
    {"impact-clients", "{affected} of {all} client addresses ({pct}) saw at least one failure; "
                       "addresses are not people."},
    {"impact-clients-about", "About {affected} of {all} client addresses ({pct}) saw at least one "
                             "failure (est.); addresses are not people."},
    {"impact-clients-sample", "About {affected} of {all} client addresses ({pct}{error}) saw at "
                              "least one failure (est., from a sample); addresses are not people."},
    {"sample-error", " \xC2\xB1 {n} points"},
    {"impact-hurt", "Counting slow ones, {about}{affected} of {all} ({pct}) had a request that "
                    "failed, took {step} or more, or was left."},
    {"hurt-about", "about "},
    {"impact-gave-up", "Clients left before the answer in {n} more requests."},
    {"impact-gave-up-one", "One more request was left by its client before the answer."},
    {"impact-slow", "{n} of {all} requests ({pct}) to {services} took {step} or more, failed, or "
                    "were left by their client{before}."},
    {"impact-left", "{n} of {all} requests ({pct}) to {services} were left by their client before "
                    "the answer, or failed{before}."},
    {"impact-slow-before", "; in the time before it {old} were"},
    {"impact-slow-failed", "{n} of them failed with a 5xx or without an answer."},
    {"impact-slow-left", "Clients left before they had an answer in {n} of them (status 499, or "
                         "state `C` of HAProxy)."},
    {"impact-slow-clients", "{affected} of {all} client addresses ({pct}) were served like this at "
                            "least once; addresses are not people."},
    {"impact-slow-clients-about", "About {affected} of {all} client addresses ({pct}) were served "
                                  "like this at least once (est.); addresses are not people."},
    {"impact-slow-clients-sample", "About {affected} of {all} client addresses ({pct}{error}) were "
                                   "served like this at least once (est., from a sample); "
                                   "addresses are not people."},
    {"impact-took", "Half of the requests took {old} before and {now} in it (p95: {old95} and "
                    "{now95})."},
    {"impact-retries", "{n} more requests ({pct} of all) were answered only after another try."},
    {"impact-around", "In the hour before it{left} {before} requests failed{pre}; in the hour "
                      "after it{right} {after}{post}."},
    {"impact-before", "In the hour before it{left} {before} requests failed{pre}."},
    {"impact-after", "In the hour after it{right} {after} requests failed{post}."},
    {"of-others", ", {n} of them in other incidents"},
    {"hour-from", "logged from {at}"},
    {"hour-until", "logged until {at}"},
    {"impact-worst", "In the worst minute, {at}, it was {list}."},
    {"fill-no-response", "No login or command of an operator is in {log} from the start to an hour "
                         "after the end."},
    {"fill-first-response", "The first sign of a response in these logs, {kind}, came {when}."},
    {"fill-paths", "The paths that failed most: {list}."},
    {"fill-path", "{name} {n} of {all}"},
    {"fill-rate", "There were {old} requests a minute in the hour before it, and {now} in it."},
    {"some-of", "{failed} of {all}"},
    {"impact-unknown", "{services} had no server; the requests that met it are not in these logs."},
    {"impact-no-burst", "{services} had no server; no burst of failing requests was counted then."},
    {"impact-silence", "No request was logged from {from} to {to}, where about {n} were to be "
                       "expected: either none was served, or none was logged."},
    {"impact-upstream", "{n} lines of error logs tell of requests to {services} that had no answer "
                        "from an upstream{from}. These are error lines, not requests: no log here "
                        "has the requests, and how many succeeded is unknown."},
    {"impact-connections", "{n} connections to {services} ended in the TLS handshake, before any "
                           "request{from}; {all} requests were logged meanwhile, where "
                           "about {usual} were to be expected (est.)."},
    {"from-clients", ", from {n} client addresses"},
    {"todo-background", "TODO(background): what is this service for, who uses it, and how much "
                        "does it matter at that hour?"},
    {"todo-impact", "TODO(impact): what did users experience?"},
    {"cause-removal", "Hypothesis, unconfirmed: {server} had been out of {backend} for "
                      "{length}{since} at the start{left}."},
    {"cause-event", "Hypothesis, unconfirmed, from the gravest event near the start ({when}): "
                    "{sentence}"},
    {"cause-change", "Hypothesis, unconfirmed: it began {when} this change: {sentence}"},
    {"cause-change-seen", "It began {when} this change: {sentence}"},
    {"when-change", "{length} after"},
    {"when-change-same", "within a second of"},
    {"cause-rise", "Hypothesis, unconfirmed: {server} was given {pct} of the requests{of} from "
                   "{at} on (est.), against {old} before."},
    {"rise-told", "From here on {server} was given {pct} of the requests{of}, against {old} before "
                  "(est.)."},
    {"factor-rise", "From {at} on {server} was given {pct} of the requests{of}, against {old} "
                    "before (est.)."},
    {"cause-seen", "Seen with it: {sentence}"},
    {"when-after", "{length} after the start"},
    {"when-before", "{length} before the start"},
    {"when-same", "in the same second"},
    {"with", ", with {n} active servers left"},
    {"with-one", ", with one active server left"},
    {"with-none", ", with no active server left"},
    {"cause-no-traffic", "Hypothesis, unconfirmed: {server}{of} had been given {none} for "
                         "{length}{since} at the start (est.)."},
    {"at-least", "at least "},
    {"since-day", ", since {at}"},
    {"todo-cause", "TODO(cause): confirm or replace."},
    {"todo-cause-part", "TODO(cause): these logs suggest none, but they are{left}."},
    {"todo-cause-none", "TODO(cause): these logs suggest none."},
    /* timeline */
    {"impact-start", "**Impact starts (est.)**: first failed request{logged}{before}."},
    {"impact-start-before", "**Impact had started (est.)**: first failed request of the "
                            "{scope}{logged}."},
    {"impact-start-server", "**Impact starts (est.)**: {services} had no server from here on."},
    {"impact-start-server-before", "**Impact had started (est.)**: {services} had no server "
                                   "when the window begins."},
    {"impact-end", "**Impact ends (est.)**: last failed request{logged}{after}."},
    {"impact-end-server", "**Impact ends (est.)**: {services} had a server again."},
    {"impact-ongoing", "**Impact goes on**: last failed request of the {scope}{logged}."},
    {"impact-ongoing-server", "**Impact goes on**: {services} had no server at the end of the "
                              "{scope}."},
    {"impact-start-silence", "**Requests stop (est.)**: last request before no more are logged."},
    {"impact-start-silence-before", "**Requests had stopped (est.)**: none is logged when the "
                                    "{scope} begins."},
    {"impact-end-silence", "**Requests are logged again (est.)**: first request after the "
                           "silence."},
    {"impact-ongoing-silence", "**Silence goes on**: no request is logged up to the end of the "
                               "{scope}."},
    {"impact-start-upstream", "**Impact starts (est.)**: first of many error lines about "
                              "upstreams."},
    {"impact-start-upstream-before", "**Impact had started (est.)**: first error line of the "
                                     "{scope}."},
    {"impact-end-upstream", "**Impact ends (est.)**: last error line."},
    {"impact-ongoing-upstream", "**Impact goes on**: last error line of the {scope}."},
    {"impact-start-connections", "**Impact starts (est.)**: first of many connections that fail in "
                                 "the TLS handshake."},
    {"impact-start-connections-before", "**Impact had started (est.)**: first failed TLS handshake "
                                        "of the {scope}."},
    {"impact-end-connections", "**Impact ends (est.)**: last failed TLS handshake."},
    {"impact-ongoing-connections", "**Impact goes on**: last failed TLS handshake of the {scope}."},
    {"impact-start-slow", "**Impact starts (est.)**: first slow or unanswered "
                          "request{logged}{before}."},
    {"impact-start-slow-before", "**Impact had started (est.)**: first slow or unanswered request "
                                 "of the {scope}."},
    {"impact-end-slow", "**Impact ends (est.)**: last slow or unanswered request{logged}{after}."},
    {"impact-ongoing-slow", "**Impact goes on**: last slow or unanswered request of the {scope}."},
    {"slow-lead", "**Slow from here on (est.)**: {n} of {all} requests took {step} or more, or "
                  "were left, until {to}."},
    {"slow-tail", "**Slow until here (est.)**: {n} of {all} requests took {step} or more, or were "
                  "left, from {from} on."},
    {"left-lead", "**Many clients leave from here on (est.)**: {n} of {all} requests were left, "
                  "until {to}."},
    {"left-tail", "**Many clients leave until here (est.)**: {n} of {all} requests were left, from "
                  "{from} on."},
    {"logged-late", ", logged at its end {length} later"},
    {"success-before", "; last success before it at {at}"},
    {"success-after", "; next success at {at}"},
    {"other-before", "An earlier incident: {n} of {all} requests ({pct}) to {services} failed "
                     "until {to}, {length} before the start."},
    {"other-before-short", "An earlier incident, until {to}, {length} before the start."},
    {"other-beside", "Another incident beside it: {n} of {all} requests ({pct}) to {services} "
                     "failed until {to}."},
    {"other-beside-short", "Another incident beside it, until {to}."},
    {"other-after", "Again, {length} after the end: {n} of {all} requests ({pct}) to {services} "
                    "failed until {to}."},
    {"other-after-short", "Again, {length} after the end: another incident, until {to}."},
    {"phase-mitigated", "**Mitigated (est.)**: failures fell from {old} to {pct} of requests."},
    {"phase-fell", "The share of failing requests fell from {old} to {pct} (est.)."},
    {"phase-rose", "The share of failing requests rose from {old} to {pct} (est.)."},
    {"server-down", "{server}{of} was marked DOWN{by}{reason}{left}."},
    {"server-maint", "{server}{of} was set to maintenance{by}{left}."},
    {"server-drain", "{server}{of} was set to drain{by}{left}."},
    {"server-up", "{server}{of} was back in service{by}{after}."},
    {"server-still-out", "{server}{of} left maintenance and did not take requests yet{by}."},
    {"redundancy-back", "All servers{of} were in use again (est.)."},
    {"server-back-traffic", "{server}{of} was given requests again{after} (est.)."},
    {"no-server", "{backend} had no server left{by}."},
    {"no-traffic", "{server}{of} was given {none}{by} from {from} to {to} (est.)."},
    {"no-traffic-open", "{server}{of} was given {none}{by} from {from} to the end of these logs "
                        "(est.)."},
    {"no-traffic-before", "{server}{of} was given {none}{by} in these logs before {to} (est.)."},
    {"no-traffic-many", "{server}{of} was given no request{by} {n} times, from {from} to {to} "
                        "(est.)."},
    {"its-pool", "its pool"},
    {"no-request", "no request"},
    {"few-requests", "next to no request ({n})"},
    {"server-flaps", "{server}{of} went out of service and came back {n} times until {last}{by}."},
    {"of-backend", " of {backend}"},
    {"by-host", " on {host}"},
    {"reason", " ({reason})"},
    {"left", "; {n} active servers remained"},
    {"left-one", "; one active server remained"},
    {"left-none", "; no active server remained"},
    {"after-out", ", {length} after it went out"},
    {"many", "{sentence} ({n} times until {last})."},
    {"booted", "{sentence}; its kernel started {length} later."},
    {"network-tools", "The network was looked at with {list} on {host} until {to}{none}."},
    {"no-network-errors", "; no network error is logged"},
    {"commands", "{who} ran {subject} and {n} more commands on {host} until {last}."},
    {"commands-there", "There {subject} and {n} more commands followed until {last}."},
    {"command-there", "There {subject} followed."},
    {"by-operator", " by operator {who}"},
    {"session", "First login on {host}{by}, {length} after the start."},
    {"note-detected", "**Detected** ({what}): {sentence}"},
    {"note-resolved", "**Resolved** ({what}): {sentence}"},
    {"note-mitigated", "**Mitigated** ({what}): {sentence}"},
    {"note-escalated", "**Escalated** ({what}): {sentence}"},
    {"note-misleading", "Misleading path ({what}): {sentence}"},
    {"note-investigation", "Investigated ({what}): {sentence}"},
    {"note-cause", "Cause named ({what})."},
    {"note-plain", "({what}) {sentence}"},
    {"noted", "According to the notes: {sentence}"},
    {"noted-ends", "In the notes it was {list}."},
    {"noted-mitigated", "mitigated at {at}"},
    {"noted-resolved", "resolved at {at}"},
    {"noted-none", "not described."},
    {"is-note", "note"},
    {"is-note-about", "note, time approximate"},
    {"banner-notes", "(note) marks what people noted."},
    {"banner-against", "The logs show otherwise than {n} of the notes; the timeline says how."},
    {"against-start", "The logs show the start only {length} later, at {at}."},
    {"against-behind-end", "The logs show the end {length} before, at {at}."},
    {"against-failing", "The logs show {n} failed requests after it, the last {length} later, at "
                        "{at}."},
    {"against-going-on", "The logs show no end until {length} later, at {at}."},
    {"against-share", "The logs show no fall: {old} of requests failed in the 10 minutes before, "
                      "{pct} in the 10 minutes after."},
    {"notes-intro", "What was noted and is not told as it stands; `--format json` has all notes."},
    {"note-outside", "left out: not between {from} and {to}"},
    {"note-no-incident", "left out: without an incident its day is not known"},
    {"note-no-time", "left out: without an incident it needs a time"},
    {"note-zone-assumed", "no zone is written: read in {name}"},
    {"note-day-assumed", "no day is written: taken as {at}, the first such time around the "
                         "incident"},
    {"todo-time", "TODO(time): when? {sentence}"},
    {"todo-detection-how", "TODO(detection): was it an alert, an engineer or a customer?"},
    {"todo-suspected", "TODO(investigation): what was suspected?"},
    {"todo-misleading", "TODO(misleading): which lead was ruled out?"},
    {"todo-resolution-left", "TODO(resolution): is it permanent?"},
    {"todo-detection", "TODO(detection): when, and how: by an alert, an engineer or a customer?"},
    {"todo-investigation", "TODO(investigation): what was suspected? TODO(misleading): which lead "
                           "was ruled out?"},
    {"todo-decisions", "TODO(decisions): which decisions were taken, when, and on what was known "
                       "then?"},
    {"todo-escalation", "TODO(escalation): when, and to which team?"},
    /* root cause and resolution */
    {"observed-no-servers", "Servers out of use would not show: no log here names the server of a "
                            "request, as HAProxy's does, or nginx's with `$upstream_addr`."},
    {"observed-states-only", "Servers that were given nothing would not show without a state line: "
                             "no log here names the server of a request, as HAProxy's does."},
    {"observed-one-server", "Of {backend} these logs name {server} only: one that was out before "
                            "them would not show."},
    {"factor-traffic", "The half hour before the start had {now} requests, {times} times the "
                       "mean of {n} earlier days at that time."},
    {"factor-traffic-one-day", "The half hour before the start had {now} requests, {times} times "
                               "those of the day before at that time."},
    {"factor-traffic-hour", "The ten minutes before the start had {now} requests, {times} times "
                            "the rate of the hour before."},
    {"factor-redundancy", "{server} was out of {backend} for {length} in all."},
    {"factor-share", "While {server} was out of {backend} ({length} in all), {other} took {pct} of "
                     "its requests, against {old} before."},
    {"factor-event", "{sentence} ({when}); {others}."},
    {"factor-events", "{sentence} ({n} lines of the sort, the first {when}); {others}."},
    {"factor-no-others", "none at other times in these logs"},
    {"factor-others", "{n} at other times in these logs"},
    {"factor-change", "A change {length} before the start: {sentence}; {others}."},
    {"change-never", "the same is not logged at other times"},
    {"change-near", "the same is logged around it again, and at no other time"},
    {"change-unknown", "the same is logged {n} times more, without enough requests to compare"},
    {"change-unknown-once", "the same is logged once more, without enough requests to compare"},
    {"change-harmless-one", "of {n} others like it, the one with requests beside it was not "
                            "followed by more errors within 10 minutes"},
    {"change-rose-one", "of {n} others like it, the one with requests beside it was followed by "
                        "more errors within 10 minutes"},
    {"change-harmless-once", "the one other like it was not followed by more errors within 10 "
                             "minutes"},
    {"change-rose-once", "the one other like it was followed by more errors within 10 minutes"},
    {"change-harmless", "of {n} others like it, none of the {known} with requests beside it was "
                        "followed by more errors within 10 minutes"},
    {"change-rose", "of {n} others like it, {k} of the {known} with requests beside it were "
                    "followed by more errors within 10 minutes"},
    {"seen", "{what} {n} ({else})"},
    {"factors-seen", "Lines logged then (and at other times): {list}{more}."},
    {"observed-missing", "Not in {log}{of}: {missing}."},
    {"observed-no-system", "There is no system log here (syslog, auth.log, kern.log, the "
                           "journal): it could tell what changed."},
    {"observed-system-elsewhere", "The system logs here are of another time: they cannot tell "
                                  "what changed."},
    {"observed-system-unclear", "No log here is known to hold what the kernel, systemd and sudo "
                                "say: it could tell what changed."},
    {"observed-no-kernel", "There is no kernel log of that time here: memory kills and disk errors "
                           "would not show."},
    {"observed-lost", "The log of {from} to {to} is missing ({missing}): it cannot tell what "
                      "changed then."},
    {"observed-lost-unread", "The log of {from} to {to} was not read in full ({missing}): it "
                             "cannot tell what changed then."},
    {"observed-lost-silent", "{file} holds no line from {from} to {to}: it cannot tell what "
                             "changed then."},
    {"span", " from {from} to {to}{left}"},
    {"log-begins", "{log} begins at {at}"},
    {"log-ends", "{log} ends at {at}"},
    {"log-one", "{log} holds one line, of {at}"},
    {"observed-coverage", "Logs read: {n}, with {all} lines from {from} to {to}."},
    {"slo-fired", "Counterfactual: at an SLO of {pct} a {n} burn-rate rule ({list}) would have "
                  "fired at about {at}, {when}{left}."},
    {"slo-fired-late", "Counterfactual: at an SLO of {pct} a {n} burn-rate rule ({list}) would "
                       "have fired at or before {at}, {when}{left}."},
    {"slo-before", "Counterfactual: at an SLO of {pct} a {n} burn-rate rule ({list}) would have "
                   "been firing since before the start{left}."},
    {"slo-never", "Counterfactual: at an SLO of {pct} no burn-rate rule (14.4x over 1 h and 5 "
                  "min, 6x over 6 h and 30 min) would have fired."},
    {"slo-no-incident", "At the SLO of {pct} nothing is replayed without an incident; {failed} of "
                        "{all} requests failed, where it allows {n}."},
    {"slo-no-requests", "At the SLO of {pct} nothing is replayed: no request was counted."},
    {"slo-unknown", "Whether a burn-rate rule would have fired at an SLO of {pct} is not known: "
                    "too little is logged."},
    {"slo-part", ", computed from the {length} of its {all} that are logged"},
    {"slo-part-cell", "{length} of {all}"},
    {"slo-budget", "The failures used {pct} of an error budget of 30 days, by requests (est.)."},
    {"slo-budget-time", "Full failure used {pct} of an error budget of 30 days, by time (est.)."},
    {"observed-order", "The order of events proves no cause."},
    {"observed-nothing", "No {list} is in {log}{of}."},
    {"resolution-phase", "Failures fell (est.) {length} after this change: {sentence}"},
    {"resolution-phase-same", "Failures fell (est.) in the second of this change: {sentence}"},
    {"resolution-last", "The impact ended {length} after this change: {sentence}"},
    {"resolution-last-same", "The impact ended within a second of this change: {sentence}"},
    {"resolution-last-after", "A change came {length} after the end: {sentence}"},
    {"resolution-last-about", "The impact ended about the time of this change: {sentence}"},
    {"late-status", "A 504 is logged when the wait is over: these requests were made earlier, by "
                    "60 s where nginx has its default."},
    {"resolution-late-status", "What failed after it may have been asked for before: a 504 is "
                               "logged when the wait is over."},
    {"resolution-between", "The last failure was {length} before, and the first success {after} "
                           "after, this change: {sentence}"},
    {"resolution-none", "No change is in {log} in the hour before the end{left}."},
    {"resolution-lost", "The log of the hour before the end is missing: it cannot tell what "
                        "changed then."},
    {"resolution-blind", "No log here would show a change in the hour before the end."},
    {"resolution-redundancy", "All servers were back in service at {at}."},
    {"resolution-open-one", "{server} was not back in service at the end of the logs."},
    {"resolution-open", "Not all servers were back in service at the end of the logs."},
    {"todo-first", "TODO(first): which part failed first, how is that known, what was different "
                   "from the days before, and what was ruled out?"},
    {"todo-check", "TODO(check): how was it checked that all is well again, and by whom?"},
    {"todo-resolution", "TODO(resolution): what was done, and is it permanent?"},
    /* measures */
    {"improve-redundancy", "Notice servers that stay out of rotation."},
    {"improve-share", "Notice when one server is given far more than its share."},
    {"improve-memory", "Notice memory pressure before users do."},
    {"improve-errors", "Notice failing requests sooner."},
    {"improve-connections", "Notice sooner that clients get no connection."},
    {"improve-silence", "Notice sooner that no request is logged."},
    {"improve-limits", "Know the limits before they are reached."},
    {"improve-storage", "Notice disks that fill up or fail."},
    {"improve-crash", "Notice processes that die and come back."},
    {"improve-upstream", "Notice applications that stop answering."},
    {"improve-application", "Notice errors that the application itself logs."},
    {"improve-slow", "Notice slow answers before they become errors."},
    {"improve-waiting", "Notice slow answers, and clients that leave, sooner."},
    {"improve-network", "Notice network errors of hosts."},
    {"improve-change", "Notice errors right after a change."},
    {"todo-lessons", "TODO(lessons): what went well, what did not, and where was there luck?"},
    {"todo-improve", "TODO(improve): what should be better?"},
    {"task-redundancy", "(detect) Alert when {backend} lacks a server for 15 minutes ({server}: "
                        "{length})."},
    {"task-redundancy-soon", "(detect) Alert at once when {backend} lacks a server ({server}: "
                             "{length})."},
    {"task-maintenance", "(process) Give each maintenance an end time, and alert when it passes."},
    {"task-share", "(detect) Alert when one server is given twice its usual share of requests."},
    {"task-memory", "(detect) Alert on memory above 90% on {host}, and cap {subject}."},
    {"task-errors", "(detect) Alert when more than 1% of requests fail for {length}."},
    {"task-slow-requests", "(detect) Alert when more than 5% of requests take {step} or more, or "
                           "are left by their client, for {length}."},
    {"task-left-requests", "(detect) Alert when more than 5% of requests are left by their client "
                           "for {length}, and log how long requests take."},
    {"task-no-server", "(detect) Alert at once when {services} has no active server."},
    {"task-error-lines", "(detect) Alert on error lines about upstreams of {services}, and keep "
                         "its log of requests as long as its error log."},
    {"task-connections", "(detect) Check the TLS handshake of {services} from outside, with the "
                         "days left of its certificate, and alert when it fails for {length}."},
    {"task-silence", "(detect) Alert when {services} logs no request for {length}."},
    {"task-limits", "(prevent) Load-test {host} and set its limits from the result."},
    {"task-conntrack", "(prevent) Raise `net.netfilter.nf_conntrack_max` on {host}, and alert at "
                       "80% of it."},
    {"task-storage", "(detect) Alert on disk space below 10% on {host}."},
    {"task-crash", "(detect) Alert on restarts of {subject} on {host}, and keep its core dumps."},
    {"task-upstream", "(detect) Alert when {subject}, the upstream of {host}, does not answer for "
                      "30 seconds."},
    {"task-database", "(prevent) Size the connection pools that {host} uses to the limit of the "
                      "database, and alert at 80% of it."},
    {"task-service", "(detect) Alert when {subject} on {host} fails."},
    {"task-application", "(detect) Alert on fatal errors that the application behind {host} logs."},
    {"task-slow", "(mitigate) Set a timeout for {subject}, the upstream of {host}, and alert when "
                  "its answers take over 2 seconds for 5 minutes."},
    {"task-network", "(detect) Alert on link and network errors of {host}."},
    {"task-change", "(prevent) Roll the next such change out to one server first, and compare its "
                    "errors for 10 minutes."},
    {"task-traffic", "(prevent) Load-test {services} at twice the usual traffic, and set limits "
                     "from the result."},
    {"todo-sooner", "TODO(sooner): what would have prevented it, what would have shown it sooner, "
                    "and what would have ended it sooner?"},
    {"todo-tasks", "TODO(tasks): owner, due date and ticket for each."},
    /* none found */
    {"annex-took", "What the server's side took, where the logs tell it apart; of failed requests "
                   "the whole time. Before and after: as long as the incident, an hour at least, "
                   "without other incidents (est.)."},
    {"annex-no-times", "The logs of these requests do not tell how long they took."},
    {"none-duration", "No incident was found in these logs."},
    {"none-window", "No incident was found between {from} and {to}."},
    {"none-in-window", "No incident was found in that time."},
    {"none-span", "They cover {from} to {to} UTC{left}; the sources table says which log covers "
                  "what."},
    {"none-span-window", "The logs cover {from} to {to} UTC{left}; the sources table says which "
                         "log covers what."},
    {"none-nothing-counted", "No access log or balancer log with requests was read, so failures of "
                             "requests could not be seen."},
    {"none-no-requests", "No request was counted in that time, so failures could not be seen."},
    {"none-requests", "{failed} of {all} requests failed with a 5xx or without an answer over that "
                      "time ({pct}), without a burst."},
    {"none-events", "No event was found from {from} to {to}{left}."},
    {"none-events-undated", "No event was found: no line has a time."},
    {"none-upstream", "{n} lines of error logs tell of requests to {services} that had no answer "
                      "from an upstream; most in the hour from {at}: {more}."},
    {"none-connections", "{n} connections to {services} ended in the TLS handshake; most in the "
                         "hour from {at}: {more}, beside {all} requests; {before} were logged in "
                         "the hour before it, {after} in the hour after."},
    {"none-low", "Smaller findings, listed in the annex: {n}."},
    /* annex */
    {"impossible", "the time of at least {n} lines does not exist (29 February, or an hour that "
                   "clocks left out)"},
    {"timed-number", "the number behind the requests is taken as how long they took, in "
                     "microseconds, by its values; `--log-format` settles it"},
    {"timed-perhaps", "a number behind the requests is not read; if it is how long they took in "
                      "microseconds, give `--log-format` {what}, of milliseconds with "
                      "{other}, of seconds with {left}"},
    {"annex-count", "Count: how many lines of that minute say the same."},
    {"annex-shortened", "The table is cut to {n} of {all} rows, as the draft would be too long to "
                        "paste; `--format json` has all."},
    {"annex-copy", "{log} holds requests of {other} again; they are counted once."},
    {"annex-through", "{log}: its requests came through the balancer and are counted there; they "
                      "count here only where the balancer's log is silent."},
    {"annex-firsts", "The first of each sort, from 2 minutes before the start (people: from the "
                     "start) to an hour after the end; what is not listed is not in these logs."},
    {"annex-slo", "When rules of the SRE workbook would have fired at an SLO of {pct} of all "
                  "counted requests; no alert of theirs is in these logs."},
    {"annex-servers", "Servers: all requests that they were given, also those not counted as "
                      "users."},
    {"annex-failed", "Failed: answered with a 5xx, or not at all."},
    {"annex-retries", "Answered well after another try, and not counted as failed: {n}."},
    {"annex-agent", "requests of the agent {name}"},
    {"annex-agent-rule", "an agent known for health checks or monitoring"},
    {"annex-rhythm", "requests for {name} by one peer"},
    {"annex-rhythm-rule", "one peer asks one path without an agent at a constant interval"},
    {"annex-no-text", "one of many; its text was not kept"},
    {NULL, NULL},
};
