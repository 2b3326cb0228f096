/* See http_rule.h. */
#include "contract/proto/http_rule.h"
#include "contract/proto/wire.h"

enum { RULE_BODY = 7, RULE_CUSTOM = 8, RULE_MORE = 11, RULE_RESPONSE_BODY = 12 };

static struct http_rule read_binding(struct str rule)
{
	static const struct str verbs[] = { [2] = STR_INIT("GET"), [3] = STR_INIT("PUT"), [4] = STR_INIT("POST"), [5] = STR_INIT("DELETE"), [6] = STR_INIT("PATCH") };
	struct http_rule b = { .body = wire_get_bytes(rule, RULE_BODY), .response_body = wire_get_bytes(rule, RULE_RESPONSE_BODY) };
	struct wire_field f;
	while (wire_next(&rule, &f)) {
		if (f.number >= 2 && f.number <= 6 && f.wire == PB_BYTES) {
			b.verb = verbs[f.number];
			b.path = f.bytes;
		} else if (f.number == RULE_CUSTOM && f.wire == PB_BYTES) {
			b.verb = wire_get_bytes(f.bytes, 1);
			b.path = wire_get_bytes(f.bytes, 2);
		}
	}
	return b;
}

/* An option that is set in parts (`(google.api.http).get = …`, `(google.api.http).body = …`) stands in parts, which merge: their bytes behind one another. */
static struct str whole_rule(struct arena *a, const struct proto_method *m)
{
	struct str all = m->options ? m->options->bytes : (struct str){ NULL, 0 }, found = { NULL, 0 };
	struct wire_field f;
	while (wire_next(&all, &f)) {
		if (f.number != HTTP_RULE_OPTION || f.wire != PB_BYTES)
			continue;
		char *joined = found.p ? arena_bytes(a, found.len + f.bytes.len + 1) : NULL;
		if (joined) {
			memcpy(joined, found.p, found.len);
			memcpy(joined + found.len, f.bytes.p, f.bytes.len);
			found = str_from(joined, found.len + f.bytes.len);
		} else if (!found.p) {
			found = f.bytes;
		}
	}
	return found;
}

size_t http_rules(struct arena *a, const struct proto_method *m, struct http_rule to[HTTP_RULES_MAX])
{
	struct str rule = whole_rule(a, m);
	struct wire_field more;
	size_t n = 0;
	if (rule.p)
		to[n++] = read_binding(rule);
	while (wire_next(&rule, &more))
		if (more.number == RULE_MORE && more.wire == PB_BYTES && n < HTTP_RULES_MAX)
			to[n++] = read_binding(more.bytes);
	return n;
}

bool http_rule_segment(struct str *rest, struct str *segment, bool *inside)
{
	while (rest->len && (rest->p[0] == '/' || rest->p[0] == '}' || (rest->p[0] == '{' && !*inside))) {
		if (rest->p[0] == '{') {
			size_t equals = str_find_char(*rest, '='), close = str_find_char(*rest, '}');
			if (equals == SIZE_MAX || equals > close) {
				*segment = STR("*");
				*rest = str_skip(*rest, close == SIZE_MAX ? rest->len : close + 1);
				return true;
			}
			*rest = str_skip(*rest, equals + 1);
			*inside = true;
			break;
		}
		*inside = *inside && rest->p[0] != '}';
		*rest = str_skip(*rest, 1);
	}
	if (!rest->len)
		return false;
	size_t end = 0;
	while (end < rest->len && rest->p[end] != '/' && rest->p[end] != '}')
		end++;
	*segment = str_sub(*rest, 0, end);
	*rest = str_skip(*rest, end);
	return true;
}

struct str http_rule_path(struct arena *a, struct str template)
{
	struct str path = STR(""), segment;
	bool inside = false;
	int n = 0;
	while (path.p && http_rule_segment(&template, &segment, &inside)) {
		if (str_eq(segment, STR("**")))
			return (struct str){ NULL, 0 };
		if (str_eq(segment, STR("*")))
			path = arena_printf(a, "%.*s/{%d}", STR_FMT(path), ++n);
		else
			path = arena_printf(a, "%.*s%s%.*s", STR_FMT(path), str_starts(segment, STR(":")) ? "" : "/", STR_FMT(segment)); /* ":open" belongs to the segment before it */
	}
	return path;
}
