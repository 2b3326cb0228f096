/* Asks the API of a running Backstage for its entities (catalog/crawl/import.h makes claims of them), by libcurl (web.h): the newer by-query with its cursor, or where that is not there the
 * older one with limit and offset. */
#ifndef PLEACH_PART_BACKSTAGE_H
#define PLEACH_PART_BACKSTAGE_H
#include "catalog/crawl/import.h"

enum { BACKSTAGE_PAGE = 500, BACKSTAGE_PAGES_MAX = 200 };
/* url: of Backstage, or of its catalogue's API. token: empty, none. path: of the repository that it becomes. NULL with e; else to be freed, and *r points into it. */
struct import *backstage_ask(struct str url, struct str token, struct str path, int64_t now, const struct repository **r, struct err *e);
#endif
