/* health.h - which user agents are health checks and monitors, not users.
 *
 * Balancers, orchestrators and monitoring services request a page every few seconds and go on
 * failing or succeeding when users no longer do. They are told by the name they give themselves:
 * a table of names, written as they are sent, compared byte by byte. A browser, a search engine,
 * curl or wget is never in it. What was set aside on this ground is named in the annex of the
 * draft. Nothing here allocates.
 */
#ifndef PMT_HEALTH_H
#define PMT_HEALTH_H

#include "pmt/text.h"

/* Longer agents are judged by this many first bytes. */
enum { PMT_HEALTH_AGENT_MAX = 1024 };

/* Is this the user agent of a health check or monitor? Then *name (unless NULL) is what people call
 * it: "UptimeRobot", "Kubernetes probe"; a literal. *name is untouched otherwise. */
bool pmt_health_agent(struct pmt_slice agent, const char **name);

#endif
