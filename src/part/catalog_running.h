/* Watches which versions of services run (catalog/releases/running.h): from what they logged and traced in the last window, once a round; kept in .pleach/catalog/running.json. */
#ifndef PLEACH_PART_CATALOG_RUNNING_H
#define PLEACH_PART_CATALOG_RUNNING_H
#include "catalog/picture/picture.h"
#include "catalog/releases/running.h"

/* The store's question for it, after "/api/query?from=<window>s": rows of service, version, count. */
#define RUNNING_QUESTION "&q=*%20%7C%20stats%20count()%20by%20service%2C%20version%20%7C%20limit%2010000"
/* One more step, from what was known before (NULL: from the folder). answer: schema "Query", of the window; NULL: not answered, nothing is concluded then. Written to the folder where something has changed. */
void catalog_running_make(struct running_history *h, struct arena *a, const struct picture *p, const struct json *answer, const struct running_history *before, struct str folder);
/* "running": {"version", "events": […]} of one service, newest first. */
void catalog_running_json(struct json_out *o, const struct running_history *h, struct str id);
#endif
