/* What HAL answers are made of: links, embedded lists, paths of things, and things in brief. */
#include "base/base64.h"
#include "base/time.h"
#include "contract/broker/broker_impl.h"
#include <stdio.h>

struct str esc(struct call *c, struct str s)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	http_escape(&b, s, NULL);
	struct str out = arena_str(c->arena, buf_str(&b));
	buf_release(&b);
	return out.p ? out : STR("");
}

void hal_begin(struct call *c)
{
	json_out_key(&c->json, STR("_links"));
	json_out_object(&c->json);
}

void hal_end(struct call *c) { json_out_end(&c->json); }

static void link_object(struct call *c, struct str title, struct str name, const char *format, va_list args) __attribute__((format(printf, 4, 0)));
static void link_object(struct call *c, struct str title, struct str name, const char *format, va_list args)
{
	struct buf b;
	buf_init(&b, 64 << 10);
	buf_add(&b, c->base);
	buf_vprintf(&b, format, args);
	json_out_object(&c->json);
	if (title.len)
		json_kv_str(&c->json, "title", title);
	if (name.len)
		json_kv_str(&c->json, "name", name);
	json_kv_str(&c->json, "href", buf_str(&b));
	if (str_find_char(buf_str(&b), '{') != SIZE_MAX)
		json_kv_bool(&c->json, "templated", true);
	json_out_end(&c->json);
	buf_release(&b);
}

void hal_link(struct call *c, const char *rel, struct str title, struct str name, const char *format, ...)
{
	va_list args;
	json_out_key(&c->json, str_z(rel));
	va_start(args, format);
	link_object(c, title, name, format, args);
	va_end(args);
}

void hal_list(struct call *c, const char *rel)
{
	json_out_key(&c->json, str_z(rel));
	json_out_array(&c->json);
}

void hal_item(struct call *c, struct str title, struct str name, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	link_object(c, title, name, format, args);
	va_end(args);
}

void hal_list_end(struct call *c) { json_out_end(&c->json); }

void hal_curies(struct call *c)
{
	json_out_key(&c->json, STR("curies"));
	json_out_raw(&c->json, STR("[{\"name\":\"pb\",\"href\":\"https://docs.pact.io/pact_broker/api/{rel}\",\"templated\":true},"
				   "{\"name\":\"beta\",\"href\":\"https://docs.pact.io/pact_broker/api/{rel}\",\"templated\":true}]"));
}

void hal_embedded(struct call *c, const char *name)
{
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	json_out_key(&c->json, str_z(name));
	json_out_array(&c->json);
}

void hal_embedded_end(struct call *c)
{
	json_out_end(&c->json);
	json_out_end(&c->json);
}

/* With an offset, as the Pact Broker writes them: clients parse it. */
void put_time(struct call *c, const char *key, int64_t ms)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, ms * MSEC, 0);
	json_out_key(&c->json, str_z(key));
	struct str s = buf_str(&b);
	json_out_str(&c->json, arena_printf(c->arena, "%.*s+00:00", STR_FMT(str_sub(s, 0, s.len - 1))));
	buf_release(&b);
}

/* --- paths --------------------------------------------------------------------------------------------------------------------------------------------------- */

struct str path_participant(struct call *c, const struct participant *p) { return arena_printf(c->arena, "/pacticipants/%.*s", STR_FMT(esc(c, p->name))); }

struct str path_version(struct call *c, const struct version *v)
{
	return arena_printf(c->arena, "/pacticipants/%.*s/versions/%.*s", STR_FMT(esc(c, v->participant->name)), STR_FMT(esc(c, v->number)));
}

struct str path_branch(struct call *c, const struct branch *b)
{
	return arena_printf(c->arena, "/pacticipants/%.*s/branches/%.*s", STR_FMT(esc(c, b->participant->name)), STR_FMT(esc(c, b->name)));
}

struct str path_pair(struct call *c, const struct pair *p)
{
	return arena_printf(c->arena, "/pacts/provider/%.*s/consumer/%.*s", STR_FMT(esc(c, p->provider->name)), STR_FMT(esc(c, p->consumer->name)));
}

struct str path_pact(struct call *c, const struct pact *p)
{
	return arena_printf(c->arena, "%.*s/version/%.*s", STR_FMT(path_pair(c, p->pair)), STR_FMT(esc(c, p->version->number)));
}

struct str path_content(struct call *c, const struct content *k)
{
	return arena_printf(c->arena, "%.*s/pact-version/%.*s", STR_FMT(path_pair(c, k->pair)), SHA_HEX, k->sha);
}

struct str path_verification(struct call *c, const struct verification *v)
{
	return arena_printf(c->arena, "%.*s/verification-results/%lld", STR_FMT(path_content(c, v->content)), (long long)v->number);
}

/* --- what a request names --------------------------------------------------------------------------------------------------------------------------------- */

struct str broker_parameter(struct call *c, const char *name)
{
	struct str raw;
	if (!c->x || !http_query_get(http_request(c->x)->head.query, str_z(name), &raw))
		return (struct str){ 0 };
	char *out = arena_bytes(c->arena, raw.len + 1);
	size_t n = out ? http_unescape(out, raw, true) : SIZE_MAX;
	return n == SIZE_MAX ? (struct str){ 0 } : str_from(out, n);
}

struct participant *path_participant_at(struct call *c, size_t i)
{
	struct participant *p = broker_participant(c->broker, c->parameters[i]);
	if (!p)
		broker_fault(c, 404, "No pacticipant with name '%.*s' found", STR_FMT(c->parameters[i]));
	return p;
}

struct version *path_version_at(struct call *c, size_t participant, size_t version)
{
	struct participant *p = path_participant_at(c, participant);
	struct version *v = p ? broker_version(p, c->parameters[version]) : NULL;
	if (p && !v)
		broker_fault(c, 404, "No version %.*s of %.*s found", STR_FMT(c->parameters[version]), STR_FMT(p->name));
	return v;
}

struct pair *path_pair_at(struct call *c, size_t provider, size_t consumer)
{
	const struct participant *p = broker_participant(c->broker, c->parameters[provider]), *q = broker_participant(c->broker, c->parameters[consumer]);
	struct pair *pair = p && q ? broker_pair(q, p) : NULL;
	if (!pair)
		broker_fault(c, 404, "No pact between %.*s and %.*s found", STR_FMT(c->parameters[consumer]), STR_FMT(c->parameters[provider]));
	return pair;
}

/* --- in brief -------------------------------------------------------------------------------------------------------------------------------------------------- */

void put_participant_brief(struct call *c, const struct participant *p)
{
	json_kv_str(&c->json, "name", p->name);
	hal_begin(c);
	hal_link(c, "self", STR(""), p->name, "%.*s", STR_FMT(path_participant(c, p)));
	hal_end(c);
}

void put_version_brief(struct call *c, const struct version *v)
{
	json_kv_str(&c->json, "number", v->number);
	hal_begin(c);
	hal_link(c, "self", arena_printf(c->arena, "Version %.*s of %.*s", STR_FMT(v->number), STR_FMT(v->participant->name)), v->number, "%.*s", STR_FMT(path_version(c, v)));
	hal_end(c);
}

void put_pact_brief(struct call *c, const struct pact *p)
{
	struct str title = arena_printf(c->arena, "Pact between %.*s (%.*s) and %.*s", STR_FMT(p->pair->consumer->name), STR_FMT(p->version->number), STR_FMT(p->pair->provider->name));
	json_kv_str(&c->json, "name", title);
	put_time(c, "createdAt", p->created);
	hal_begin(c);
	hal_link(c, "self", title, STR(""), "%.*s", STR_FMT(path_pact(c, p)));
	hal_end(c);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("consumer"));
	json_out_object(&c->json);
	json_kv_str(&c->json, "name", p->pair->consumer->name);
	json_out_key(&c->json, STR("_embedded"));
	json_out_object(&c->json);
	json_out_key(&c->json, STR("version"));
	json_out_object(&c->json);
	put_version_brief(c, p->version);
	json_out_end(&c->json);
	json_out_end(&c->json);
	hal_begin(c);
	hal_link(c, "self", STR(""), STR(""), "%.*s", STR_FMT(path_participant(c, p->pair->consumer)));
	hal_end(c);
	json_out_end(&c->json);
	json_out_key(&c->json, STR("provider"));
	json_out_object(&c->json);
	put_participant_brief(c, p->pair->provider);
	json_out_end(&c->json);
	json_out_end(&c->json);
}

/* --- the metadata of a pact's URL -------------------------------------------------------------------------------------------------------------------------- */

struct str meta_write(struct call *c, const struct pact_meta *m)
{
	struct buf b, out;
	buf_init(&b, 4096);
	buf_init(&out, 8192);
	buf_printf(&b, "cv=%.*s%s%s", STR_FMT(esc(c, m->consumer_version)), m->pending ? "&p=true" : "", m->wip ? "&w=true" : "");
	base64_encode(&out, buf_str(&b));
	struct str text = buf_str(&out);
	while (str_ends(text, STR("="))) /* for a path: the alphabet of esc has no + or / */
		text.len--;
	char *p = arena_bytes(c->arena, text.len + 1);
	for (size_t i = 0; p && i < text.len; i++)
		p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
	struct str kept = p ? str_from(p, text.len) : STR("");
	buf_release(&b);
	buf_release(&out);
	return kept;
}

bool meta_read(struct call *c, struct str text, struct pact_meta *m)
{
	struct str query, raw;
	*m = (struct pact_meta){ 0 };
	if (text.len > 4096 || !base64_decode(c->arena, text, &query) || !http_query_get(query, STR("cv"), &raw))
		return broker_fault(c, 404, "the metadata of this URL is none of this broker's");
	char *out = arena_bytes(c->arena, raw.len + 1);
	size_t n = out ? http_unescape(out, raw, false) : SIZE_MAX;
	if (n == SIZE_MAX)
		return broker_fault(c, 404, "the metadata of this URL is none of this broker's");
	m->consumer_version = str_from(out, n);
	m->pending = http_query_get(query, STR("p"), &raw);
	m->wip = http_query_get(query, STR("w"), &raw);
	return true;
}
