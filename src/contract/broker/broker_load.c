/* The broker's memory, read from its file: at start, after a deletion, and after a transaction that could not be committed. Rows come by id, so what they refer
 * to is there before them. */
#include "contract/broker/broker_impl.h"
#include <stdio.h>

enum { MEMORY_MAX = 0x7fffffff };

struct reading { struct broker *b; sqlite3_stmt *s; bool ok; };

static struct str text(struct reading *r, int column)
{
	struct str s = broker_column(&r->b->memory, r->s, column);
	r->ok &= s.p != NULL;
	return s;
}

static int64_t number(const struct reading *r, int column) { return sqlite3_column_int64(r->s, column); }

/* By id, in a list sorted by it, whose items begin with theirs. */
static void *by_id(void *const *items, size_t count, int64_t id)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int64_t have = *(const int64_t *)items[middle];
		if (have == id)
			return items[middle];
		if (have < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
#define BY_ID(list, id) by_id((void *const *)(list).items, (list).count, id)

static bool participant(struct reading *r)
{
	struct broker *b = r->b;
	struct participant *p = ARENA_NEW(&b->memory, struct participant);
	if (!p)
		return false;
	*p = (struct participant){ .id = number(r, 0), .name = text(r, 1), .display = text(r, 2), .main_branch = text(r, 3), .repository_url = text(r, 4), .repository_name = text(r, 5),
				   .repository_namespace = text(r, 6), .created = number(r, 7), .updated = number(r, 8) };
	map_init(&p->by_number, BROKER_VERSIONS_MAX);
	return LIST_ADD(b, b->participants, p) && map_put(&b->names, p->name, p);
}

static bool label(struct reading *r)
{
	struct participant *p = BY_ID(r->b->participants, number(r, 0));
	return p && LIST_ADD(r->b, p->labels, text(r, 1));
}

static bool version(struct reading *r)
{
	struct version *v = ARENA_NEW(&r->b->memory, struct version);
	if (!v)
		return false;
	*v = (struct version){ .id = number(r, 0), .participant = BY_ID(r->b->participants, number(r, 1)), .number = text(r, 2), .build_url = text(r, 3), .created = number(r, 4) };
	return v->participant && link_version(r->b, v);
}

static bool branch(struct reading *r)
{
	struct broker *b = r->b;
	struct branch *x = ARENA_NEW(&b->memory, struct branch);
	if (!x)
		return false;
	*x = (struct branch){ .id = number(r, 0), .participant = BY_ID(b->participants, number(r, 1)), .name = text(r, 2), .created = number(r, 3) };
	return x->participant && LIST_ADD(b, b->branches, x) && LIST_ADD(b, x->participant->branches, x);
}

static bool branch_version(struct reading *r)
{
	struct branch *x = BY_ID(r->b->branches, number(r, 0));
	struct version *v = BY_ID(r->b->versions, number(r, 1));
	return x && v && LIST_ADD(r->b, x->versions, v) && LIST_ADD(r->b, v->branches, x);
}

static bool tag(struct reading *r)
{
	struct version *v = BY_ID(r->b->versions, number(r, 0));
	struct tag t = { broker_intern(r->b, text(r, 1)), number(r, 2) };
	return v && t.name.p && LIST_ADD(r->b, v->tags, t);
}

static bool environment(struct reading *r)
{
	struct environment *e = ARENA_NEW(&r->b->memory, struct environment);
	if (!e)
		return false;
	*e = (struct environment){ .id = number(r, 0), .uuid = text(r, 1), .name = text(r, 2), .display = text(r, 3), .production = number(r, 4), .contacts = text(r, 5),
				   .created = number(r, 6), .updated = number(r, 7) };
	return LIST_ADD(r->b, r->b->environments, e);
}

static bool deployment(struct reading *r)
{
	struct deployment *d = ARENA_NEW(&r->b->memory, struct deployment);
	if (!d)
		return false;
	*d = (struct deployment){ .id = number(r, 0), .uuid = text(r, 1), .released = number(r, 2), .version = BY_ID(r->b->versions, number(r, 3)),
				  .environment = BY_ID(r->b->environments, number(r, 4)), .instance = text(r, 5), .created = number(r, 6), .ended = number(r, 7) };
	return d->version && d->environment && link_deployment(r->b, d);
}

static struct pair *pair_of(struct broker *b, struct participant *consumer, struct participant *provider)
{
	struct pair *p = broker_pair(consumer, provider);
	if (p)
		return p;
	p = ARENA_NEW(&b->memory, struct pair);
	if (!p)
		return NULL;
	*p = (struct pair){ .consumer = consumer, .provider = provider };
	return LIST_ADD(b, consumer->consumes, p) && LIST_ADD(b, provider->provides, p) ? p : NULL;
}

static bool content(struct reading *r)
{
	struct broker *b = r->b;
	struct content *k = ARENA_NEW(&b->memory, struct content);
	struct participant *consumer = BY_ID(b->participants, number(r, 1)), *provider = BY_ID(b->participants, number(r, 2));
	struct str sha = text(r, 3);
	if (!k || !consumer || !provider || sha.len != SHA_HEX)
		return false;
	*k = (struct content){ .id = number(r, 0), .pair = pair_of(b, consumer, provider), .created = number(r, 4) };
	memcpy(k->sha, sha.p, SHA_HEX);
	return k->pair && LIST_ADD(b, b->contents, k) && LIST_ADD(b, k->pair->contents, k);
}

static bool pact(struct reading *r)
{
	struct pact *p = ARENA_NEW(&r->b->memory, struct pact);
	if (!p)
		return false;
	*p = (struct pact){ .id = number(r, 0), .version = BY_ID(r->b->versions, number(r, 1)), .content = BY_ID(r->b->contents, number(r, 2)), .revision = number(r, 3), .created = number(r, 4) };
	if (!p->version || !p->content)
		return false;
	p->pair = p->content->pair;
	return link_pact(r->b, p);
}

static bool verification(struct reading *r)
{
	struct verification *v = ARENA_NEW(&r->b->memory, struct verification);
	if (!v)
		return false;
	*v = (struct verification){ .id = number(r, 0), .content = BY_ID(r->b->contents, number(r, 1)), .number = number(r, 2), .version = BY_ID(r->b->versions, number(r, 3)),
				    .success = number(r, 4), .wip = number(r, 5), .build_url = text(r, 6), .created = number(r, 7) };
	return v->content && v->version && link_verification(r->b, v);
}

static bool webhook(struct reading *r)
{
	struct broker *b = r->b;
	struct webhook *w = ARENA_NEW(&b->memory, struct webhook);
	if (!w)
		return false;
	*w = (struct webhook){ .id = number(r, 0), .uuid = text(r, 1), .description = text(r, 2), .consumer = BY_ID(b->participants, number(r, 3)), .provider = BY_ID(b->participants, number(r, 4)),
			       .consumer_label = text(r, 5), .provider_label = text(r, 6), .events = (uint32_t)number(r, 7), .enabled = number(r, 8), .method = text(r, 9), .url = text(r, 10),
			       .username = text(r, 11), .password = text(r, 12), .headers = text(r, 13), .body = text(r, 14), .created = number(r, 15), .updated = number(r, 16) };
	return LIST_ADD(b, b->webhooks, w);
}

static const struct { const char *sql; bool (*row)(struct reading *r); } steps[] = {
	{ "SELECT id, name, display, main_branch, repository_url, repository_name, repository_namespace, created, updated FROM pacticipants ORDER BY id", participant },
	{ "SELECT pacticipant, name FROM labels", label },
	{ "SELECT id, pacticipant, number, build_url, created FROM versions ORDER BY id", version },
	{ "SELECT id, pacticipant, name, created FROM branches ORDER BY id", branch },
	{ "SELECT branch, version FROM branch_versions ORDER BY id", branch_version },
	{ "SELECT version, name, created FROM tags ORDER BY version, created, name", tag },
	{ "SELECT id, uuid, name, display, production, contacts, created, updated FROM environments ORDER BY id", environment },
	{ "SELECT id, uuid, released, version, environment, instance, created, ended FROM deployments ORDER BY id", deployment },
	{ "SELECT id, consumer, provider, sha, created FROM contents ORDER BY id", content },
	{ "SELECT id, version, content, revision, created FROM pacts ORDER BY id", pact },
	{ "SELECT id, content, number, version, success, wip, build_url, created FROM verifications ORDER BY id", verification },
	{ "SELECT id, uuid, description, consumer, provider, consumer_label, provider_label, events, enabled, method, url, username, password, headers, body, created, updated"
	  " FROM webhooks ORDER BY id", webhook },
};

static bool read_rows(struct broker *b, const char *sql, bool (*row)(struct reading *r))
{
	struct reading r = { .b = b, .ok = true };
	int got = sqlite3_prepare_v2(b->db, sql, -1, &r.s, NULL);
	if (got == SQLITE_OK)
		while ((got = sqlite3_step(r.s)) == SQLITE_ROW && r.ok)
			r.ok = row(&r) && r.ok;
	sqlite3_finalize(r.s);
	return got == SQLITE_DONE && r.ok;
}

void broker_forget(struct broker *b)
{
	for (size_t i = 0; i < b->participants.count; i++)
		map_release(&b->participants.items[i]->by_number);
	map_release(&b->names);
	map_release(&b->interned);
	arena_release(&b->memory);
	memset(&b->participants, 0, sizeof(b->participants));
	memset(&b->versions, 0, sizeof(b->versions));
	memset(&b->branches, 0, sizeof(b->branches));
	memset(&b->contents, 0, sizeof(b->contents));
	memset(&b->pacts, 0, sizeof(b->pacts));
	memset(&b->verifications, 0, sizeof(b->verifications));
	memset(&b->environments, 0, sizeof(b->environments));
	memset(&b->deployments, 0, sizeof(b->deployments));
	memset(&b->webhooks, 0, sizeof(b->webhooks));
}

bool broker_load(struct broker *b)
{
	broker_forget(b);
	arena_init(&b->memory, MEMORY_MAX);
	map_init(&b->names, BROKER_PACTICIPANTS_MAX);
	map_init(&b->interned, BROKER_VERSIONS_MAX);
	bool ok = true;
	for (size_t i = 0; i < ARRAY_LEN(steps) && ok; i++)
		ok = read_rows(b, steps[i].sql, steps[i].row);
	if (ok)
		return true;
	snprintf(b->trouble, sizeof(b->trouble), "the broker's file %.255s cannot be read: %s. Put it back from a backup, or move it away to begin anew", b->file,
		 b->memory.full ? "it is more than fits into memory" : sqlite3_errcode(b->db) == SQLITE_OK ? "its rows contradict each other" : sqlite3_errmsg(b->db));
	broker_forget(b);
	sqlite3_close_v2(b->db);
	b->db = NULL;
	return false;
}
