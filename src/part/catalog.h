/* The catalogue of a running fleet, for control: crawls now and then (part/catalog_crawl.h), asks the store what was seen, makes the picture (catalog/picture) of both off the
 * loop's thread, answers GET /api/catalog and /api/catalog/{service}, and has findings of contradictions and orphans. */
#ifndef PLEACH_PART_CATALOG_H
#define PLEACH_PART_CATALOG_H
#include "model/finding.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "part/catalog_pacts.h"

#define CATALOG_PATH_API "/api/catalog"
#define ADVICE_PATH "/api/advice"
#define DUPLICATES_PATH "/api/duplicates"
struct catalog_part;
struct catalog_options {
	struct str root;               /* of the fleet */
	struct sys_addr store, control; /* control itself: the state of instances */
	struct http_client *client;
	struct acts *acts;             /* what people do to it (part/acts.h) */
	struct discovery *discovery;   /* what registries say (part/discovery.h) */
	void (*pacts)(void *ctx, struct catalog_pacts *to); /* adds what the broker knows; on the loop's thread, until the part is closed; NULL: there is no broker */
	void *pacts_ctx;
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
};
struct catalog_part *catalog_part_new(struct loop *l, const struct catalog_options *o, struct err *e);
/* As a guest of control (control/control.h). */
void catalog_part_fleet(void *catalog, const struct fleet *f);
void catalog_part_handle(void *catalog, struct http_exchange *x, struct str path);
void catalog_part_advice(void *catalog, struct http_exchange *x, struct str path);
void catalog_part_duplicates(void *catalog, struct http_exchange *x, struct str path);
void catalog_part_judge(void *catalog, const struct finding_sink *to);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void catalog_part_close(struct catalog_part *c, void (*closed)(void *ctx), void *ctx);
#endif
