/* See catalog_assign.h. */
#include "part/catalog_assign.h"
#include "base/check.h"
#include "base/yaml.h"
#include "catalog/crawl/reading.h"

enum { FILE_MOST = 1 << 20, TEAM_MOST = 100 };

/* A file below the repository's folder on this machine; p == NULL: none. Of a folder within a repository, files are as seen from the repository's top. */
static struct str working_file(const struct repository *r, struct arena *a, struct str file)
{
	struct sys_stat st;
	if (r->prefix.len && str_below(file, r->prefix))
		file = str_skip(file, r->prefix.len + 1);
	struct str path = arena_printf(a, "%.*s/%.*s", STR_FMT(r->path), STR_FMT(file));
	return path.p && !sys_is_link(path) && sys_stat(path, &st) >= 0 && st.regular ? path : (struct str){ NULL, 0 };
}

/* The value at the place where a registry's file says the owner. */
static struct str owner_in(enum claim_source source, struct arena *a, struct str path, struct str text)
{
	static const struct { enum claim_source source; const char *at; } places[] = { { SOURCE_PLEACH, "owner" }, { SOURCE_FLEET, "owner" }, { SOURCE_BACKSTAGE, "spec>owner" }, { SOURCE_OPSLEVEL, "service>owner" },
											{ SOURCE_DATADOG, "team" } };
	struct yaml_documents d;
	struct err ignored = { 0 };
	if (!yaml_parse_all(a, path, text, &d, &ignored))
		return STR("");
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		for (size_t k = 0; places[i].source == source && k < d.count; k++)
			if (yaml_text(&d.items[k], str_z(places[i].at)).len)
				return yaml_text(&d.items[k], str_z(places[i].at));
	return STR("");
}

static bool is_changeable(enum claim_source s) { return s == SOURCE_PLEACH || s == SOURCE_FLEET || s == SOURCE_BACKSTAGE || s == SOURCE_OPSLEVEL || s == SOURCE_DATADOG; }

/* The text with `was` replaced on the line of number `line`, or with a new line behind it where `was` is empty. */
static bool edited(struct buf *out, struct str text, uint32_t line, struct str was, struct str now)
{
	uint32_t number = 0;
	bool done = false;
	while (text.p) {
		struct str one = str_split(&text, '\n');
		size_t at = ++number == line && was.len ? str_find(one, was) : SIZE_MAX;
		if (number == line && was.len && at == SIZE_MAX)
			return false;
		if (number == line && was.len)
			buf_printf(out, "%.*s%.*s%.*s", (int)at, one.p, STR_FMT(now), STR_FMT(str_skip(one, at + was.len)));
		else
			buf_add(out, one);
		if (number == line && !was.len)
			buf_printf(out, "\nowner: %.*s", STR_FMT(now));
		done = done || number == line;
		if (text.p)
			buf_char(out, '\n');
	}
	return done && buf_ok(out);
}

static bool change(enum claim_source source, struct str path, uint32_t line, struct str was, struct str team, struct arena *a, struct assigned *out, struct err *e)
{
	struct str text;
	struct buf b;
	buf_init(&b, 2 * FILE_MOST);
	bool ok = sys_read_file(path, FILE_MOST, a, &text, e);
	if (ok && (!edited(&b, text, line, was, team) || !str_eq(owner_in(source, a, path, buf_str(&b)), team)))
		ok = err_set(e, ERR_CONFLICT, "%.*s has changed, or says the owner in a way that is not changed here; write `owner: %.*s` into it", STR_FMT(path), STR_FMT(team));
	ok = ok && sys_write_file(path, buf_str(&b), e);
	buf_release(&b);
	if (ok)
		*out = (struct assigned){ .file = path, .line = was.len ? line : line + 1, .before = was };
	return ok;
}

static bool is_bare(const struct repository *r, struct arena *a)
{
	struct sys_stat head, objects;
	return sys_stat(arena_printf(a, "%.*s/HEAD", STR_FMT(r->path)), &head) >= 0 && head.regular && sys_stat(arena_printf(a, "%.*s/objects", STR_FMT(r->path)), &objects) >= 0 && objects.directory;
}

static bool create(const struct picture_service *s, struct str team, struct arena *a, struct assigned *out, struct err *e)
{
	const struct repository *r = s->repository;
	struct sys_stat st;
	struct str root = s->unit && s->unit->root.p ? s->unit->root : STR("");
	if (!r || !s->unit || sys_stat(r->path, &st) < 0 || !st.directory)
		return err_set(e, ERR_NOT_FOUND, "where the code of %.*s is, is not known here", STR_FMT(s->name));
	if (is_bare(r, a))
		return err_set(e, ERR_NOT_FOUND, "the code of %.*s lies here in a clone without files (of %.*s); write `owner: %.*s` where you work on it", STR_FMT(s->name), STR_FMT(r->origin.len ? r->origin : r->path),
			       STR_FMT(team));
	if (r->prefix.len && str_below(root, r->prefix))
		root = root.len > r->prefix.len ? str_skip(root, r->prefix.len + 1) : STR("");
	struct str path = arena_printf(a, "%.*s%s%.*s/service.yaml", STR_FMT(r->path), root.len ? "/" : "", STR_FMT(root));
	if (sys_stat(path, &st) >= 0)
		return err_set(e, ERR_CONFLICT, "%.*s is there, and not committed; write `owner: %.*s` into it", STR_FMT(path), STR_FMT(team));
	if (!sys_write_file(path, arena_printf(a, "service: %.*s\nowner: %.*s\n", STR_FMT(s->name), STR_FMT(team)), e))
		return false;
	*out = (struct assigned){ .file = path, .line = 2, .created = true, .before = STR("") };
	return true;
}

static bool is_team(struct str team)
{
	for (size_t i = 0; i < team.len; i++) {
		char c = team.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return team.len && team.len <= TEAM_MOST && team.p[0] != '-' && team.p[0] != '.';
}

/* The service's file in the fleet says the service's name on the line of its place. */
static bool in_fleet(const struct service *f, struct str root, struct str team, struct arena *a, struct assigned *out, struct err *e)
{
	struct str text, path = arena_printf(a, "%.*s/%.*s", STR_FMT(root), STR_FMT(f->place.file));
	uint32_t line = 0;
	if (!sys_read_file(path, FILE_MOST, a, &text, e))
		return false;
	for (struct str rest = text; rest.p;) {
		struct str one = str_split(&rest, '\n');
		line++;
		if (str_starts(one, f->owner.len ? STR("owner:") : STR("service:")))
			return change(SOURCE_FLEET, path, line, f->owner, team, a, out, e);
	}
	return err_set(e, ERR_CONFLICT, "%.*s says the owner in a way that is not changed here; write `owner: %.*s` into it", STR_FMT(path), STR_FMT(team));
}

bool catalog_assign(const struct picture_service *s, const struct fleet *fleet, struct str team, struct arena *a, struct assigned *out, struct err *e)
{
	const struct catalog_value *owner = picture_value(s, CLAIM_OWNER);
	const struct service *declared = fleet ? fleet_service(fleet, s->name) : NULL;
	if (!is_team(team))
		return err_set(e, ERR_USAGE, "`%.*s` is no name of a team: letters, digits, `-`, `_` and `.`", STR_FMT(str_sub(team, 0, 100)));
	if (declared)
		return in_fleet(declared, fleet->root, team, a, out, e);
	for (size_t i = 0; owner && i < owner->count; i++) {
		const struct catalog_claim *c = &owner->claims[i];
		struct str path = c->repository && is_changeable(c->claim->source) ? working_file(c->repository, a, c->claim->file) : (struct str){ NULL, 0 };
		if (path.p)
			return change(c->claim->source, path, c->claim->line, c->claim->value, team, a, out, e);
	}
	return create(s, team, a, out, e);
}
