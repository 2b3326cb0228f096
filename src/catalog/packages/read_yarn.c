/* yarn.lock: of Yarn 1, and of Yarn 2 and later ("berry"), which writes nearly the same as YAML. One scanner of lines for both: a line without indentation has the descriptors (name@range) that an entry is
 * for, fields follow with two blanks, lists of names with four. Berry has an entry for each workspace too; what these list is direct. Yarn 1 does not tell. */
#include "base/check.h"
#include "catalog/packages/reading.h"

struct entry { struct str keys, version, resolution; uint32_t line; bool workspace; };
struct yarn { struct package_reading *r; struct entry *items; size_t count, capacity; struct map direct; bool berry, dependencies; };

static struct str unquoted(struct str s)
{
	s = str_trim(s);
	return s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"' ? str_sub(s, 1, s.len - 1) : s;
}

/* `name "value"` or `name: value`; an empty value where a list follows. */
static bool field(struct str line, struct str *name, struct str *value)
{
	size_t end;
	if (str_starts(line, STR("\""))) {
		end = str_find_char(str_skip(line, 1), '"');
		if (end == SIZE_MAX)
			return false;
		*name = str_sub(line, 1, end + 1);
		end += 2;
	} else {
		for (end = 0; end < line.len && line.p[end] != ' ' && line.p[end] != ':'; end++)
			;
		*name = str_sub(line, 0, end);
	}
	bool colon = end < line.len && line.p[end] == ':';
	*value = unquoted(str_skip(line, end + colon));
	return name->len && (colon || value->len);
}

/* "name@range" -> name, range; the name may begin with "@". */
static bool descriptor(struct str s, struct str *name, struct str *range)
{
	size_t at = str_find_char(str_skip(s, 1), '@');
	if (at == SIZE_MAX)
		return false;
	*name = str_sub(s, 0, at + 1);
	*range = str_skip(s, at + 2);
	return name->len > 0;
}

static bool key_line(struct yarn *y, struct str line, uint32_t number)
{
	bool complex = str_starts(line, STR("? ")); /* YAML's form of keys that are very long */
	line = str_trim(complex ? str_skip(line, 2) : line);
	if (!complex && !str_ends(line, STR(":")))
		return package_wrong(y->r, number, "expected a package with a colon at the end; let yarn write the file anew");
	line.len -= !complex;
	if (!line.len)
		return package_wrong(y->r, number, "expected the name of a package before the colon; let yarn write the file anew");
	if (!ARENA_PUSH_ROOM(y->r->scratch, y->items, y->count, y->capacity))
		return package_full(y->r);
	y->items[y->count++] = (struct entry){ .keys = line, .line = number };
	y->dependencies = false;
	return true;
}

/* What a workspace asks for, with the protocol that keys have and older files leave out. */
static bool asked(struct yarn *y, struct str name, struct str range)
{
	struct arena *a = y->r->scratch;
	bool protocol = str_find_char(range, ':') != SIZE_MAX;
	struct str whole = arena_printf(a, "%.*s@%s%.*s", STR_FMT(name), protocol ? "" : "npm:", STR_FMT(range));
	return whole.p ? package_mark(y->r, &y->direct, whole) : package_full(y->r);
}

static bool inner_line(struct yarn *y, struct str line, size_t indent, uint32_t number)
{
	struct str name, value;
	struct entry *e = y->count ? &y->items[y->count - 1] : NULL;
	if (!e)
		return package_wrong(y->r, number, "a field before the first package; let yarn write the file anew");
	if (indent != 2 && indent != 4)
		return indent > 4 && indent % 2 == 0 ? true : package_wrong(y->r, number, "indented by %zu blanks, which yarn never does; let yarn write the file anew", indent);
	if (!field(line, &name, &value))
		return package_wrong(y->r, number, "expected a name and a value here; let yarn write the file anew");
	if (indent == 4)
		return y->dependencies && e->workspace ? asked(y, name, value) : true;
	y->dependencies = str_eq(name, STR("dependencies"));
	if (str_eq(name, STR("version")))
		e->version = value;
	if (str_eq(name, STR("resolution"))) {
		e->resolution = value;
		e->workspace = str_find(value, STR("@workspace:")) != SIZE_MAX;
	}
	return true;
}

static bool scan(struct yarn *y)
{
	struct package_lines l = { .rest = y->r->text };
	while (package_next_line(&l)) {
		size_t indent = 0;
		while (indent < l.line.len && l.line.p[indent] == ' ')
			indent++;
		struct str line = str_trim(str_skip(l.line, indent));
		if (!line.len || line.p[0] == '#' || (indent == 0 && str_eq(line, STR(":"))))
			continue;
		if (!indent ? !key_line(y, l.line, l.number) : !inner_line(y, line, indent, l.number))
			return false;
	}
	return true;
}

/* Descriptors stand in quotes each (1), or all together (berry). */
static bool next_key(struct str *rest, struct str *key)
{
	if (!rest->p || !rest->len)
		return false;
	*key = unquoted(str_split(rest, ','));
	while (key->len && key->p[0] == '"')
		*key = str_skip(*key, 1);
	while (key->len && key->p[key->len - 1] == '"')
		key->len--;
	return true;
}

static bool local(struct str range)
{
	static const char *const protocols[] = { "workspace:", "link:", "portal:", "file:" };
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		if (str_starts(range, str_z(protocols[i])))
			return true;
	return false;
}

static bool tell(struct yarn *y, const struct entry *e)
{
	struct str rest = e->keys, key, name, range, real, behind;
	enum package_use use = y->berry ? PACKAGE_TRANSITIVE : PACKAGE_UNTOLD;
	if (str_eq(e->keys, STR("__metadata")))
		return true;
	if (!next_key(&rest, &key) || !descriptor(e->resolution.len ? e->resolution : key, &name, &range))
		return package_wrong(y->r, e->line, "expected name@range here; let yarn write the file anew");
	if (!e->version.len)
		return package_wrong(y->r, e->line, "the package `%.*s` has no version; let yarn write the file anew", STR_FMT(str_sub(name, 0, 100)));
	if (local(range))
		return true;
	if (!e->resolution.len && str_starts(range, STR("npm:")) && descriptor(str_skip(range, 4), &real, &behind))
		name = real;
	for (bool more = true; more; more = next_key(&rest, &key))
		if (map_get(&y->direct, key))
			use = PACKAGE_DIRECT;
	return package_add(y->r, name, e->version, use, e->line);
}

bool package_read_yarn(struct package_reading *r)
{
	struct yarn y = { .r = r, .berry = str_find(r->text, STR("\n__metadata:")) != SIZE_MAX || str_starts(r->text, STR("__metadata:")) };
	map_init(&y.direct, PACKAGES_MAX);
	bool ok = scan(&y);
	for (size_t i = 0; ok && i < y.count; i++)
		ok = tell(&y, &y.items[i]);
	map_release(&y.direct);
	return ok;
}
