/* Follows names in DNS: SRV records and addresses, asked anew as their TTL says, within bounds. What a name stands for is asked for by a worker. A service is the first label: `_orders._tcp.shop.example`
 * and `orders.shop.example:8080` are orders. */
#include "base/check.h"
#include "sys/dns.h"
#include "part/discovery_impl.h"
#include <stdlib.h>

enum { MEMORY = 16 << 20 };
#define LEAST (5 * SECOND)   /* between two questions, whatever the TTL */
#define MOST (300 * SECOND)
#define USUAL (15 * SECOND)  /* where none is told, as of SRV records */

struct found_name { struct str name; struct instance *items; size_t count; };
struct names { struct arena arena; struct found_name *list; size_t count; uint32_t ttl; struct err err; };

static struct str service_of(struct str name)
{
	name = str_starts(name, STR("_")) ? str_skip(name, 1) : name;
	size_t dot = str_find_char(name, '.');
	return dot == SIZE_MAX ? name : str_sub(name, 0, dot);
}

static void ask_one(struct names *n, struct dns *d, struct str entry)
{
	size_t colon = str_find_char(entry, ':');
	struct str name = str_sub(entry, 0, colon), port = colon == SIZE_MAX ? STR("") : str_skip(entry, colon + 1);
	struct dns_answer *answers;
	struct found_name *f = &n->list[n->count];
	size_t count;
	uint32_t ttl;
	if (!dns_ask(d, name, &n->arena, &answers, &count, &ttl, &n->err))
		return;
	*f = (struct found_name){ entry, ARENA_ARRAY(&n->arena, count + 1, struct instance), 0 };
	for (size_t i = 0; f->items && i < count; i++) {
		bool six = str_find_char(answers[i].host, ':') != SIZE_MAX;
		struct str host = six ? arena_printf(&n->arena, "[%.*s]", STR_FMT(answers[i].host)) : answers[i].host;
		struct str address = answers[i].port ? arena_printf(&n->arena, "%.*s:%d", STR_FMT(host), answers[i].port) : port.len ? arena_printf(&n->arena, "%.*s:%.*s", STR_FMT(host), STR_FMT(port)) : host;
		f->items[f->count++] = (struct instance){ .service = service_of(name), .id = address, .address = address, .health = INSTANCE_UNKNOWN };
	}
	n->count++;
	n->ttl = ttl && (!n->ttl || ttl < n->ttl) ? ttl : n->ttl;
}

/* In a worker: everything that it touches is the follower's own, and the follower waits. */
static void work(struct follower *f)
{
	struct names *n = f->own;
	arena_release(&n->arena);
	*n = (struct names){ 0 };
	arena_init(&n->arena, MEMORY);
	n->list = ARENA_ARRAY(&n->arena, FOLLOWER_NAMES_MAX, struct found_name);
	struct dns *d = n->list ? dns_open(f->scope, &n->err) : NULL;
	struct str rest = f->set.url;
	for (size_t i = 0; d && i < FOLLOWER_NAMES_MAX && rest.p && rest.len && !err_is_set(&n->err); i++)
		ask_one(n, d, str_split(&rest, '\n'));
	dns_close(d);
}

static bool same(const struct found *f, const struct found_name *x)
{
	const struct found_entry *e = map_get(&f->entries, x->name);
	if ((e ? e->count : 0) != x->count)
		return false;
	for (size_t i = 0; i < x->count; i++) {
		bool there = false; /* servers answer in any order */
		for (size_t k = 0; k < e->count; k++)
			there |= str_eq(e->items[k].address, x->items[i].address);
		if (!there)
			return false;
	}
	return true;
}

/* The worker has answered. */
static void begin(struct follower *f)
{
	struct names *n = f->own;
	bool changed = false;
	if (err_is_set(&n->err)) {
		follower_failed(f, NULL, n->err.message);
		return;
	}
	found_begin(&f->found);
	for (size_t i = 0; i < n->count; i++) {
		if (same(&f->found, &n->list[i])) {
			found_keep(&f->found, n->list[i].name);
			continue;
		}
		changed = true;
		found_put(&f->found, n->list[i].name, n->list[i].items, n->list[i].count);
	}
	found_sweep(&f->found);
	int64_t pause = n->ttl ? (int64_t)n->ttl * SECOND : USUAL;
	pause = pause < LEAST ? LEAST : pause > MOST ? MOST : pause;
	follower_heard(f, changed);
	follower_again(f, pause);
}

static void end(struct follower *f)
{
	struct names *n = f->own;
	if (f->looking) /* the worker is at it; the memory goes with the follower */
		return;
	arena_release(&n->arena);
	*n = (struct names){ 0 };
}

const struct follower_kind follower_dns = { "dns", SOURCE_DNS, sizeof(struct names), begin, end, work };
