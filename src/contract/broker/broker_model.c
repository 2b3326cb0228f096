/* The broker's objects: finding them, and adding them to file and memory at once, within a transaction. What cannot be added (a limit, the file) is a fault of the
 * call; then the transaction is not committed, and the memory is read anew. */
#include "contract/broker/broker_impl.h"
#include <stdio.h>

int64_t broker_now(void) { return sys_wall() / MSEC; }

struct str broker_uuid(struct arena *a)
{
	uint64_t x[2] = { sys_random(), sys_random() };
	/* Version 4, variant 1 of RFC 9562. */
	return arena_printf(a, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(x[0] >> 32), (unsigned)(x[0] >> 16 & 0xffff), (unsigned)(x[0] & 0xfff), (unsigned)(0x8000 | (x[1] >> 48 & 0x3fff)),
			    (unsigned long long)(x[1] & 0xffffffffffff));
}

struct str broker_keep(struct broker *b, struct str text) { return arena_str(&b->memory, text.p ? text : STR("")); }

struct str broker_intern(struct broker *b, struct str name)
{
	const struct str *have = map_get(&b->interned, name);
	if (have)
		return *have;
	struct str *own = ARENA_NEW(&b->memory, struct str);
	if (!own)
		return (struct str){ 0 };
	*own = broker_keep(b, name);
	return own->p && map_put(&b->interned, *own, own) ? *own : (struct str){ 0 };
}

/* --- finding ---------------------------------------------------------------------------------------------------------------------------------------------- */

struct participant *broker_participant(const struct broker *b, struct str name) { return map_get(&b->names, name); }
struct version *broker_version(const struct participant *p, struct str number) { return map_get(&p->by_number, number); }

struct branch *broker_branch(const struct participant *p, struct str name)
{
	for (size_t i = p->branches.count; i-- > 0;) /* young ones are asked for most */
		if (str_eq(p->branches.items[i]->name, name))
			return p->branches.items[i];
	return NULL;
}

struct pair *broker_pair(const struct participant *consumer, const struct participant *provider)
{
	bool by_provider = provider->provides.count < consumer->consumes.count;
	size_t n = by_provider ? provider->provides.count : consumer->consumes.count;
	for (size_t i = 0; i < n; i++) {
		struct pair *p = by_provider ? provider->provides.items[i] : consumer->consumes.items[i];
		if (p->consumer == consumer && p->provider == provider)
			return p;
	}
	return NULL;
}

struct content *broker_content(const struct pair *p, struct str sha)
{
	for (size_t i = p->contents.count; i-- > 0;)
		if (str_eq(str_from(p->contents.items[i]->sha, SHA_HEX), sha))
			return p->contents.items[i];
	return NULL;
}

struct pact *broker_pact_of(const struct version *consumer, const struct pair *p)
{
	for (size_t i = 0; i < consumer->pacts.count; i++)
		if (consumer->pacts.items[i]->pair == p)
			return consumer->pacts.items[i];
	return NULL;
}

struct environment *broker_environment(const struct broker *b, struct str id)
{
	for (size_t i = 0; i < b->environments.count; i++)
		if (str_eq(b->environments.items[i]->uuid, id) || str_eq(b->environments.items[i]->name, id))
			return b->environments.items[i];
	return NULL;
}

struct deployment *broker_deployment(const struct broker *b, struct str uuid)
{
	for (size_t i = b->deployments.count; i-- > 0;)
		if (str_eq(b->deployments.items[i]->uuid, uuid))
			return b->deployments.items[i];
	return NULL;
}

/* Where a provider version of this order is, or would be. */
static size_t latest_place(const struct content *k, uint32_t order)
{
	size_t low = 0, high = k->latest.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (k->latest.items[middle]->version->order < order)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct verification *broker_latest_by(const struct content *k, const struct version *provider)
{
	size_t i = latest_place(k, provider->order);
	return i < k->latest.count && k->latest.items[i]->version == provider ? k->latest.items[i] : NULL;
}

bool version_has_tag(const struct version *v, struct str name)
{
	for (size_t i = 0; i < v->tags.count; i++)
		if (str_eq(v->tags.items[i].name, name))
			return true;
	return false;
}

bool version_on_branch(const struct version *v, const struct branch *b)
{
	for (size_t i = 0; i < v->branches.count; i++)
		if (v->branches.items[i] == b)
			return true;
	return false;
}

struct pact *pair_latest(const struct pair *p, struct str tag)
{
	for (size_t i = p->pacts.count; i-- > 0;)
		if (!tag.p || version_has_tag(p->pacts.items[i]->version, tag))
			return p->pacts.items[i];
	return NULL;
}

struct pact *pair_latest_on_branch(const struct pair *p, struct str name)
{
	const struct branch *b = broker_branch(p->consumer, name);
	for (size_t i = b ? b->versions.count : 0; i-- > 0;) {
		struct pact *found = broker_pact_of(b->versions.items[i], p);
		if (found)
			return found;
	}
	return NULL;
}

bool version_in_environment(const struct version *v, const struct environment *e, bool deployed, bool released)
{
	for (size_t i = 0; i < v->participant->current.count; i++) {
		const struct deployment *d = v->participant->current.items[i];
		if (d->version == v && (!e || d->environment == e) && (d->released ? released : deployed))
			return true;
	}
	return false;
}

/* --- links ------------------------------------------------------------------------------------------------------------------------------------------------ */

bool link_version(struct broker *b, struct version *v)
{
	v->order = (uint32_t)v->participant->versions.count;
	return LIST_ADD(b, b->versions, v) && LIST_ADD(b, v->participant->versions, v) && map_put(&v->participant->by_number, v->number, v);
}

bool link_pact(struct broker *b, struct pact *p)
{
	struct pair *pair = p->pair;
	if (!LIST_ADD(b, b->pacts, p) || !LIST_ADD(b, p->version->pacts, p) || !LIST_ADD(b, pair->pacts, p))
		return false;
	/* Mostly the newest version comes last; an older one may get its pact late. */
	size_t i = pair->pacts.count - 1;
	for (; i > 0 && pair->pacts.items[i - 1]->version->order > p->version->order; i--)
		pair->pacts.items[i] = pair->pacts.items[i - 1];
	pair->pacts.items[i] = p;
	return true;
}

bool link_verification(struct broker *b, struct verification *v)
{
	struct content *k = v->content;
	size_t at = latest_place(k, v->version->order);
	if (!LIST_ADD(b, b->verifications, v) || !LIST_ADD(b, k->results, v))
		return false;
	if (at < k->latest.count && k->latest.items[at]->version == v->version) {
		k->latest.items[at] = v;
		return true;
	}
	if (!LIST_ADD(b, k->latest, v))
		return false;
	for (size_t i = k->latest.count - 1; i > at; i--)
		k->latest.items[i] = k->latest.items[i - 1];
	k->latest.items[at] = v;
	return true;
}

bool link_deployment(struct broker *b, struct deployment *d)
{
	return LIST_ADD(b, b->deployments, d) && (d->ended || LIST_ADD(b, d->version->participant->current, d));
}

/* --- adding ----------------------------------------------------------------------------------------------------------------------------------------------- */

bool broker_name_valid(struct call *c, const char *field, struct str name)
{
	if (!name.len || str_empty(str_strip(name)))
		return broker_invalid(c, field, "can't be blank");
	if (name.len > BROKER_NAME_MAX)
		return broker_invalid(c, field, "has %zu bytes; at most %d are taken", name.len, BROKER_NAME_MAX);
	if (!str_is_utf8(name))
		return broker_invalid(c, field, "is not UTF-8");
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			return broker_invalid(c, field, "has a control character in it");
	return true;
}

static bool room(struct call *c, size_t count, size_t most, const char *what)
{
	return count < most ? true : broker_fault(c, 507, "there are %zu %s already, which is the limit: delete what is not needed any more", count, what);
}

/* A new object in the memory of the broker. */
#define NEW(c, type) ((type *)arena_alloc(&(c)->broker->memory, sizeof(type)))

static bool full(struct call *c) { return broker_fault(c, 507, "the broker's memory is full: delete pacticipants or branches that are not needed any more"); }

struct participant *add_participant(struct call *c, struct str name)
{
	struct broker *b = c->broker;
	struct participant *p = broker_participant(b, name);
	if (p)
		return p;
	if (!broker_name_valid(c, "name", name) || !room(c, b->participants.count, BROKER_PACTICIPANTS_MAX, "pacticipants") || !broker_begin(c))
		return NULL;
	int64_t now = broker_now();
	if (!broker_do(c, "INSERT INTO pacticipants (name, created, updated) VALUES (?, ?, ?)", "sii", name, now, now))
		return NULL;
	p = NEW(c, struct participant);
	if (p) {
		*p = (struct participant){ .id = broker_last_id(c), .name = broker_keep(b, name), .display = STR(""), .main_branch = STR(""), .repository_url = STR(""), .repository_name = STR(""),
					   .repository_namespace = STR(""), .created = now, .updated = now };
		map_init(&p->by_number, BROKER_VERSIONS_MAX);
	}
	if (!p || !p->name.p || !LIST_ADD(b, b->participants, p) || !map_put(&b->names, p->name, p))
		return full(c), NULL;
	return p;
}

struct version *add_version(struct call *c, struct participant *p, struct str number)
{
	struct broker *b = c->broker;
	struct version *v = broker_version(p, number);
	if (v)
		return v;
	if (!broker_name_valid(c, "version", number) || !room(c, b->versions.count, BROKER_VERSIONS_MAX, "versions") || !broker_begin(c))
		return NULL;
	int64_t now = broker_now();
	if (!broker_do(c, "INSERT INTO versions (pacticipant, number, created) VALUES (?, ?, ?)", "isi", p->id, number, now))
		return NULL;
	v = NEW(c, struct version);
	if (v)
		*v = (struct version){ .id = broker_last_id(c), .participant = p, .number = broker_keep(b, number), .build_url = STR(""), .created = now };
	if (!v || !v->number.p || !link_version(b, v))
		return full(c), NULL;
	return v;
}

struct branch *add_branch(struct call *c, struct participant *p, struct str name)
{
	struct broker *b = c->broker;
	struct branch *x = broker_branch(p, name);
	if (x)
		return x;
	if (!broker_name_valid(c, "branch", name) || !room(c, p->branches.count, BROKER_BRANCHES_MAX, "branches of this pacticipant") || !broker_begin(c))
		return NULL;
	int64_t now = broker_now();
	if (!broker_do(c, "INSERT INTO branches (pacticipant, name, created) VALUES (?, ?, ?)", "isi", p->id, name, now))
		return NULL;
	x = NEW(c, struct branch);
	if (x)
		*x = (struct branch){ .id = broker_last_id(c), .participant = p, .name = broker_keep(b, name), .created = now };
	if (!x || !x->name.p || !LIST_ADD(b, b->branches, x) || !LIST_ADD(b, p->branches, x))
		return full(c), NULL;
	return x;
}

bool add_to_branch(struct call *c, struct branch *x, struct version *v)
{
	if (version_on_branch(v, x))
		return true;
	if (!room(c, v->branches.count, BROKER_TAGS_MAX, "branches of this version") || !broker_begin(c) ||
	    !broker_do(c, "INSERT INTO branch_versions (branch, version, created) VALUES (?, ?, ?)", "iii", x->id, v->id, broker_now()))
		return false;
	return (LIST_ADD(c->broker, x->versions, v) && LIST_ADD(c->broker, v->branches, x)) || full(c);
}

bool add_tag(struct call *c, struct version *v, struct str name)
{
	if (version_has_tag(v, name))
		return true;
	if (!broker_name_valid(c, "tag", name) || !room(c, v->tags.count, BROKER_TAGS_MAX, "tags of this version") || !broker_begin(c))
		return false;
	struct tag t = { broker_intern(c->broker, name), broker_now() };
	if (!broker_do(c, "INSERT INTO tags (version, name, created) VALUES (?, ?, ?)", "isi", v->id, name, t.created))
		return false;
	return (t.name.p && LIST_ADD(c->broker, v->tags, t)) || full(c);
}

bool set_build_url(struct call *c, struct version *v, struct str url)
{
	if (str_empty(url) || str_eq(url, v->build_url))
		return true;
	if (url.len > BROKER_TEXT_MAX)
		return broker_invalid(c, "buildUrl", "has %zu bytes; at most %d are taken", url.len, BROKER_TEXT_MAX);
	if (!broker_begin(c) || !broker_do(c, "UPDATE versions SET build_url = ? WHERE id = ?", "si", url, v->id))
		return false;
	v->build_url = broker_keep(c->broker, url);
	return true;
}

struct pair *add_pair(struct call *c, struct participant *consumer, struct participant *provider)
{
	struct broker *b = c->broker;
	struct pair *p = broker_pair(consumer, provider);
	if (p)
		return p;
	p = NEW(c, struct pair);
	if (p)
		*p = (struct pair){ .consumer = consumer, .provider = provider };
	if (!p || !LIST_ADD(b, consumer->consumes, p) || !LIST_ADD(b, provider->provides, p))
		return full(c), NULL;
	return p;
}

struct content *add_content(struct call *c, struct pair *p, const char sha[SHA_HEX], struct str text)
{
	struct broker *b = c->broker;
	struct content *k = broker_content(p, str_from(sha, SHA_HEX));
	if (k)
		return k;
	if (!room(c, b->contents.count, BROKER_PACTS_MAX, "contents of pacts") || !broker_begin(c))
		return NULL;
	int64_t now = broker_now();
	if (!broker_do(c, "INSERT INTO contents (consumer, provider, sha, text, created) VALUES (?, ?, ?, ?, ?)", "iisbi", p->consumer->id, p->provider->id, str_from(sha, SHA_HEX), text, now))
		return NULL;
	k = NEW(c, struct content);
	if (k) {
		*k = (struct content){ .id = broker_last_id(c), .pair = p, .created = now };
		memcpy(k->sha, sha, SHA_HEX);
	}
	if (!k || !LIST_ADD(b, b->contents, k) || !LIST_ADD(b, p->contents, k))
		return full(c), NULL;
	return k;
}

struct pact *add_pact(struct call *c, struct version *consumer, struct pair *pair, struct content *k)
{
	struct broker *b = c->broker;
	struct pact *p = broker_pact_of(consumer, pair);
	int64_t now = broker_now();
	if (p && p->content == k)
		return p;
	if (!broker_begin(c))
		return NULL;
	if (p) {
		if (!broker_do(c, "UPDATE pacts SET content = ?, revision = revision + 1, created = ? WHERE id = ?", "iii", k->id, now, p->id))
			return NULL;
		p->content = k;
		p->revision++;
		p->created = now;
		return p;
	}
	if (!room(c, b->pacts.count, BROKER_PACTS_MAX, "pacts") ||
	    !broker_do(c, "INSERT INTO pacts (version, content, provider, revision, created) VALUES (?, ?, ?, 1, ?)", "iiii", consumer->id, k->id, pair->provider->id, now))
		return NULL;
	p = NEW(c, struct pact);
	if (p)
		*p = (struct pact){ .id = broker_last_id(c), .version = consumer, .pair = pair, .content = k, .revision = 1, .created = now };
	if (!p || !link_pact(b, p))
		return full(c), NULL;
	return p;
}

struct verification *add_verification(struct call *c, struct content *k, struct version *provider, bool success, bool wip, struct str build_url, struct str details)
{
	struct broker *b = c->broker;
	int64_t now = broker_now(), number = k->results.count ? k->results.items[k->results.count - 1]->number + 1 : 1;
	if (!room(c, b->verifications.count, BROKER_PACTS_MAX, "results") || !broker_begin(c) ||
	    !broker_do(c, "INSERT INTO verifications (content, number, version, success, wip, build_url, details, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "iiiiissi", k->id, number,
		       provider->id, (int64_t)success, (int64_t)wip, build_url, details, now))
		return NULL;
	struct verification *v = NEW(c, struct verification);
	if (v)
		*v = (struct verification){ .id = broker_last_id(c), .content = k, .version = provider, .number = number, .created = now, .success = success, .wip = wip,
					    .build_url = broker_keep(b, build_url) };
	if (!v || !v->build_url.p || !link_verification(b, v))
		return full(c), NULL;
	return v;
}

struct environment *add_environment(struct call *c, struct str uuid, struct str name, struct str display, bool production, struct str contacts)
{
	struct broker *b = c->broker;
	int64_t now = broker_now();
	if (!room(c, b->environments.count, BROKER_ENVIRONMENTS_MAX, "environments") || !broker_begin(c) ||
	    !broker_do(c, "INSERT INTO environments (uuid, name, display, production, contacts, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)", "sssisii", uuid, name, display,
		       (int64_t)production, contacts, now, now))
		return NULL;
	struct environment *e = NEW(c, struct environment);
	if (e)
		*e = (struct environment){ .id = broker_last_id(c), .uuid = broker_keep(b, uuid), .name = broker_keep(b, name), .display = broker_keep(b, display),
					   .contacts = broker_keep(b, contacts), .production = production, .created = now, .updated = now };
	if (!e || !e->contacts.p || !LIST_ADD(b, b->environments, e))
		return full(c), NULL;
	return e;
}

struct deployment *add_deployment(struct call *c, struct version *v, struct environment *e, bool released, struct str instance)
{
	struct broker *b = c->broker;
	struct str uuid = broker_uuid(&b->memory);
	int64_t now = broker_now();
	if (!room(c, b->deployments.count, BROKER_PACTS_MAX, "deployments") || !broker_begin(c) ||
	    !broker_do(c, "INSERT INTO deployments (uuid, released, version, environment, instance, created) VALUES (?, ?, ?, ?, ?, ?)", "siiisi", uuid, (int64_t)released, v->id, e->id, instance,
		       now))
		return NULL;
	struct deployment *d = NEW(c, struct deployment);
	if (d)
		*d = (struct deployment){ .id = broker_last_id(c), .uuid = uuid, .version = v, .environment = e, .released = released, .instance = broker_keep(b, instance), .created = now };
	if (!d || !uuid.p || !d->instance.p || !link_deployment(b, d))
		return full(c), NULL;
	return d;
}

bool end_deployment(struct call *c, struct deployment *d)
{
	struct participant *p = d->version->participant;
	int64_t now = broker_now();
	if (d->ended)
		return true;
	if (!broker_begin(c) || !broker_do(c, "UPDATE deployments SET ended = ? WHERE id = ?", "ii", now, d->id))
		return false;
	d->ended = now;
	for (size_t i = 0; i < p->current.count; i++)
		if (p->current.items[i] == d) {
			memmove(&p->current.items[i], &p->current.items[i + 1], (p->current.count - i - 1) * sizeof(p->current.items[0]));
			p->current.count--;
			break;
		}
	return true;
}
