/* Base URIs and references of schemas (RFC 3986 section 5, as far as schemas need it). A base is an absolute URI (from `$id`) or a path in the source. */
#include "contract/schema/schema_impl.h"

bool uri_is_absolute(struct str uri)
{
	size_t colon = str_find_char(uri, ':'), slash = str_find_char(uri, '/');
	return colon != SIZE_MAX && colon > 1 && (slash == SIZE_MAX || colon < slash);
}

/* The bytes before the path: "http://host". */
static size_t authority_end(struct str uri)
{
	size_t colon = str_find_char(uri, ':');
	if (colon == SIZE_MAX || !str_starts(str_skip(uri, colon), STR("://")))
		return colon == SIZE_MAX ? 0 : colon + 1;
	size_t slash = str_find_char(str_skip(uri, colon + 3), '/');
	return slash == SIZE_MAX ? uri.len : colon + 3 + slash;
}

/* `path` without "." and ".." parts, behind `front`. */
static struct str join(struct arena *a, struct str front, struct str folder, struct str reference)
{
	char *out = arena_bytes(a, front.len + folder.len + reference.len + 2);
	if (!out)
		return (struct str){ 0 };
	struct buf merged;
	buf_init(&merged, folder.len + reference.len + 16);
	buf_add(&merged, folder);
	buf_add(&merged, reference);
	struct str rest = buf_str(&merged);
	size_t len = front.len;
	memcpy(out, front.p, front.len);
	bool last_dot = false;
	rest = str_skip(rest, str_starts(rest, STR("/")));
	while (rest.p) {
		struct str part = str_split(&rest, '/');
		last_dot = str_eq(part, STR(".")) || str_eq(part, STR(".."));
		if (str_eq(part, STR("..")))
			while (len > front.len && out[--len] != '/')
				;
		if (last_dot)
			continue;
		out[len++] = '/';
		memcpy(out + len, part.p, part.len);
		len += part.len;
	}
	if (last_dot)
		out[len++] = '/';
	buf_release(&merged);
	return str_from(out, len);
}

struct str uri_resolve(struct arena *a, struct str base, struct str reference, struct str *fragment)
{
	size_t hash = str_find_char(reference, '#');
	struct str target = hash == SIZE_MAX ? reference : str_sub(reference, 0, hash);
	*fragment = hash == SIZE_MAX ? STR("") : str_skip(reference, hash + 1);
	if (str_empty(target))
		return base;
	if (uri_is_absolute(target))
		return target;
	if (!uri_is_absolute(base))
		return source_resolve(a, base, target);
	size_t start = authority_end(base), folder = base.len;
	if (str_starts(target, STR("//")))
		return arena_printf(a, "%.*s:%.*s", (int)str_find_char(base, ':'), base.p, STR_FMT(target));
	while (folder > start && base.p[folder - 1] != '/')
		folder--;
	struct str path = str_starts(target, STR("/")) ? STR("") : str_sub(base, start, folder);
	return join(a, str_sub(base, 0, start), path, target);
}
