/* Webhooks: what is sent where when something happens; making, showing, changing and deleting them. Secrets go in and are not shown again. */
#include "contract/broker/broker_impl.h"

const struct str broker_events[EVENT_COUNT] = {
#define EVENT_ROW(symbol, name, meaning) STR_INIT(name),
#include "tbl/broker_events.h"
#undef EVENT_ROW
};
#define HIDDEN "**********"

/* --- showing ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool is_secret(struct str header)
{
	static const char *const words[] = { "authorization", "cookie", "token", "secret", "password", "key", "signature" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find_ci(header, str_z(words[i])) != SIZE_MAX)
			return true;
	return false;
}

static const struct json *parsed(struct call *c, struct str text)
{
	struct err e = { 0 };
	return text.len ? json_parse(c->arena, text, &e) : NULL;
}

/* The user's part of a URL, and what a query says under a secret's name, are secrets as well. */
static struct str shown_url(struct call *c, struct str url)
{
	size_t scheme = str_find(url, STR("://")), at = str_find_char(url, '@'), slash = scheme == SIZE_MAX ? SIZE_MAX : str_find_char(str_skip(url, scheme + 3), '/');
	if (scheme != SIZE_MAX && at != SIZE_MAX && at > scheme && (slash == SIZE_MAX || at < scheme + 3 + slash))
		url = arena_printf(c->arena, "%.*s://" HIDDEN "%.*s", (int)scheme, url.p, STR_FMT(str_skip(url, at)));
	size_t query = str_find_char(url, '?');
	if (query == SIZE_MAX)
		return url;
	struct buf b;
	struct str rest = str_skip(url, query + 1);
	buf_init(&b, 2 * BROKER_TEXT_MAX);
	buf_add(&b, str_sub(url, 0, query + 1));
	for (bool first = true; rest.p; first = false) {
		struct str value = str_split(&rest, '&'), name = str_split(&value, '=');
		buf_printf(&b, "%s%.*s", first ? "" : "&", STR_FMT(name));
		if (value.p)
			buf_printf(&b, "=%.*s", STR_FMT(is_secret(name) ? STR(HIDDEN) : value));
	}
	struct str shown = arena_str(c->arena, buf_str(&b));
	buf_release(&b);
	return shown.p ? shown : STR("");
}

static void put_request(struct call *c, const struct webhook *w)
{
	const struct json *headers = parsed(c, w->headers), *body = parsed(c, w->body);
	json_out_key(&c->json, STR("request"));
	json_out_object(&c->json);
	json_kv_str(&c->json, "method", w->method);
	json_kv_str(&c->json, "url", shown_url(c, w->url));
	json_out_key(&c->json, STR("headers"));
	json_out_object(&c->json);
	for (uint32_t i = 0; headers && i < headers->count; i++)
		json_kv_str(&c->json, arena_strz(c->arena, headers->members[i].key).p, is_secret(headers->members[i].key) ? STR(HIDDEN) : headers->members[i].value.s);
	json_out_end(&c->json);
	if (body) {
		json_out_key(&c->json, STR("body"));
		json_out_value(&c->json, body);
	}
	if (w->username.len)
		json_kv_str(&c->json, "username", w->username);
	if (w->password.len)
		json_kv_str(&c->json, "password", STR(HIDDEN));
	json_out_end(&c->json);
}

static void put_party(struct call *c, const char *key, const struct participant *p, struct str label)
{
	if (!p && !label.len)
		return;
	json_out_key(&c->json, str_z(key));
	json_out_object(&c->json);
	json_kv_str(&c->json, p ? "name" : "label", p ? p->name : label);
	json_out_end(&c->json);
}

static void put_links(struct call *c, const struct webhook *w)
{
	hal_begin(c);
	hal_link(c, "self", w->description, STR(""), "/webhooks/%.*s", STR_FMT(w->uuid));
	hal_link(c, "pb:execute", STR("Test the execution of the webhook with the latest matching pact or verification by sending a POST request to this URL"), STR(""), "/webhooks/%.*s/execute",
		 STR_FMT(w->uuid));
	if (w->consumer)
		hal_link(c, "pb:consumer", STR("Consumer"), w->consumer->name, "%.*s", STR_FMT(path_participant(c, w->consumer)));
	if (w->provider)
		hal_link(c, "pb:provider", STR("Provider"), w->provider->name, "%.*s", STR_FMT(path_participant(c, w->provider)));
	hal_link(c, "pb:webhooks", STR("All webhooks"), STR(""), "/webhooks");
	hal_curies(c);
	hal_end(c);
}

/* How the last deliveries went, for people: nobody needs to look for a log. */
static void put_deliveries(struct call *c, const struct webhook *w)
{
	const struct delivered *d = deliveries_of(c->broker, w->id);
	if (!d)
		return;
	json_out_key(&c->json, STR("deliveries"));
	json_out_object(&c->json);
	json_kv_u64(&c->json, "sent", d->sent);
	json_kv_u64(&c->json, "failed", d->failed);
	json_kv_u64(&c->json, "waiting", d->waiting);
	if (d->last_ms) {
		put_time(c, "lastAt", d->last_ms);
		json_kv_i64(&c->json, "lastStatus", d->last_status);
		json_kv_str(&c->json, "last", str_z(d->words));
	}
	json_out_end(&c->json);
}

void put_webhook(struct call *c, const struct webhook *w)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "uuid", w->uuid);
	json_kv_str(&c->json, "description", w->description);
	json_kv_bool(&c->json, "enabled", w->enabled);
	put_party(c, "consumer", w->consumer, w->consumer_label);
	put_party(c, "provider", w->provider, w->provider_label);
	json_out_key(&c->json, STR("events"));
	json_out_array(&c->json);
	for (size_t i = 0; i < EVENT_COUNT; i++) {
		if (!(w->events & 1u << i))
			continue;
		json_out_object(&c->json);
		json_kv_str(&c->json, "name", broker_events[i]);
		json_out_end(&c->json);
	}
	json_out_end(&c->json);
	put_request(c, w);
	put_deliveries(c, w);
	put_time(c, "createdAt", w->created);
	put_time(c, "updatedAt", w->updated);
	put_links(c, w);
	json_out_end(&c->json);
}

/* --- reading ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_events(struct call *c, struct webhook *w)
{
	const struct json *events = json_get(c->body, STR("events"));
	if (!events || events->type != JSON_ARRAY || !events->count)
		return broker_invalid(c, "events", "can't be blank: name at least one of contract_content_changed, contract_published and others");
	w->events = 0;
	for (uint32_t i = 0; i < events->count; i++) {
		struct str name = json_get_str(&events->items[i], STR("name"), STR(""));
		size_t k = 0;
		while (k < EVENT_COUNT && !str_eq(name, broker_events[k]))
			k++;
		if (k == EVENT_COUNT)
			return broker_invalid(c, "events", "there is no event `%.*s`", STR_FMT(str_sub(name, 0, 80)));
		w->events |= 1u << k;
	}
	return true;
}

static bool read_party(struct call *c, const char *key, struct participant **p, struct str *label)
{
	const struct json *j = json_get(c->body, str_z(key));
	struct str name = json_get_str(j, STR("name"), STR(""));
	if (!j || j->type == JSON_NULL)
		return true;
	*p = NULL;
	*label = json_get_str(j, STR("label"), STR(""));
	if (label->len > BROKER_NAME_MAX)
		return broker_invalid(c, key, "has too long a label");
	if (label->len && name.len)
		return broker_invalid(c, key, "has a name and a label; it is one or the other");
	if (name.len && !(*p = broker_participant(c->broker, name)))
		return broker_invalid(c, key, "does not match an existing pacticipant: there is no %.*s", STR_FMT(str_sub(name, 0, BROKER_NAME_MAX)));
	return true;
}

static bool read_url(struct call *c, struct webhook *w, struct str url)
{
	if (!url.len)
		return broker_invalid(c, "url", "can't be blank");
	if (url.len > BROKER_TEXT_MAX)
		return broker_invalid(c, "url", "has %zu bytes; at most %d are taken", url.len, BROKER_TEXT_MAX);
	if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
		return broker_invalid(c, "url", "must begin with http:// or https://");
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
			return broker_invalid(c, "url", "has a blank or a control character in it");
	struct str host = str_skip(url, str_find(url, STR("://")) + 3);
	if (!host.len || host.p[0] == '/' || str_find(str_split(&host, '/'), STR("${")) != SIZE_MAX)
		return broker_invalid(c, "url", "cannot have a variable, or nothing, for its host: who publishes would choose where secrets are sent");
	w->url = url;
	return true;
}

/* Headers as they are kept: JSON; a value that is shown hidden and comes back so stays what it was. */
static bool read_headers(struct call *c, struct webhook *w, const struct json *headers)
{
	const struct json *before = parsed(c, w->headers);
	struct buf b;
	struct json_out o;
	bool ok = true;
	if (!headers || headers->type == JSON_NULL)
		return true;
	if (headers->type != JSON_OBJECT)
		return broker_invalid(c, "headers", "must be an object of names and values");
	buf_init(&b, BROKER_WEBHOOK_BODY_MAX);
	json_out_init(&o, &b);
	json_out_object(&o);
	for (uint32_t i = 0; i < headers->count && ok; i++) {
		struct str name = headers->members[i].key, value = headers->members[i].value.type == JSON_STRING ? headers->members[i].value.s : (struct str){ 0 };
		if (!http1_is_token(name) || !value.p || !http1_is_value(value))
			ok = broker_invalid(c, "headers", "`%.*s` is no header, or its value is none", STR_FMT(str_sub(name, 0, 80)));
		else
			json_kv_str(&o, arena_strz(c->arena, name).p, str_eq(value, STR(HIDDEN)) ? json_get_str(before, name, value) : value);
	}
	json_out_end(&o);
	if (ok && !buf_ok(&b))
		ok = broker_invalid(c, "headers", "have more than %d KiB", BROKER_WEBHOOK_BODY_MAX >> 10);
	if (ok)
		w->headers = arena_str(c->arena, buf_str(&b));
	buf_release(&b);
	return ok;
}

static bool read_request(struct call *c, struct webhook *w)
{
	const struct json *r = json_get(c->body, STR("request")), *body = json_get(r, STR("body"));
	struct str method = json_get_str(r, STR("method"), STR("")), password = json_get_str(r, STR("password"), STR(""));
	static const char *const methods[] = { "POST", "PUT", "PATCH", "GET", "DELETE" };
	size_t k = 0;
	if (!r || r->type != JSON_OBJECT)
		return broker_invalid(c, "request", "is missing");
	while (k < ARRAY_LEN(methods) && !str_eq_ci(method, str_z(methods[k])))
		k++;
	if (k == ARRAY_LEN(methods))
		return broker_invalid(c, "method", "must be one of POST, PUT, PATCH, GET, DELETE");
	w->method = str_z(methods[k]);
	if (!read_url(c, w, json_get_str(r, STR("url"), STR(""))) || !read_headers(c, w, json_get(r, STR("headers"))))
		return false;
	w->username = json_get_str(r, STR("username"), STR(""));
	if (!str_eq(password, STR(HIDDEN)))
		w->password = password;
	if (w->username.len > BROKER_NAME_MAX || w->password.len > BROKER_TEXT_MAX)
		return broker_invalid(c, "username", "or password is too long");
	w->body = STR("");
	if (!body || body->type == JSON_NULL)
		return true;
	struct buf b;
	struct json_out o;
	buf_init(&b, BROKER_WEBHOOK_BODY_MAX);
	json_out_init(&o, &b);
	json_out_value(&o, body);
	bool ok = buf_ok(&b) ? true : broker_invalid(c, "body", "has more than %d KiB", BROKER_WEBHOOK_BODY_MAX >> 10);
	w->body = ok ? arena_str(c->arena, buf_str(&b)) : STR("");
	buf_release(&b);
	return ok;
}

bool webhook_read(struct call *c, struct webhook *w)
{
	if (!c->body)
		return broker_invalid(c, "request", "is missing");
	w->description = json_get_str(c->body, STR("description"), w->description);
	w->enabled = json_get_bool(c->body, STR("enabled"), w->enabled);
	if (w->description.len > BROKER_TEXT_MAX)
		return broker_invalid(c, "description", "has %zu bytes; at most %d are taken", w->description.len, BROKER_TEXT_MAX);
	return read_events(c, w) && read_party(c, "consumer", &w->consumer, &w->consumer_label) && read_party(c, "provider", &w->provider, &w->provider_label) && read_request(c, w);
}

/* --- keeping ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static struct webhook *webhook_at(struct call *c, struct str uuid)
{
	for (size_t i = 0; i < c->broker->webhooks.count; i++)
		if (str_eq(c->broker->webhooks.items[i]->uuid, uuid))
			return c->broker->webhooks.items[i];
	broker_fault(c, 404, "No webhook %.*s found", STR_FMT(uuid));
	return NULL;
}

static void keep_texts(struct broker *b, struct webhook *w)
{
	struct str *texts[] = { &w->uuid, &w->description, &w->consumer_label, &w->provider_label, &w->method, &w->url, &w->username, &w->password, &w->headers, &w->body };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = broker_keep(b, *texts[i]);
}

static struct webhook *insert(struct call *c, struct webhook *w)
{
	struct broker *b = c->broker;
	if (b->webhooks.count >= BROKER_WEBHOOKS_MAX)
		return broker_fault(c, 507, "there are %d webhooks, which is the limit", BROKER_WEBHOOKS_MAX), NULL;
	w->created = w->updated = broker_now();
	if (!broker_begin(c) ||
	    !broker_do(c, "INSERT INTO webhooks (uuid, description, consumer, provider, consumer_label, provider_label, events, enabled, method, url, username, password, headers, body, created, updated)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "ssnnssiissssssii", w->uuid, w->description, w->consumer ? w->consumer->id : (int64_t)0, w->provider ? w->provider->id : (int64_t)0, w->consumer_label, w->provider_label,
		       (int64_t)w->events, (int64_t)w->enabled, w->method, w->url, w->username, w->password, w->headers, w->body, w->created, w->updated))
		return NULL;
	struct webhook *own = ARENA_NEW(&b->memory, struct webhook);
	w->id = broker_last_id(c);
	if (own) {
		*own = *w;
		keep_texts(b, own);
	}
	if (!own || !own->body.p || !LIST_ADD(b, b->webhooks, own))
		return broker_fault(c, 507, "the broker's memory is full"), NULL;
	return own;
}

static struct webhook blank(struct call *c, struct str uuid)
{
	return (struct webhook){ .uuid = uuid.len ? uuid : broker_uuid(c->arena), .description = STR(""), .consumer_label = STR(""), .provider_label = STR(""), .enabled = true, .headers = STR("{}"),
				 .username = STR(""), .password = STR(""), .body = STR("") };
}

static void create(struct call *c, struct str uuid, struct participant *consumer, struct participant *provider)
{
	struct webhook w = blank(c, uuid);
	if (!webhook_read(c, &w))
		return;
	w.consumer = consumer ? consumer : w.consumer;
	w.provider = provider ? provider : w.provider;
	const struct webhook *own = insert(c, &w);
	if (!own)
		return;
	c->status = 201;
	c->headers = arena_printf(c->arena, "Cache-Control: no-store\r\nLocation: %.*s/webhooks/%.*s\r\n", STR_FMT(c->base), STR_FMT(own->uuid));
	put_webhook(c, own);
}

void broker_webhook_create(struct call *c) { create(c, STR(""), NULL, NULL); }

void broker_webhook_create_pair(struct call *c)
{
	struct participant *provider = path_participant_at(c, 0), *consumer = provider ? path_participant_at(c, 1) : NULL;
	if (consumer)
		create(c, STR(""), consumer, provider);
}

void broker_webhook_create_provider(struct call *c)
{
	struct participant *p = path_participant_at(c, 0);
	if (p)
		create(c, STR(""), NULL, p);
}

void broker_webhook_create_consumer(struct call *c)
{
	struct participant *p = path_participant_at(c, 0);
	if (p)
		create(c, STR(""), p, NULL);
}

static bool uuid_like(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return s.len >= 16 && s.len <= 64;
}

void broker_webhook_set(struct call *c)
{
	struct str uuid = c->parameters[0];
	struct webhook *own = NULL, w;
	for (size_t i = 0; i < c->broker->webhooks.count; i++)
		if (str_eq(c->broker->webhooks.items[i]->uuid, uuid))
			own = c->broker->webhooks.items[i];
	if (!own) {
		if (uuid_like(uuid))
			create(c, uuid, NULL, NULL);
		else
			broker_invalid(c, "uuid", "must have 16 to 64 letters, digits and hyphens");
		return;
	}
	w = *own;
	if (!webhook_read(c, &w) || !broker_begin(c) ||
	    !broker_do(c, "UPDATE webhooks SET description = ?, consumer = ?, provider = ?, consumer_label = ?, provider_label = ?, events = ?, enabled = ?, method = ?, url = ?, username = ?,"
			  " password = ?, headers = ?, body = ?, updated = ? WHERE id = ?",
		       "snnssiissssssii", w.description, w.consumer ? w.consumer->id : (int64_t)0, w.provider ? w.provider->id : (int64_t)0, w.consumer_label, w.provider_label, (int64_t)w.events,
		       (int64_t)w.enabled, w.method, w.url, w.username, w.password, w.headers, w.body, broker_now(), w.id))
		return;
	keep_texts(c->broker, &w);
	w.updated = broker_now();
	*own = w;
	put_webhook(c, own);
}

void broker_webhook_show(struct call *c)
{
	const struct webhook *w = webhook_at(c, c->parameters[0]);
	if (w)
		put_webhook(c, w);
}

void broker_webhook_delete(struct call *c)
{
	const struct webhook *w = webhook_at(c, c->parameters[0]);
	if (!w || !broker_begin(c) || !broker_do(c, "DELETE FROM webhooks WHERE id = ?", "i", w->id))
		return;
	c->stale = true;
	c->status = 204;
}

static void put_all(struct call *c, const struct participant *consumer, const struct participant *provider)
{
	json_out_object(&c->json);
	hal_embedded(c, "webhooks");
	for (size_t i = 0; i < c->broker->webhooks.count; i++) {
		const struct webhook *w = c->broker->webhooks.items[i];
		if ((!consumer || w->consumer == consumer) && (!provider || w->provider == provider))
			put_webhook(c, w);
	}
	hal_embedded_end(c);
	hal_begin(c);
	hal_link(c, "self", STR("Webhooks"), STR(""), "/webhooks");
	hal_list(c, "pb:webhooks");
	for (size_t i = 0; i < c->broker->webhooks.count; i++) {
		const struct webhook *w = c->broker->webhooks.items[i];
		if ((!consumer || w->consumer == consumer) && (!provider || w->provider == provider))
			hal_item(c, w->description, w->uuid, "/webhooks/%.*s", STR_FMT(w->uuid));
	}
	hal_list_end(c);
	hal_curies(c);
	hal_end(c);
	json_out_end(&c->json);
}

void broker_webhooks(struct call *c) { put_all(c, NULL, NULL); }

void broker_webhooks_pair(struct call *c)
{
	const struct participant *provider = path_participant_at(c, 0), *consumer = provider ? path_participant_at(c, 1) : NULL;
	if (consumer)
		put_all(c, consumer, provider);
}

void broker_webhooks_provider(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (p)
		put_all(c, NULL, p);
}

void broker_webhooks_consumer(struct call *c)
{
	const struct participant *p = path_participant_at(c, 0);
	if (p)
		put_all(c, p, NULL);
}

/* --- when something happens ------------------------------------------------------------------------------------------------------------------------------------- */

void broker_happened(struct call *c, enum broker_event event, const struct pact *p, const struct verification *v)
{
	struct happening *h = ARENA_NEW(c->arena, struct happening);
	if (!h || !ARENA_PUSH_ROOM(c->arena, c->happened.items, c->happened.count, c->happened.capacity))
		return;
	*h = (struct happening){ .event = event, .pact = p, .verification = v };
	c->happened.items[c->happened.count++] = h;
}

static bool has_label(const struct participant *p, struct str label)
{
	for (size_t i = 0; i < p->labels.count; i++)
		if (str_eq(p->labels.items[i], label))
			return true;
	return !label.len;
}

bool webhook_listens(const struct webhook *w, const struct happening *h)
{
	const struct pair *p = h->pact->pair;
	return w->enabled && (w->events & 1u << h->event) && (!w->consumer || w->consumer == p->consumer) && (!w->provider || w->provider == p->provider) &&
	       has_label(p->consumer, w->consumer_label) && has_label(p->provider, w->provider_label);
}

/* The newest thing that the webhook could be about: for trying it. */
static bool example(struct call *c, const struct webhook *w, struct happening *h)
{
	const struct broker *b = c->broker;
	for (size_t i = b->pacts.count; i-- > 0;) {
		const struct pact *p = b->pacts.items[i];
		const struct content *k = p->content;
		*h = (struct happening){ .pact = p, .verification = k->results.count ? k->results.items[k->results.count - 1] : NULL };
		for (unsigned e = 0; e < EVENT_COUNT; e++) {
			struct webhook enabled = *w;
			enabled.enabled = true;
			h->event = e;
			if (webhook_listens(&enabled, h))
				return true;
		}
	}
	return broker_fault(c, 400, "there is no pact yet that this webhook is about: publish one, then try it");
}

void broker_webhook_execute(struct call *c)
{
	const struct webhook *w = webhook_at(c, c->parameters[0]);
	struct happening h;
	if (w && example(c, w, &h))
		deliveries_try(c, w, &h);
}
