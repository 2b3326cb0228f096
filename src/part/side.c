/* See side.h: adding files, following references, common roots, and the way back to names that people know. */
#include "part/side.h"
#include "base/check.h"
#include "contract/format.h"
#include "contract/lock.h"
#include "contract/refs.h"

void side_init(struct side *s, struct str name)
{
	*s = (struct side){ 0 };
	source_init(&s->source, name);
	s->name = s->source.name;
	s->shown = s->base = s->only = STR("");
	map_init(&s->by_path, SOURCE_FILES_MAX);
}

void side_release(struct side *s)
{
	map_release(&s->by_path);
	source_release(&s->source);
}

bool side_add(struct side *s, struct str path, struct str text, struct err *e)
{
	struct str copy = arena_str(&s->source.arena, path);
	if (s->count == SOURCE_FILES_MAX || s->bytes + text.len > SOURCE_MAX)
		return err_set(e, ERR_TOO_LARGE, "%.*s: more than %d files or %d MiB. Name the folder of the contracts only", STR_FMT(s->name), SOURCE_FILES_MAX, SOURCE_MAX >> 20);
	if (!copy.p || !ARENA_PUSH_ROOM(&s->source.arena, s->files, s->count, s->capacity))
		return err_set(e, ERR_NO_MEMORY, "%.*s does not fit into the memory for contracts", STR_FMT(s->name));
	s->files[s->count++] = (struct side_file){ copy, text };
	s->bytes += text.len;
	return map_put(&s->by_path, copy, (void *)(uintptr_t)s->count) || err_set(e, ERR_NO_MEMORY, "%.*s has too many files", STR_FMT(s->name));
}

const struct side_file *side_find(const struct side *s, struct str path)
{
	uintptr_t index = (uintptr_t)map_get(&s->by_path, path);
	return index ? &s->files[index - 1] : NULL;
}

/* --- gathering ---------------------------------------------------------------------------------------------------------------------- */

struct gathering {
	struct side *side;
	const struct side_reader *reader;
	struct arena scratch;      /* of one text, before it is known to be wanted */
	struct err *e;
	struct str from;           /* the file whose references are followed */
};

static bool too_large(struct gathering *g, struct str path)
{
	return err_set(g->e, ERR_TOO_LARGE, "%.*s has more than %d MiB, which is the most that a file of a contract may have. Split it, or leave out what is no contract",
		STR_FMT(side_join(&g->scratch, g->side->shown, path)), SOURCE_FILE_MAX >> 20);
}

enum taken { TAKEN, NOT_THERE, NOT_RECOGNISED, FAILED };
/* `any`: also what no format recognises. */
static enum taken take(struct gathering *g, struct str path, bool any)
{
	struct source_file f = { .path = path };
	bool cut = false;
	if (side_find(g->side, path))
		return TAKEN;
	arena_reset(&g->scratch);
	if (!g->reader->read(g->reader->ctx, path, &g->scratch, &f.text, &cut, g->e))
		return err_is_set(g->e) ? FAILED : NOT_THERE;
	if (!any && !contract_format_of(&f))
		return NOT_RECOGNISED;
	if (cut) {
		too_large(g, path);
		return FAILED;
	}
	struct str text = arena_str(&g->side->source.arena, f.text);
	if (!text.p) {
		err_set(g->e, ERR_NO_MEMORY, "%.*s does not fit into the memory for contracts", STR_FMT(g->side->name));
		return FAILED;
	}
	return side_add(g->side, path, text, g->e) ? TAKEN : FAILED;
}

/* As few ".." as the base's own name allows: "../api/x.yaml" of a base "/shop/api" is "x.yaml". Empty where it leads above what may be read. */
static struct str inside(struct gathering *g, struct str path)
{
	struct arena *a = &g->side->source.arena;
	size_t up = 0;
	if (g->side->base.len)
		path = side_relative(a, g->side->base, side_join(a, g->side->base, path));
	for (struct str rest = path; str_starts(rest, STR("../")); rest = str_skip(rest, 3))
		up++;
	return up > g->side->top || up > SIDE_UP_MAX || str_ends(path, STR("..")) ? STR("") : path;
}

/* An import is looked for in the folders above the file, nearest first, as a format does. */
static bool follow(void *ctx, struct str reference, bool import)
{
	struct gathering *g = ctx;
	struct arena *a = &g->side->source.arena;
	struct str folder = side_folder(g->from);
	for (size_t level = 0; level < SIDE_UP_MAX + SIDE_DEPTH_MAX; level++, folder = side_join(a, folder, STR(".."))) {
		struct str path = inside(g, side_join(a, folder, reference));
		enum taken got = path.len ? take(g, path, true) : NOT_THERE;
		if (got == FAILED)
			return false;
		if (got == TAKEN || !import || !inside(g, side_join(a, folder, STR("../x"))).len)
			break;
	}
	return true;
}

static bool no_contract(struct gathering *g)
{
	struct buf names;
	buf_init(&names, 4096);
	for (size_t i = 0; contract_formats[i]; i++)
		buf_printf(&names, "%s%.*s", i ? ", " : "", STR_FMT(contract_formats[i]->title));
	err_set(g->e, ERR_INPUT, "%.*s is no contract of a kind that is known (%.*s)", STR_FMT(g->side->name), STR_FMT(buf_str(&names)));
	buf_release(&names);
	return false;
}

static bool take_named(struct gathering *g, struct str path)
{
	enum taken got = take(g, path, true);
	if (got == NOT_THERE) {
		g->side->missing = true;
		return true;
	}
	if (got == FAILED)
		return false;
	struct side_file f = g->side->files[0];
	if (lock_recognises(f.text)) {
		map_clear(&g->side->by_path);
		g->side->count = 0;
		g->side->only = STR("");
		return side_read_lock_text(g->side, f.path, f.text, g->e);
	}
	return contract_format_of(&(struct source_file){ f.path, f.text }) || no_contract(g);
}

bool side_gather(struct side *s, const struct side_reader *r, const struct str *paths, size_t count, struct err *e)
{
	struct gathering g = { .side = s, .reader = r, .e = e };
	bool ok = true;
	arena_init(&g.scratch, (size_t)SOURCE_FILE_MAX + (8 << 20));
	for (size_t i = 0; i < count && ok; i++) {
		ok = s->only.len ? take_named(&g, paths[i]) : take(&g, paths[i], false) != FAILED;
		if (s->progress)
			s->progress(i + 1, count);
	}
	for (size_t i = 0; i < s->count && ok; i++) { /* what is added is followed too */
		struct side_file f = s->files[i];
		g.from = f.path;
		source_references(f.path, f.text, follow, &g);
		ok = !err_is_set(e);
	}
	arena_release(&g.scratch);
	return ok;
}

bool side_may_hold(struct str path)
{
	static const char *const endings[] = { ".proto", ".yaml", ".yml", ".json", ".avsc", ".avpr", ".graphql", ".graphqls", ".gql", ".sql", ".binpb", ".desc" };
	static const char *const others[] = { "contract-approvals.yaml", "service.yaml", "pleach.yaml", "package.json", "package-lock.json" };
	struct str folder = side_folder(path), name = folder.len ? str_skip(path, folder.len + 1) : path;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_eq(name, str_z(others[i])))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(name, str_z(endings[i])))
			return true;
	return false;
}

bool side_skips_folder(struct str name)
{
	static const char *const skipped[] = { "node_modules", "build", "dist", "target", "out", "_build", "__pycache__" };
	if (str_starts(name, STR(".")))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(skipped); i++)
		if (str_eq(name, str_z(skipped[i])))
			return true;
	return false;
}

/* --- two sides ------------------------------------------------------------------------------------------------------------------------ */

static size_t levels_up(const struct side *s)
{
	size_t most = 0;
	for (size_t i = 0; i < s->count; i++) {
		size_t up = 0;
		for (struct str rest = s->files[i].path; str_starts(rest, STR("../")); rest = str_skip(rest, 3))
			up++;
		most = up > most ? up : most;
	}
	return most;
}

/* The last `up` folders of the base, as a common place for both; nameless ones where it has fewer. */
static struct str last_folders(struct arena *a, struct str base, size_t up)
{
	size_t begin = base.len, left = up;
	struct buf b;
	if (!up)
		return STR("");
	while (begin && (base.p[begin - 1] != '/' || --left))
		begin--;
	if (!left)
		return str_skip(base, begin);
	buf_init(&b, 4096);
	for (size_t i = 0; i < up; i++)
		buf_add(&b, i ? STR("/_") : STR("_"));
	struct str names = arena_str(a, buf_str(&b));
	buf_release(&b);
	return names;
}

static bool fill(struct side *s, struct str prefix, struct str only, struct err *e)
{
	struct source *source = &s->source;
	for (size_t i = 0; i < s->count; i++) {
		struct str path = s->only.len && str_eq(s->files[i].path, s->only) ? only : s->files[i].path;
		if (prefix.len)
			path = side_join(&source->arena, prefix, path);
		if (!path.p || !ARENA_PUSH_ROOM(&source->arena, source->files, source->count, source->capacity))
			return err_set(e, ERR_NO_MEMORY, "%.*s does not fit into the memory for contracts", STR_FMT(s->name));
		source->files[source->count++] = (struct source_file){ path, s->files[i].text };
		source->bytes += s->files[i].text.len;
	}
	return source_sort(source, e);
}

/* Paths begin at the top of the repository, whatever folder was named: so a change's fingerprint, which its file's path is a part of, is the same however it
 * was asked for. */
bool side_pair(struct side *before, struct side *after, struct err *e)
{
	const struct side *named = after->base.len ? after : before;
	size_t up = levels_up(before) > levels_up(after) ? levels_up(before) : levels_up(after);
	struct str prefix = last_folders(&after->source.arena, named->base, up > named->top ? up : named->top);
	struct str only = before->only.len && after->only.len ? after->only : before->only;
	if (!after->only.len && !before->only.len)
		only = STR("");
	return fill(before, prefix, only, e) && fill(after, prefix, after->only, e);
}

/* Files are few where this is asked (once a place), so the text tells: it is the side's own. */
struct str side_show(struct side *s, struct str path)
{
	const struct source_file *f = source_find(&s->source, path);
	if (!f)
		return path;
	for (size_t i = 0; i < s->count; i++)
		if (s->files[i].text.p == f->text.p)
			return side_join(&s->source.arena, s->shown, s->files[i].path);
	return path;
}

static void show_places(struct side *s, struct changes *out, bool old_side)
{
	struct str last = { 0 }, shown = { 0 };
	for (size_t i = 0; i < out->count; i++) {
		struct change_place *p = old_side ? &out->items[i].old_place : &out->items[i].new_place;
		if (!p->file.len)
			continue;
		if (!str_eq(p->file, last)) {
			last = p->file;
			shown = arena_str(&out->arena, side_show(s, p->file));
		}
		p->file = shown;
	}
}

/* The error is about a file of this side: its place as people know it. */
static void show_error(struct side *s, struct err *e)
{
	struct err placed = { 0 };
	if (!e->file[0])
		return;
	err_set(&placed, e->code, s->elsewhere ? "%s (in %.*s)" : "%s", e->message, STR_FMT(s->name));
	err_place(&placed, side_show(s, str_z(e->file)), e->line, e->column);
	*e = placed;
}

bool side_compare(struct side *before, struct side *after, const struct contract_options *options, struct changes *out, struct err *e)
{
	const struct source *wrong = NULL;
	if (!contract_compare_sides(&before->source, &after->source, options, out, &wrong, e)) {
		if (wrong)
			show_error(wrong == &before->source ? before : after, e);
		return false;
	}
	show_places(before, out, true);
	show_places(after, out, false);
	return true;
}

static bool has_format(const struct side *s, const struct contract_format *f)
{
	for (size_t i = 0; i < s->source.count; i++)
		if (contract_format_of(&s->source.files[i]) == f)
			return true;
	return false;
}

bool side_describe(struct side *s, struct json_out *o, struct err *e)
{
	json_out_array(o);
	for (size_t i = 0; contract_formats[i]; i++) {
		const struct contract_format *f = contract_formats[i];
		struct contract_model *m = has_format(s, f) ? f->read(&s->source, e) : NULL;
		if (!m && err_is_set(e)) {
			show_error(s, e);
			return false;
		}
		if (!m)
			continue;
		struct buf text;
		struct json_out inner;
		buf_init(&text, 256 << 20);
		json_out_init(&inner, &text);
		f->describe(m, &inner);
		f->free(m);
		json_out_object(o);
		json_kv_str(o, "format", f->name);
		json_kv_str(o, "title", f->title);
		/* describe gives {"contracts": […]}: its one member becomes one of ours. */
		struct str body = str_strip(buf_str(&text));
		bool whole = buf_ok(&text) && str_starts(body, STR("{\"contracts\":")) && str_ends(body, STR("}"));
		json_out_key(o, STR("contracts"));
		json_out_raw(o, whole ? str_sub(body, sizeof("{\"contracts\":") - 1, body.len - 1) : STR("[]"));
		json_out_end(o);
		buf_release(&text);
	}
	json_out_end(o);
	return true;
}
