/* google.api.http: which HTTP requests reach a method. Each old binding must still be there; a request of one that is gone is tried against all new bindings of the service. */
#include "contract/proto/compare.h"
#include "contract/proto/http_rule.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"
#include <stdio.h>

enum { PATH_MAX_BYTES = 512 };
/* A path that the template takes; false where it does not fit. */
static bool instance(struct str template, char *to, size_t room)
{
	struct str segment;
	size_t at = 0;
	bool inside = false;
	while (http_rule_segment(&template, &segment, &inside)) {
		struct str part = str_eq(segment, STR("*")) || str_eq(segment, STR("**")) ? STR("1") : segment;
		if (at + part.len + 2 > room)
			return false;
		to[at++] = '/';
		memcpy(to + at, part.p, part.len);
		at += part.len;
	}
	to[at] = 0;
	return at > 0;
}

static bool takes(struct str template, struct str path)
{
	struct str segment;
	bool inside = false;
	path = str_skip(path, 1);
	bool more = true;
	while (http_rule_segment(&template, &segment, &inside)) {
		if (str_eq(segment, STR("**")))
			return true;
		if (!more)
			return false;
		size_t slash = str_find_char(path, '/');
		struct str part = str_sub(path, 0, slash);
		more = slash != SIZE_MAX;
		path = more ? str_skip(path, slash + 1) : (struct str){ NULL, 0 };
		if (!str_eq(segment, STR("*")) && !str_eq(segment, part))
			return false;
	}
	return !more;
}

static const struct proto_method *route(struct comparer *c, const struct proto_service *s, struct str verb, struct str path, struct http_rule *found)
{
	struct http_rule all[HTTP_RULES_MAX];
	for (uint32_t i = 0; i < s->method_count; i++) {
		size_t n = http_rules(&c->arena, &s->methods[i], all);
		for (size_t j = 0; j < n; j++)
			if (str_eq(all[j].verb, verb) && takes(all[j].path, path)) {
				*found = all[j];
				return &s->methods[i];
			}
	}
	return NULL;
}

static void prove(struct comparer *c, struct change *x, const struct http_rule *was, const struct proto_method *method, const struct proto_service *t)
{
	char path[PATH_MAX_BYTES], before[200], after[300];
	struct http_rule found = { 0 };
	if (!instance(was->path, path, sizeof(path)))
		return;
	const struct proto_method *m = route(c, t, was->verb, str_z(path), &found);
	snprintf(before, sizeof(before), "goes to %.*s%s%.*s", STR_FMT(method->name), was->body.len ? ", body: " : "", STR_FMT(was->body));
	if (!m)
		snprintf(after, sizeof(after), "404: no method of %.*s has this path", STR_FMT(t->full));
	else if (str_eq(m->name, method->name) && str_eq(found.body, was->body) && str_eq(found.response_body, was->response_body))
		return; /* still understood: another template that takes the same paths */
	else
		snprintf(after, sizeof(after), "goes to %.*s, body: %.*s, response body: %.*s", STR_FMT(m->name), STR_FMT(found.body.len ? found.body : STR("none")),
			STR_FMT(found.response_body.len ? found.response_body : STR("whole")));
	witness_call(c, x, arena_printf(&c->out->arena, "%.*s %s", STR_FMT(was->verb), path), before, after);
}

static uint32_t option_offset(const struct proto_method *m)
{
	const struct proto_option *o = proto_option_find(m->options, HTTP_RULE_OPTION);
	return o ? o->offset : m->offset;
}

static bool same_shape(struct str a, struct str b)
{
	struct str x, y;
	bool in_a = false, in_b = false;
	for (;;) {
		bool more_a = http_rule_segment(&a, &x, &in_a), more_b = http_rule_segment(&b, &y, &in_b);
		if (!more_a || !more_b)
			return more_a == more_b;
		if (!str_eq(x, y))
			return false;
	}
}

static bool same(const struct http_rule *a, const struct http_rule *b)
{
	return str_eq(a->verb, b->verb) && same_shape(a->path, b->path) && str_eq(a->body, b->body) && str_eq(a->response_body, b->response_body);
}

void compare_http(struct comparer *c, const struct proto_service *s, const struct proto_method *a, const struct proto_service *t, const struct proto_method *b)
{
	struct http_rule before[HTTP_RULES_MAX], after[HTTP_RULES_MAX];
	if (str_eq(proto_options_bytes(a->options), proto_options_bytes(b->options)))
		return;
	size_t n = http_rules(&c->arena, a, before), m = http_rules(&c->arena, b, after);
	for (size_t i = 0; i < n; i++) {
		bool kept = false;
		for (size_t j = 0; j < m && !kept; j++)
			kept = same(&before[i], &after[j]);
		if (kept)
			continue;
		struct str subject = compare_join(c, s->full, a->name), detail = arena_printf(&c->out->arena, "%.*s %.*s", STR_FMT(before[i].verb), STR_FMT(before[i].path));
		struct change *x = compare_add(c, m ? CHANGE_KIND_PROTO_HTTP_RULE_CHANGED : CHANGE_KIND_PROTO_HTTP_RULE_REMOVED, subject, detail, s->file, option_offset(a), t->file,
			option_offset(b));
		if (!x)
			continue;
		if (!m)
			compare_say(c, x, "%.*s is no longer reached by HTTP (%.*s)", STR_FMT(subject), STR_FMT(detail));
		else {
			const struct http_rule *now = &after[i < m ? i : 0];
			compare_say(c, x, "%.*s was reached by %.*s (body: %.*s) and is now by %.*s %.*s (body: %.*s)", STR_FMT(subject), STR_FMT(detail),
				STR_FMT(before[i].body.len ? before[i].body : STR("none")), STR_FMT(now->verb), STR_FMT(now->path), STR_FMT(now->body.len ? now->body : STR("none")));
		}
		struct reach *r = ARENA_NEW(&c->out->arena, struct reach);
		if (r) {
			*r = (struct reach){ arena_printf(&c->out->arena, "%.*s/%.*s", STR_FMT(s->full), STR_FMT(a->name)), REACH_BOTH };
			x->reach = r;
			x->reach_count = 1;
		}
		prove(c, x, &before[i], a, t);
	}
	for (size_t j = 0; j < m; j++) {
		bool known = false;
		for (size_t i = 0; i < n && !known; i++)
			known = same(&before[i], &after[j]);
		if (known || (n && j < n))
			continue;
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_HTTP_RULE_ADDED, compare_join(c, t->full, b->name), arena_printf(&c->out->arena, "%.*s %.*s", STR_FMT(after[j].verb),
			STR_FMT(after[j].path)), NULL, 0, t->file, option_offset(b));
		compare_say(c, x, "%.*s/%.*s is now also reached by %.*s %.*s", STR_FMT(t->full), STR_FMT(b->name), STR_FMT(after[j].verb), STR_FMT(after[j].path));
	}
}
