/* What followers of registries share (discovery.c), and what each of them is: a row of functions. All on the loop's thread, but for looking up a name. */
#ifndef PLEACH_PART_DISCOVERY_IMPL_H
#define PLEACH_PART_DISCOVERY_IMPL_H
#include "catalog/discovery/registries.h"
#include "net/url.h"
#include "part/discovery.h"

enum { DISCOVERY_BODY_MAX = 64 << 20, DISCOVERY_ADDRESSES = 4, DISCOVERY_READ_MEMORY = 512 << 20, DISCOVERY_TEXT = 1024, FOLLOWER_NAMES_MAX = 256 };
enum follower_state { FOLLOWER_CONNECTING, FOLLOWER_FOLLOWING, FOLLOWER_FAILING };

struct follower;
struct follower_kind {
	const char *name;            /* as the catalogue's source is called */
	enum claim_source source;
	size_t size;                 /* of what it holds */
	void (*begin)(struct follower *f); /* asks for everything; f->address stands */
	void (*end)(struct follower *f);   /* cancels its calls; what it has found stays; before the follower is freed again, then not `looking` */
	void (*work)(struct follower *f);  /* in a worker before begin, instead of looking up a host; NULL: it has a host */
};
extern const struct follower_kind follower_consul, follower_etcd, follower_kubernetes, follower_dns;

struct follower {
	const struct follower_kind *kind;
	struct discovery *owner;
	void *own;
	struct arena arena;          /* what was configured */
	struct fleet_registry set;   /* of DNS: url: the names; scope: the server */
	struct url url;
	struct arena secrets;        /* read from files before it begins */
	struct str headers /* with the token */, password, scope;
	struct sys_addr addresses[DISCOVERY_ADDRESSES];
	size_t addresses_count, address_at;
	struct sys_addr address;
	struct found found;
	enum follower_state state;
	char problem[DISCOVERY_TEXT]; /* of the last try */
	int64_t heard;               /* wall time at which its answer was last known to be so, ns; 0: never */
	int64_t pause;               /* before the next try */
	uint64_t changes;
	struct timer timer;
	struct loop_job lookup;
	bool looking, gone;          /* gone: freed when the look-up is done */
};
struct loop *follower_loop(const struct follower *f);
/* A call to it; NULL with the follower failing where it cannot be made. */
struct http_call *follower_call(struct follower *f, struct http_call_options *o, void (*done)(void *ctx, const struct http_result *r));
/* It answered as it should: what was found is so, now. */
void follower_heard(struct follower *f, bool changed);
/* It did not: what it has under way is ended, and it begins anew after a pause that grows. `r` NULL: the words alone. */
void follower_failed(struct follower *f, const struct http_result *r, const char *what);
/* Begins anew after a time, though nothing is wrong. */
void follower_again(struct follower *f, int64_t pause);
struct str follower_target(struct follower *f, struct arena *a, const char *path);
/* Lines of an endless answer (a watch). line(own) takes each whole one and returns false to end the watch; then, and where a line is too long or no JSON, the call is gone without a word and stopped()
 * comes from the loop. */
struct follower_lines { struct follower *f; struct buf buf; struct deferred deferred; bool (*line)(void *own, const struct json *line, struct arena *a); void (*stopped)(struct follower *f); };
void follower_lines_begin(struct follower_lines *l, struct follower *f, bool (*line)(void *own, const struct json *line, struct arena *a), void (*stopped)(struct follower *f));
bool follower_lines_take(struct follower_lines *l, struct str piece); /* false: the watch is over */
void follower_lines_end(struct follower_lines *l); /* harmless where it never began */
#endif
