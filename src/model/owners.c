/* OWNERS files of Gerrit's and Kubernetes' (owners.h). */
#include "model/owners.h"
#include "base/glob.h"
#include "base/yaml.h"

enum { MAIL_MOST = 254 /* bytes, RFC 5321 */, ALIASES_MOST = 10000, WORDS_MOST = 200 };
struct owners_file { struct str path; struct owners_grant *items; size_t count, capacity; bool absent, noparent, read, reading; };

void owners_init(struct owners *o, struct arena *a, bool kubernetes, struct owners_source from)
{
	*o = (struct owners){ .arena = a, .from = from, .kubernetes = kubernetes };
	map_init(&o->files, OWNERS_FILES_MAX);
	map_init(&o->aliases, ALIASES_MOST);
}

void owners_release(struct owners *o)
{
	map_release(&o->files);
	map_release(&o->aliases);
}

static void problem(struct owners *o, struct str file, uint32_t line, struct str words)
{
	if (words.p)
		o->from.problem(o->from.ctx, file, line, words);
}

static void grant(struct owners *o, struct owners_file *to, struct owners_grant g)
{
	if (to->count == OWNERS_GRANTS_MAX)
		return;
	if (ARENA_PUSH_ROOM(o->arena, to->items, to->count, to->capacity))
		to->items[to->count++] = g;
	else
		o->failed = true;
}

/* --- other files ---------------------------------------------------------------------------------------------------------------------------------- */

/* "/tools/OWNERS" is from the repository's top, as "//tools/OWNERS" is. */
static struct str resolved(struct arena *a, struct str folder, struct str path)
{
	if (!str_starts(path, STR("/")))
		return path_from(a, folder, path);
	while (str_starts(path, STR("/")))
		path = str_skip(path, 1);
	return path_from(a, STR(""), path);
}

static struct owners_file *file_at(struct owners *o, struct str path, size_t depth);

/* The file that a line names. NULL: it is not here, and that was told where it should be. */
static const struct owners_file *named(struct owners *o, const struct owners_file *from, struct str target, uint32_t line, size_t depth)
{
	struct arena *a = o->arena;
	target = str_strip(target);
	if (str_find_char(target, ':') != SIZE_MAX) {
		problem(o, from->path, line, arena_printf(a, "`%.*s` is of another project, which is not read here; name its people", STR_FMT(str_sub(target, 0, WORDS_MOST))));
		return NULL;
	}
	struct str path = resolved(a, path_folder(from->path), target);
	if (depth >= OWNERS_DEPTH_MAX) {
		problem(o, from->path, line, arena_printf(a, "files include each other more than %d deep", OWNERS_DEPTH_MAX));
		return NULL;
	}
	const struct owners_file *other = path.p && path.len && path.len <= OWNERS_PATH_MAX ? file_at(o, path, depth + 1) : NULL;
	other = other && other->absent ? NULL : other;
	if (other && other->reading) {
		problem(o, from->path, line, arena_printf(a, "`%.*s` includes this file itself", STR_FMT(path)));
		return NULL;
	}
	if (!other && !o->failed && !(o->from.hidden && o->from.hidden(o->from.ctx, path)))
		problem(o, from->path, line, arena_printf(a, "`%.*s` is not in the repository", STR_FMT(str_sub(target, 0, WORDS_MOST))));
	return other;
}

/* glob: what it counts for; everything: `include`, with what is per file and noparent. */
static void import(struct owners *o, struct owners_file *to, const struct owners_file *from, struct str glob, bool everything)
{
	for (size_t i = 0; from && i < from->count; i++) {
		struct owners_grant g = from->items[i];
		if (g.glob.len && !everything)
			continue;
		g.glob = g.glob.len ? g.glob : glob;
		grant(o, to, g);
	}
	to->noparent = to->noparent || (from && everything && from->noparent);
}

/* --- Gerrit's ------------------------------------------------------------------------------------------------------------------------------------- */

static void mails(struct owners *o, struct owners_file *to, struct str list, struct str glob, uint32_t line)
{
	while (list.p) {
		struct str mail = str_strip(str_split(&list, ','));
		bool plain = mail.len && mail.len <= MAIL_MOST && str_find_char(mail, '@') != SIZE_MAX;
		for (size_t i = 0; plain && i < mail.len; i++)
			plain = (unsigned char)mail.p[i] > ' ' && mail.p[i] != 0x7f;
		if (plain)
			grant(o, to, (struct owners_grant){ glob, mail, to->path, line });
	}
}

static void per_file(struct owners *o, struct owners_file *to, struct str globs, struct str what, uint32_t line, size_t depth)
{
	what = str_strip(what);
	const struct owners_file *other = str_starts(what, STR("file:")) ? named(o, to, str_skip(what, 5), line, depth) : NULL;
	while (globs.p) {
		struct str glob = str_strip(str_split(&globs, ','));
		if (!glob.len)
			continue;
		if (str_eq(what, STR("set noparent")))
			grant(o, to, (struct owners_grant){ glob, STR(""), to->path, line });
		else if (str_starts(what, STR("file:")))
			import(o, to, other, glob, false);
		else
			mails(o, to, what, glob, line);
	}
}

static void one_line(struct owners *o, struct owners_file *to, struct str line, uint32_t number, size_t depth)
{
	size_t comment = str_find_char(line, '#');
	line = str_strip(comment == SIZE_MAX ? line : str_sub(line, 0, comment));
	if (str_eq(line, STR("set noparent")))
		to->noparent = true;
	else if (str_starts(line, STR("per-file "))) {
		struct str what = str_skip(line, 9), globs = str_split(&what, '=');
		if (what.p)
			per_file(o, to, globs, what, number, depth);
		else
			problem(o, to->path, number, STR("`per-file` is written `per-file NAME = PERSON`, with more of each after commas"));
	} else if (str_starts(line, STR("include ")))
		import(o, to, named(o, to, str_skip(line, 8), number, depth), STR(""), true);
	else if (str_starts(line, STR("file:")))
		import(o, to, named(o, to, str_skip(line, 5), number, depth), STR(""), false);
	else if (str_find_char(line, ',') == SIZE_MAX)
		mails(o, to, line, STR(""), number);
}

/* --- Kubernetes' ---------------------------------------------------------------------------------------------------------------------------------- */

/* YAML of a file; NULL where it is none, which is told, or where there is no such file. */
static const struct yaml *yaml_of(struct owners *o, struct str path, struct str text)
{
	struct yaml_documents d;
	struct err wrong = { 0 };
	if (!yaml_parse_all(o->arena, path, text, &d, &wrong)) {
		problem(o, path, wrong.line ? wrong.line : 1, arena_str(o->arena, str_z(wrong.message)));
		return NULL;
	}
	return d.count ? &d.items[0] : NULL;
}

/* Names are the same in any case (Prow normalises them). */
static struct str lower(struct arena *a, struct str s)
{
	char *p = ARENA_ARRAY(a, s.len + 1, char);
	for (size_t i = 0; p && i < s.len; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
	return p ? str_from(p, s.len) : (struct str){ 0 };
}

static bool read_aliases(struct owners *o)
{
	struct str path = STR("OWNERS_ALIASES"), text = { 0 };
	if (o->aliases_read)
		return true;
	o->aliases_read = true;
	if (!o->from.text(o->from.ctx, path, o->arena, &text, o->e))
		return false;
	const struct yaml *y = text.p && text.len <= OWNERS_TEXT_MAX ? yaml_of(o, path, text) : NULL, *aliases = y ? yaml_get(y, STR("aliases")) : NULL;
	for (uint32_t i = 0; aliases && aliases->type == YAML_MAPPING && i < aliases->count; i++) {
		struct str name = lower(o->arena, aliases->pairs[i].key);
		o->failed = o->failed || !name.p || !map_put(&o->aliases, name, (void *)&aliases->pairs[i].value);
	}
	return true;
}

static void approvers(struct owners *o, struct owners_file *to, const struct yaml *list)
{
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count; i++) {
		const struct yaml *who = &list->items[i];
		if (who->type != YAML_SCALAR || !who->text.len)
			continue;
		grant(o, to, (struct owners_grant){ STR(""), who->text, to->path, who->line });
		const struct yaml *people = map_get(&o->aliases, lower(o->arena, who->text));
		for (uint32_t k = 0; people && people->type == YAML_SEQUENCE && k < people->count; k++)
			if (people->items[k].type == YAML_SCALAR && people->items[k].text.len)
				grant(o, to, (struct owners_grant){ STR(""), people->items[k].text, to->path, who->line });
	}
}

static bool read_kubernetes(struct owners *o, struct owners_file *to, struct str text)
{
	if (!read_aliases(o))
		return false;
	const struct yaml *y = yaml_of(o, to->path, text), *filters = y ? yaml_get(y, STR("filters")) : NULL, *options = y ? yaml_get(y, STR("options")) : NULL;
	const struct yaml *alone = options ? yaml_get(options, STR("no_parent_owners")) : NULL;
	if (!y)
		return true;
	to->noparent = alone && alone->type == YAML_SCALAR && str_eq(alone->text, STR("true"));
	approvers(o, to, yaml_get(y, STR("approvers")));
	for (uint32_t i = 0; filters && filters->type == YAML_MAPPING && i < filters->count; i++) {
		const struct yaml_pair *f = &filters->pairs[i];
		if (str_eq(f->key, STR(".*")))
			approvers(o, to, yaml_get(&f->value, STR("approvers")));
		else if (yaml_get(&f->value, STR("approvers")))
			problem(o, to->path, f->value.line, arena_printf(o->arena, "the filter `%.*s` is not read here: only `.*` is", STR_FMT(str_sub(f->key, 0, WORDS_MOST))));
	}
	return true;
}

/* --- one file ------------------------------------------------------------------------------------------------------------------------------------- */

/* Which form a file has: Kubernetes' is told by its keys. */
static bool is_kubernetes(struct str text)
{
	while (text.p && text.len) {
		struct str line = str_split(&text, '\n');
		if (str_starts(line, STR("approvers:")) || str_starts(line, STR("reviewers:")) || str_starts(line, STR("filters:")))
			return true;
	}
	return false;
}

static struct owners_file *new_file(struct owners *o, struct str path)
{
	struct owners_file *f = ARENA_NEW(o->arena, struct owners_file);
	struct str kept = arena_str(o->arena, path);
	if (!f || !kept.p || !map_put(&o->files, kept, f)) {
		o->failed = true;
		return NULL;
	}
	*f = (struct owners_file){ .path = kept };
	return f;
}

/* Read once; `absent` where there is none. NULL: failed. */
static struct owners_file *file_at(struct owners *o, struct str path, size_t depth)
{
	struct owners_file *f = map_get(&o->files, path);
	struct str text = { 0 };
	if (f)
		return f;
	f = new_file(o, path);
	if (!f)
		return NULL;
	f->reading = true;
	if (!o->from.text(o->from.ctx, f->path, o->arena, &text, o->e)) {
		o->failed = true;
		return NULL;
	}
	f->absent = !text.p;
	bool plain = text.p && text.len <= OWNERS_TEXT_MAX && str_is_utf8(text), kubernetes = plain && is_kubernetes(text);
	if (kubernetes && o->kubernetes)
		o->failed = !read_kubernetes(o, f, text) || o->failed;
	for (uint32_t number = 1; plain && !kubernetes && text.p && text.len; number++)
		one_line(o, f, str_split(&text, '\n'), number, depth);
	f->reading = false;
	f->read = true;
	return f;
}

static bool outcome(const struct owners *o, struct err *e)
{
	return (!o->failed && !o->arena->full) || err_is_set(e) ? !err_is_set(e) : err_set(e, ERR_NO_MEMORY, "what OWNERS files say does not fit into memory");
}

bool owners_read(struct owners *o, struct str path, struct err *e)
{
	o->e = e;
	if (!o->failed)
		file_at(o, path, 0);
	return outcome(o, e);
}

/* --- the owners of a path ------------------------------------------------------------------------------------------------------------------------- */

/* True: the search upwards is over. */
static bool tell(const struct owners_file *f, struct str name, void (*each)(void *ctx, const struct owners_grant *g), void *ctx)
{
	bool alone = false, any = false;
	for (size_t i = 0; i < f->count; i++)
		alone = alone || (!f->items[i].who.len && glob_matches(f->items[i].glob, name));
	for (size_t i = 0; i < f->count; i++) {
		const struct owners_grant *g = &f->items[i];
		if (!g->who.len || (g->glob.len ? !glob_matches(g->glob, name) : alone))
			continue;
		each(ctx, g);
		any = true;
	}
	return any || alone || f->noparent;
}

bool owners_of(struct owners *o, struct str path, void (*each)(void *ctx, const struct owners_grant *g), void *ctx, struct err *e)
{
	static const struct str own = STR_INIT("OWNERS");
	struct str folder = path_folder(path), name = path_name(path);
	char place[OWNERS_PATH_MAX + 8];
	o->e = e;
	while (!o->failed && folder.len <= OWNERS_PATH_MAX) {
		size_t n = folder.len;
		if (n)
			memcpy(place, folder.p, n);
		if (n)
			place[n++] = '/';
		memcpy(place + n, own.p, own.len);
		const struct owners_file *f = file_at(o, str_from(place, n + own.len), 0);
		if ((f && !f->absent && tell(f, name, each, ctx)) || !folder.len)
			break;
		folder = path_folder(folder);
	}
	return outcome(o, e);
}
