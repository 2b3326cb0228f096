/* Where a test's text leads to a service (borders_impl.h). A name alone is not enough (`orders` is an English word too): it has to stand where a
 * client, an address or a path stands. One pass over words; each word is looked up in the maps of border_names. */
#include "base/check.h"
#include "contract/borders/borders_impl.h"

enum { LINE_MAX_READ = 4096 /* bytes of a line; minified files have one */, WORD_MAX = 96 };
struct text {
	const struct border_names *names;
	struct str path, line;       /* line: as far as it is read */
	uint32_t number;
	bool import, compose;
	struct border_touch *out;
	size_t count, room;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; }
static char at(const struct text *t, size_t i) { return i < t->line.len ? t->line.p[i] : '\0'; }
static char before(const struct text *t, size_t i) { return i ? t->line.p[i - 1] : '\0'; }
static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

static void touch(struct text *t, const struct service *s, enum border_form form, size_t from, size_t to)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->out[i].service, s->name))
			return;
	if (t->count < t->room)
		t->out[t->count++] = (struct border_touch){ .service = s->name, .owner = s->owner, .form = form, .line = t->number, .text = str_sub(t->line, from, to) };
}

/* --- variables: INVOICING_URL ---------------------------------------------------------------------------------------------------------------- */

/* A test that says where the service is plays it, or says so beside; one that asks calls it. */
static bool is_set_here(const struct text *t, size_t from, size_t to)
{
	static const struct str setters[] = { STR_INIT("setenv("), STR_INIT("putenv("), STR_INIT("withenv("), STR_INIT("setenv ") };
	size_t i = from;
	if (i >= 2 && t->line.p[i - 1] == '{' && t->line.p[i - 2] == '$')
		return false;
	while (i > 0 && (is_quote(t->line.p[i - 1]) || is_blank(t->line.p[i - 1])))
		i--;
	for (size_t k = 0; k < ARRAY_LEN(setters); k++)
		if (i >= setters[k].len && str_eq_ci(str_sub(t->line, i - setters[k].len, i), setters[k]))
			return true;
	for (i = to; is_quote(at(t, i)) || at(t, i) == ']' || is_blank(at(t, i));)
		i++;
	return (at(t, i) == '=' && at(t, i + 1) != '=' && at(t, i + 1) != '~') || at(t, i) == ':';
}

static void try_variable(struct text *t, size_t from, size_t to)
{
	static const struct str endings[] = { STR_INIT("_BASE_URL"), STR_INIT("_SERVICE_URL"), STR_INIT("_API_URL"), STR_INIT("_URL"), STR_INIT("_URI"), STR_INIT("_HOST"),
					      STR_INIT("_ADDR"), STR_INIT("_ADDRESS"), STR_INIT("_ENDPOINT"), STR_INIT("_PORT") };
	struct str word = str_sub(t->line, from, to);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		if (!str_ends(word, endings[i]))
			continue;
		const struct service *s = map_get(&t->names->variables, str_sub(word, 0, word.len - endings[i].len));
		if (s && !is_set_here(t, from, to)) {
			touch(t, s, BORDER_VARIABLE, from, to);
			return;
		}
	}
}

/* --- hosts: http://invoicing/, invoicing:8080 --------------------------------------------------------------------------------------------- */

static bool ends_host(char c) { return c == '\0' || c == ':' || c == '/' || c == '?' || c == '#' || c == ')' || c == '.' || c == ',' || c == '\\' || is_quote(c) || is_blank(c); }

static bool is_host(const struct text *t, size_t from, size_t to)
{
	bool behind_scheme = from >= 3 && t->line.p[from - 1] == '/' && t->line.p[from - 2] == '/' && (t->line.p[from - 3] == ':' || t->line.p[from - 3] == '/');
	if (behind_scheme || (before(t, from) == '@' && str_find(str_sub(t->line, 0, from), STR("://")) != SIZE_MAX))
		return ends_host(at(t, to));
	char c = before(t, from);
	return at(t, to) == ':' && is_digit(at(t, to + 1)) && is_digit(at(t, to + 2)) && (is_quote(c) || is_blank(c) || c == '=' || c == '(' || c == '\0');
}

/* --- paths at the edge: "/invoicing/v1/…" ------------------------------------------------------------------------------------------------------ */

/* What stands before the slash of a path: the beginning of a text, a variable that holds the base, or a host (where = its first byte). */
static bool begins_path(const struct text *t, size_t slash, bool *absolute, struct str *host)
{
	char c = before(t, slash);
	size_t i = slash;
	*absolute = false;
	*host = STR("");
	if (c == '\0' || is_quote(c) || is_blank(c) || c == '=' || c == '(' || c == ',' || c == '>')
		return true;
	if (c == '}' || c == ')') {
		*absolute = true;
		return true;
	}
	while (i > 0 && (is_word(t->line.p[i - 1]) || t->line.p[i - 1] == '.' || t->line.p[i - 1] == ':' || t->line.p[i - 1] == '[' || t->line.p[i - 1] == ']'))
		i--;
	*host = str_sub(t->line, i, slash);
	*absolute = host->len && i >= 2 && t->line.p[i - 1] == '/' && t->line.p[i - 2] == '/';
	return *absolute;
}

static bool is_gateway(const struct text *t, struct str host)
{
	uint64_t port = 0;
	while (host.p && str_find_char(host, ':') != SIZE_MAX)
		host = str_skip(host, str_find_char(host, ':') + 1);
	return str_to_u64(host, &port) && port == t->names->fleet->gateway.listen.port;
}

static bool serves(const struct service *s, struct str rest)
{
	for (size_t i = 0; i < s->serves_count; i++) {
		struct str path = s->serves[i].path;
		size_t end = str_eq(path, STR("/")) ? 0 : path.len;
		if (str_starts(rest, path) && (rest.len == end || !is_word(rest.p[end])))
			return true;
	}
	return false;
}

/* `from`, `to`: the name. Without the version behind it, a path is somebody's own (`/orders` of any service) unless it is the gateway that is asked. */
static bool is_path(const struct text *t, const struct service *s, size_t from, size_t to)
{
	bool absolute;
	struct str host, rest = str_skip(t->line, to);
	if (before(t, from) != '/' || !begins_path(t, from - 1, &absolute, &host))
		return false;
	if (serves(s, rest))
		return true;
	return absolute && at(t, to) == '/' && (is_gateway(t, host) || (!s->serves_count && !host.len));
}

/* --- clients that are imported ------------------------------------------------------------------------------------------------------------------- */

static bool is_import(const struct text *t, struct str line)
{
	static const struct str words[] = { STR_INIT("import"), STR_INIT("from "), STR_INIT("use "), STR_INIT("using "), STR_INIT("#include"), STR_INIT("require") };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_starts(line, words[i]))
			return true;
	bool go = str_ends(t->path, STR(".go")) && str_ends(line, STR("\"")) && str_find_char(line, '/') != SIZE_MAX && str_find_char(line, '(') == SIZE_MAX;
	return go || str_find(line, STR("require(")) != SIZE_MAX || str_find(line, STR("} from ")) != SIZE_MAX || str_find(line, STR("import(")) != SIZE_MAX;
}

static const struct str clients[] = { STR_INIT("serviceclient"), STR_INIT("client"), STR_INIT("sdk"), STR_INIT("pb2grpc"), STR_INIT("pb2"), STR_INIT("grpc"), STR_INIT("pb"),
				      STR_INIT("stub"), STR_INIT("api") };

static const struct service *client_of(const struct text *t, struct str word, size_t to)
{
	char plain[WORD_MAX];
	size_t n = 0;
	if (word.len > sizeof(plain))
		return NULL;
	for (size_t i = 0; i < word.len; i++)
		if (word.p[i] != '-' && word.p[i] != '_')
			plain[n++] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] - 'A' + 'a' : word.p[i]);
	struct str name = str_from(plain, n);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		const struct service *s = str_ends(name, clients[i]) ? map_get(&t->names->plain, str_sub(name, 0, n - clients[i].len)) : NULL;
		if (s)
			return s;
	}
	/* "com.shop.invoicing.client.Orders", "example.com/invoicing/client" */
	struct str rest = str_skip(t->line, to);
	if (!rest.len || (rest.p[0] != '.' && rest.p[0] != '/' && rest.p[0] != ':'))
		return NULL;
	rest = str_skip(rest, str_starts(rest, STR("::")) ? 2 : 1);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++)
		if (rest.len >= clients[i].len && str_eq_ci(str_sub(rest, 0, clients[i].len), clients[i]) && (rest.len == clients[i].len || !is_word(rest.p[clients[i].len])))
			return map_get(&t->names->plain, name);
	return NULL;
}

/* --- ports ---------------------------------------------------------------------------------------------------------------------------------------- */

static void try_port(struct text *t, size_t from, size_t to)
{
	static const struct str local[] = { STR_INIT("localhost:"), STR_INIT("127.0.0.1:"), STR_INIT("0.0.0.0:"), STR_INIT("[::1]:") };
	const struct service *s = before(t, from) == ':' ? map_get(&t->names->ports, str_sub(t->line, from, to)) : NULL;
	if (!s)
		return;
	for (size_t i = 0; i <= ARRAY_LEN(local); i++) {
		struct str host = i < ARRAY_LEN(local) ? local[i] : str_sub(s->address, 0, s->address.len - (to - from));
		if (host.len && from >= host.len && str_eq(str_sub(t->line, from - host.len, from), host)) {
			touch(t, s, BORDER_PORT, from - host.len, to);
			return;
		}
	}
}

/* --- words and lines --------------------------------------------------------------------------------------------------------------------------------- */

/* In a file of docker compose a service is a key, somebody's dependency, or an image. */
static bool is_composed(const struct text *t, size_t from, size_t to)
{
	struct str line = str_trim(t->line), name = str_sub(t->line, from, to);
	size_t indent = (size_t)(line.p - t->line.p);
	bool key = indent > 0 && indent == from && str_eq(str_skip(t->line, to), STR(":"));
	bool entry = str_starts(line, STR("- ")) && str_ends(line, name) && line.len <= name.len + 2;
	return key || entry || str_starts(line, STR("image:"));
}

static void word(struct text *t, size_t from, size_t to)
{
	struct str w = str_sub(t->line, from, to);
	if (w.len > WORD_MAX)
		return;
	if (is_digit(w.p[0]))
		try_port(t, from, to);
	if (w.p[0] >= 'A' && w.p[0] <= 'Z')
		try_variable(t, from, to);
	const struct service *s = map_get(&t->names->names, w);
	if (s && is_host(t, from, to))
		touch(t, s, BORDER_HOST, from, to);
	else if (s && is_path(t, s, from, to))
		touch(t, s, BORDER_PATH, from - 1, to);
	else if (s && t->compose && is_composed(t, from, to))
		touch(t, s, BORDER_COMPOSE, from, to);
	if (t->import && (s = client_of(t, w, to)))
		touch(t, s, BORDER_CLIENT, from, to);
}

static bool is_comment(struct str line)
{
	static const struct str marks[] = { STR_INIT("//"), STR_INIT("/*"), STR_INIT("* "), STR_INIT("--"), STR_INIT("<!--") };
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (str_starts(line, marks[i]))
			return true;
	return str_starts(line, STR("#")) && !str_starts(line, STR("#include")) && !str_starts(line, STR("#["));
}

size_t border_mentions(const struct border_names *n, struct str path, struct str text, struct border_touch *out, size_t room)
{
	struct str name = path;
	while (str_find_char(name, '/') != SIZE_MAX)
		name = str_skip(name, str_find_char(name, '/') + 1);
	struct text t = { .names = n, .path = path, .compose = border_is_compose(name), .out = out, .room = room };
	while (text.p && t.count < room) {
		struct str line = str_split(&text, '\n');
		if (str_ends(line, STR("\r")))
			line.len--;
		t.line = str_sub(line, 0, LINE_MAX_READ);
		t.number++;
		line = str_trim(t.line);
		if (!line.len || is_comment(line))
			continue;
		t.import = is_import(&t, line);
		for (size_t i = 0; i < t.line.len;) {
			size_t from = i;
			while (i < t.line.len && is_word(t.line.p[i]))
				i++;
			if (i > from)
				word(&t, from, i);
			else
				i++;
		}
	}
	return t.count;
}
