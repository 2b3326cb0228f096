/* See version.h: what is made with the plan, and brown-outs. */
#include "gateway/version.h"
#include "base/time.h"
#include "gateway/state.h"

enum { LINES_MAX = 3 * FLEET_MAX_TEXT + 1024 };

static const struct served *find(const struct snap_service *s, struct str version)
{
	for (size_t i = 0; i < s->serves_count; i++)
		if (version.len && str_eq(s->serves[i].version, version))
			return &s->serves[i];
	return NULL;
}

/* RFC 9745: a structured-field date; RFC 8594: an HTTP date. */
static void make_dates(struct arena *a, struct version *v)
{
	if (v->served->deprecated)
		v->deprecation = arena_printf(a, "Deprecation: @%lld\r\n", (long long)(v->served->deprecated / SECOND));
	if (!v->served->sunset)
		return;
	struct buf b;
	buf_init(&b, 128);
	buf_add(&b, STR("Sunset: "));
	time_http(&b, v->served->sunset);
	buf_add(&b, STR("\r\n"));
	v->sunset = arena_str(a, buf_str(&b));
	buf_release(&b);
}

static void put_link(struct buf *b, bool *first, struct str before, struct str target, const char *relation)
{
	buf_add(b, *first ? STR("Link: ") : STR(", "));
	*first = false;
	buf_printf(b, "<%.*s%.*s>; rel=\"%s\"", STR_FMT(before), STR_FMT(target), relation);
}

static struct str make_link(struct arena *a, const struct version *v, const struct served *successor, struct str before)
{
	struct buf b;
	bool first = true;
	buf_init(&b, LINES_MAX);
	if (v->served->documentation.len) {
		if (v->served->deprecated)
			put_link(&b, &first, STR(""), v->served->documentation, "deprecation");
		if (v->served->sunset)
			put_link(&b, &first, STR(""), v->served->documentation, "sunset");
	}
	if (successor)
		put_link(&b, &first, before, successor->path, "successor-version");
	if (!first)
		buf_add(&b, STR("\r\n"));
	struct str line = arena_str(a, buf_str(&b));
	buf_release(&b);
	return line;
}

const struct version *version_new(struct arena *a, const struct snap_service *s, const struct served *served, struct err *e)
{
	const struct served *provider = find(s, served->served_by);
	if (!lifetime_is_said(served) && !served->brownouts_count && !provider)
		return NULL;
	struct version *v = ARENA_NEW(a, struct version);
	if (!v)
		return NULL;
	*v = (struct version){ .served = served, .owner = s->owner, .contact = s->contact };
	make_dates(a, v);
	const struct served *successor = find(s, served->successor);
	v->links[0] = make_link(a, v, successor, STR(""));
	v->links[1] = make_link(a, v, successor, arena_printf(a, "/%.*s", STR_FMT(s->name)));
	if (provider)
		v->provider_path = provider->path;
	if (provider && served->transform_text.len && !(v->transform = transform_read(a, served->transform, served->transform_text, e)))
		return NULL;
	return v;
}

void version_own_lines(const struct version *v, bool outside, struct buf *b)
{
	buf_add(b, v->deprecation);
	buf_add(b, v->sunset);
	buf_add(b, v->links[outside]);
}

const struct brownout *version_brownout(const struct call *k, int64_t *ends)
{
	const struct served *v = k->route->life->served;
	struct gateway *g = call_gateway(k);
	return v->brownouts_count ? lifetime_brownout(v, gateway_wall(g, loop_now(g->loop)), ends, NULL) : NULL;
}
