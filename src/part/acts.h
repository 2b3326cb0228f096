/* What people do to the catalogue from the console or by the API: a service gets an owner, orphans become work items; and, without anybody's doing, work items that there are are kept up to date and closed.
 *
 * Each act is the command that a person would type (`pleach catalog --assign`, `--todo`), in a process of its own (own.h), one at a time, the others wait. So there is one way to do each, and what asks a
 * forge's server with its token is not control itself.
 * Only for those that from_here.h lets. */
#ifndef PLEACH_PART_ACTS_H
#define PLEACH_PART_ACTS_H
#include "catalog/picture/picture.h"
#include "net/http_server.h"

#define ACTS_PATH "/api/work-items"
struct acts;
struct acts_options {
	struct str root;    /* of the fleet */
	void (*log)(void *ctx, uint8_t severity, struct str message);
	void *log_ctx;
};
struct acts *acts_new(struct loop *l, const struct acts_options *o, struct err *e);
/* As a guest of control: GET says where work items are kept and which there are; POST {"service"} raises one for an orphan, {} for all. */
void acts_fleet(void *acts, const struct fleet *f);
void acts_handle(void *acts, struct http_exchange *x, struct str path);
/* PUT {"team"} of a service's owner. */
void acts_owner(struct acts *t, struct http_exchange *x, struct str service);
/* There is a new picture: where it has other orphans than the one before, and now and then, work items that there are are kept. */
void acts_picture(struct acts *t, const struct picture *p);
/* Ends what is under way, frees, then calls closed (maybe at once). */
void acts_close(struct acts *t, void (*closed)(void *ctx), void *ctx);
#endif
