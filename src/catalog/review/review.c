/* What a review knows: teams, services, rules, paths, people, read from texts (review.h). */
#include "catalog/review/review.h"
#include "base/check.h"
#include "base/glob.h"
#include "base/yaml.h"

const struct str review_standings[] = { STR_INIT("agreed"), STR_INIT("missing"), STR_INIT("reminded"), STR_INIT("open"), STR_INIT("unowned") };

void review_init(struct review *r)
{
	*r = (struct review){ 0 };
	arena_init(&r->arena, REVIEW_MEMORY_MAX);
}

void review_release(struct review *r)
{
	if (r->has_files)
		owners_release(&r->files);
	arena_release(&r->arena);
}

static bool no_memory(struct err *e) { return err_set(e, ERR_NO_MEMORY, "the change does not fit into %d MiB; review a smaller range", REVIEW_MEMORY_MAX >> 20); }

static struct str scalar(const struct yaml *y, struct str key)
{
	const struct yaml *v = yaml_get(y, key);
	return v && v->type == YAML_SCALAR ? v->text : STR("");
}

/* --- pleach.yaml ------------------------------------------------------------------------------------------------------------------------------- */

static bool has_team(const struct review *r, struct str fleet, struct str name)
{
	for (size_t i = 0; i < r->teams_count; i++)
		if (str_eq(r->teams[i].name, name) && str_eq(r->teams[i].fleet, fleet))
			return true;
	return false;
}

static bool add_team(struct review *r, struct str fleet, const struct yaml_pair *pair, bool head)
{
	const struct yaml *members = yaml_get(&pair->value, STR("members"));
	size_t n = members && members->type == YAML_SEQUENCE ? members->count : 0;
	struct str *words = ARENA_ARRAY(&r->arena, n + 1, struct str);
	if (!words || !ARENA_PUSH_ROOM(&r->arena, r->teams, r->teams_count, r->teams_capacity))
		return false;
	for (size_t i = 0; i < n; i++)
		words[i] = arena_str(&r->arena, members->items[i].text);
	r->teams[r->teams_count++] = (struct review_team){ fleet, arena_str(&r->arena, pair->key), words, n, head };
	return true;
}

static struct review_fleet *fleet_at(struct review *r, struct str folder)
{
	for (size_t i = 0; i < r->fleets_count; i++)
		if (str_eq(r->fleets[i].folder, folder))
			return &r->fleets[i];
	if (!ARENA_PUSH_ROOM(&r->arena, r->fleets, r->fleets_count, r->fleets_capacity))
		return NULL;
	r->fleets[r->fleets_count] = (struct review_fleet){ .folder = arena_str(&r->arena, folder) };
	return &r->fleets[r->fleets_count++];
}

static bool add_patterns(struct review *r, struct review_fleet *f, const struct yaml *services)
{
	for (uint32_t i = 0; services && services->type == YAML_SEQUENCE && i < services->count; i++) {
		struct str p = services->items[i].text;
		if (!ARENA_PUSH_ROOM(&r->arena, f->patterns, f->patterns_count, f->patterns_capacity))
			return false;
		p = str_starts(p, STR("./")) ? str_skip(p, 2) : str_eq(p, STR(".")) ? STR("") : p;
		p = str_ends(p, STR("/service.yaml")) ? str_sub(p, 0, p.len - STR("/service.yaml").len) : p;
		f->patterns[f->patterns_count++] = arena_str(&r->arena, str_ends(p, STR("/")) ? str_sub(p, 0, p.len - 1) : p);
	}
	return true;
}

bool review_read_fleet(struct review *r, struct str path, struct str text, bool head, struct err *e)
{
	struct arena scratch;
	arena_init(&scratch, 64u << 20);
	const struct yaml *y = yaml_parse(&scratch, path, text, e), *teams = y ? yaml_get(y, STR("teams")) : NULL;
	struct review_fleet *f = y ? fleet_at(r, path_folder(path)) : NULL;
	bool ok = y && ((f && add_patterns(r, f, yaml_get(y, STR("services")))) || no_memory(e));
	for (uint32_t i = 0; ok && teams && teams->type == YAML_MAPPING && i < teams->count; i++)
		if (!has_team(r, f->folder, teams->pairs[i].key))
			ok = add_team(r, f->folder, &teams->pairs[i], head) || no_memory(e);
	arena_release(&scratch);
	return ok;
}

const struct review_team *review_owner(const struct review *r, const struct review_service *s)
{
	for (size_t i = 0; s->owner.len && i < r->teams_count; i++)
		if (str_eq(r->teams[i].name, s->owner) && str_eq(r->teams[i].fleet, s->fleet) && (!r->teams[i].is_new || s->is_new))
			return &r->teams[i];
	return NULL;
}

/* Folder by folder, as the fleet's files are found (model/fleet_files.c). */
static bool pattern_fits(struct str pattern, struct str folder)
{
	while (pattern.p && folder.p) {
		struct str p = str_split(&pattern, '/'), name = str_split(&folder, '/');
		if (!glob_matches(p, name))
			return false;
	}
	return !pattern.p && !folder.p;
}

/* The nearest fleet above a service's folder; false where its `services` do not name the folder. */
static bool fleet_of(const struct review *r, struct str folder, struct str *fleet)
{
	const struct review_fleet *nearest = NULL;
	for (size_t i = 0; i < r->fleets_count; i++)
		if ((!r->fleets[i].folder.len || str_below(folder, r->fleets[i].folder)) && (!nearest || r->fleets[i].folder.len > nearest->folder.len))
			nearest = &r->fleets[i];
	*fleet = nearest ? nearest->folder : STR("");
	bool named = !nearest || !nearest->patterns_count;
	struct str below = nearest && nearest->folder.len ? str_skip(folder, nearest->folder.len + (folder.len > nearest->folder.len)) : folder;
	for (size_t i = 0; !named && i < nearest->patterns_count; i++)
		named = pattern_fits(nearest->patterns[i], below);
	return named;
}

/* --- service.yaml ------------------------------------------------------------------------------------------------------------------------------ */

static enum ownership ownership_of(struct str word)
{
	return str_eq(word, STR("weak")) ? OWNERSHIP_WEAK : str_eq(word, STR("collective")) ? OWNERSHIP_COLLECTIVE : OWNERSHIP_STRONG;
}

static struct str joined(struct arena *a, struct str folder, struct str file)
{
	if (str_starts(file, STR("./")))
		file = str_skip(file, 2);
	return folder.len ? arena_printf(a, "%.*s/%.*s", STR_FMT(folder), STR_FMT(file)) : arena_str(a, file);
}

static bool read_schemas(struct review *r, struct review_service *s, const struct yaml *serves)
{
	size_t n = serves && serves->type == YAML_SEQUENCE ? serves->count : 0;
	struct str *out = ARENA_ARRAY(&r->arena, n + 1, struct str);
	for (size_t i = 0; out && i < n; i++) {
		struct str schema = scalar(&serves->items[i], STR("schema"));
		if (schema.len)
			out[s->schemas_count++] = joined(&r->arena, s->folder, schema);
	}
	s->schemas = out;
	return out != NULL;
}

static bool read_calls(struct review *r, struct review_service *s, const struct yaml *calls)
{
	size_t n = calls && calls->type == YAML_MAPPING ? calls->count : 0;
	struct str *out = ARENA_ARRAY(&r->arena, n + 1, struct str);
	for (size_t i = 0; out && i < n; i++)
		out[s->calls_count++] = arena_str(&r->arena, calls->pairs[i].key);
	s->calls = out;
	return out != NULL;
}

static struct review_service *service_named(struct review *r, struct str fleet, struct str name)
{
	for (size_t i = 0; i < r->services_count; i++)
		if (str_eq(r->services[i].name, name) && str_eq(r->services[i].fleet, fleet))
			return &r->services[i];
	return NULL;
}

static bool add_service(struct review *r, const struct yaml *y, struct str path, struct str fleet, bool head)
{
	struct arena *a = &r->arena;
	const struct yaml *owner = yaml_get(y, STR("owner"));
	struct review_service s = { .fleet = fleet,
				    .name = arena_str(a, scalar(y, STR("service"))),
				    .owner = arena_str(a, scalar(y, STR("owner"))),
				    .file = arena_str(a, path),
				    .ownership = ownership_of(scalar(y, STR("ownership"))),
				    .line = owner ? owner->line : 1,
				    .is_new = head };
	s.folder = path_folder(s.file);
	s.next_ownership = s.ownership;
	if (!read_schemas(r, &s, yaml_get(y, STR("serves"))) || !read_calls(r, &s, yaml_get(y, STR("calls"))) || !ARENA_PUSH_ROOM(a, r->services, r->services_count, r->services_capacity))
		return false;
	r->services[r->services_count++] = s;
	return true;
}

/* The change's own words of a service that the base has: what it would become, and where it moves to. */
static void compare_service(struct review *r, struct review_service *s, const struct yaml *y, struct str path)
{
	struct str owner = scalar(y, STR("owner"));
	if (!str_eq(owner, s->owner))
		s->next_owner = arena_str(&r->arena, owner.len ? owner : STR("nobody"));
	s->next_ownership = ownership_of(scalar(y, STR("ownership")));
	s->moved = !str_eq(path, s->file);
	s->next_folder = path_folder(arena_str(&r->arena, path));
}

bool review_read_service(struct review *r, struct str path, struct str text, bool head, struct err *e)
{
	struct arena scratch;
	struct str fleet;
	if (!fleet_of(r, path_folder(path), &fleet))
		return true;
	arena_init(&scratch, 64u << 20);
	const struct yaml *y = yaml_parse(&scratch, path, text, e);
	bool ok = y != NULL;
	if (ok && !scalar(y, STR("service")).len) {
		err_set(e, ERR_FILE_INVALID, "`service` must be the name of the service");
		err_place(e, path, 1, 1);
		ok = false;
	}
	struct review_service *known = ok ? service_named(r, fleet, scalar(y, STR("service"))) : NULL;
	if (ok && head && known && !known->is_new)
		compare_service(r, known, y, path);
	else if (ok && !known)
		ok = add_service(r, y, path, fleet, head) || no_memory(e);
	arena_release(&scratch);
	return ok;
}

/* --- the rest ---------------------------------------------------------------------------------------------------------------------------------- */

bool review_read_owners(struct review *r, struct str path, struct str text)
{
	struct str kept = arena_str(&r->arena, text);
	r->owners = kept.p ? codeowners_read(&r->arena, codeowners_dialect_of(path, kept), kept) : NULL;
	r->owners_file = arena_str(&r->arena, path);
	return r->owners != NULL;
}

void review_has_owners_files(struct review *r, struct owners_source from)
{
	r->has_files = !r->owners;
	if (r->has_files)
		owners_init(&r->files, &r->arena, true, from);
}

bool review_add_path(struct review *r, struct str path)
{
	if (!ARENA_PUSH_ROOM(&r->arena, r->paths, r->paths_count, r->paths_capacity))
		return false;
	r->paths[r->paths_count++] = arena_str(&r->arena, path);
	return !r->arena.full;
}

bool review_add_author(struct review *r, struct str name, struct str mail)
{
	for (size_t i = 0; i < r->authors_count; i++)
		if (str_eq(r->authors[i].name, name) && str_eq_ci(r->authors[i].mail, mail))
			return true;
	if (!ARENA_PUSH_ROOM(&r->arena, r->authors, r->authors_count, r->authors_capacity))
		return false;
	r->authors[r->authors_count++] = (struct review_person){ arena_str(&r->arena, name), arena_str(&r->arena, mail) };
	return !r->arena.full;
}

bool review_add_consent(struct review *r, struct str who, struct str from)
{
	if (r->consents_count == REVIEW_CONSENTS_MAX || !ARENA_PUSH_ROOM(&r->arena, r->consents, r->consents_count, r->consents_capacity))
		return false;
	r->consents[r->consents_count++] = (struct review_consent){ arena_str(&r->arena, who), arena_str(&r->arena, from) };
	return !r->arena.full;
}
