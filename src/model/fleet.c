/* Loading a fleet: pleach.yaml, the service.yaml files that its patterns match, and what can only be judged once all of them are read
 * (duplicates, unknown names, listeners in each other's way). Called by control at start and on every change, and by `pleach check` and
 * `pleach up`. A fleet with an error is not returned at all: whoever runs on the last good one goes on with it. */
#include "model/fleet.h"
#include "base/check.h"
#include "base/suggest.h"
#include "model/fleet_keys.h"
#include "model/names.h"
#include <stdlib.h>

enum { FLEET_MAX_MEMORY = 256 << 20, FILE_MAX_MEMORY = 64 << 20 /* a file's tree */ };

void fleet_free(struct fleet *f)
{
	if (f) {
		struct arena own = f->arena;
		arena_release(&own);
	}
}

const struct service *fleet_service(const struct fleet *f, struct str name)
{
	size_t low = 0, high = f->services_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(name, f->services[middle].name);
		if (order == 0)
			return &f->services[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct team *fleet_team(const struct fleet *f, struct str name)
{
	for (size_t i = 0; i < f->teams_count; i++) {
		if (str_eq(f->teams[i].name, name))
			return &f->teams[i];
	}
	return NULL;
}

/* --- reading files ---------------------------------------------------------------------------------------------------------------- */

/* The tree of a file, or NULL with the error reported. */
static const struct yaml *read_yaml(struct fleet_reader *r, struct arena *tree, struct str path)
{
	struct str text;
	struct err e = { 0 };
	const struct yaml *y = NULL;
	if (sys_read_file(path, YAML_MAX_BYTES, tree, &text, &e))
		y = yaml_parse(tree, r->file, text, &e);
	if (!y)
		fleet_wrong_err(r, &e, 0, 0);
	return y;
}

/* As errors name it: relative to the root where it is within. */
static struct str file_label(struct arena *a, struct str root, struct str directory)
{
	struct str file = fleet_join(a, directory, STR("service.yaml"));
	struct str prefix = str_eq(root, STR("/")) ? root : fleet_join(a, root, STR(""));
	if (prefix.len > 1 && str_starts(file, prefix) && file.len > prefix.len && file.p[prefix.len] == '/')
		return str_skip(file, prefix.len + 1);
	return file;
}

static void read_service_file(struct fleet_reader *r, struct fleet *f, struct str directory)
{
	struct arena tree;
	struct service s = { .directory = arena_str(r->arena, directory) };
	r->file = file_label(r->arena, f->root, directory);
	arena_init(&tree, FILE_MAX_MEMORY);
	const struct yaml *y = read_yaml(r, &tree, fleet_join(&tree, directory, STR("service.yaml")));
	if (y && fleet_read_service(r, &s, y))
		f->services[f->services_count++] = s;
	arena_release(&tree);
}

/* The places of `services` entries are still in the tree of pleach.yaml, so patterns are expanded while it lives. */
static void find_services(struct fleet_reader *r, struct fleet *f, const struct yaml *y, struct arena *scratch, struct fleet_dirs *dirs)
{
	const struct yaml *patterns = fleet_get(SECTION_FLEET, y, "services");
	for (uint32_t i = 0; patterns && i < patterns->count; i++) {
		const struct yaml *v = &patterns->items[i];
		struct err e = { 0 };
		bool missing = false;
		if (v->type != YAML_SCALAR)
			continue;
		if (!fleet_expand(scratch, f->root, v->text, dirs, &missing, &e))
			fleet_wrong_err(r, &e, v->line, v->column);
		else if (missing)
			fleet_wrong(r, v->line, v->column, "`%.*s` leads nowhere: there is no such directory with a service.yaml in it",
				    STR_FMT(fleet_shown(v->text)));
	}
}

static void no_pleach_yaml(struct fleet_reader *r, struct str root)
{
	struct err e = { 0 };
	err_set(&e, ERR_NOT_FOUND, "there is no such file in %.*s; change to the directory of a fleet, or write one", STR_FMT(root));
	fleet_wrong_err(r, &e, 0, 0);
}

/* True when every directory gave a service: what concerns several files can be judged. */
static bool read_files(struct fleet_reader *r, struct fleet *f)
{
	struct arena tree;
	struct fleet_dirs dirs = { 0 };
	r->file = STR("pleach.yaml");
	arena_init(&tree, FILE_MAX_MEMORY);
	struct str path = fleet_join(&tree, f->root, STR("pleach.yaml"));
	const struct yaml *y = NULL;
	struct sys_stat st;
	if (sys_stat(path, &st) == SYS_NOT_FOUND)
		no_pleach_yaml(r, f->root);
	else
		y = read_yaml(r, &tree, path);
	if (y) {
		fleet_read_pleach(r, f, y);
		find_services(r, f, y, &tree, &dirs);
	}
	f->services = ARENA_ARRAY(r->arena, dirs.count ? dirs.count : 1, struct service);
	for (size_t i = 0; f->services && i < dirs.count; i++)
		read_service_file(r, f, dirs.items[i]);
	arena_release(&tree);
	return y && f->services_count == dirs.count;
}

/* --- judging the whole ---------------------------------------------------------------------------------------------------------------- */

static void at(struct fleet_reader *r, const struct place *p)
{
	r->file = p->file;
}

static int by_name(const void *a, const void *b)
{
	const struct service *x = a, *y = b;
	int order = str_cmp(x->name, y->name);
	return order ? order : str_cmp(x->directory, y->directory);
}

static void check_duplicates(struct fleet_reader *r, const struct fleet *f)
{
	for (size_t i = 1; i < f->services_count; i++) {
		const struct service *s = &f->services[i], *before = &f->services[i - 1];
		if (!str_eq(s->name, before->name))
			continue;
		at(r, &s->place);
		fleet_wrong(r, s->place.line, s->place.column, "service `%.*s` is declared twice: here and in %.*s:%u:%u; give one of them another name",
			    STR_FMT(s->name), STR_FMT(before->place.file), before->place.line, before->place.column);
	}
}

static void unknown_service(struct fleet_reader *r, const struct fleet *f, struct str name, const struct place *p)
{
	struct str *names = ARENA_ARRAY(r->arena, f->services_count ? f->services_count : 1, struct str), near = { 0 };
	for (size_t i = 0; names && i < f->services_count; i++)
		names[i] = f->services[i].name;
	if (names)
		near = suggest(name, names, f->services_count);
	at(r, p);
	if (!str_empty(near))
		fleet_wrong(r, p->line, p->column, "there is no service `%.*s` in this fleet; did you mean `%.*s`?", STR_FMT(str_sub(name, 0, 64)),
			    STR_FMT(near));
	else
		fleet_wrong(r, p->line, p->column,
			    "there is no service `%.*s` in this fleet; one that runs elsewhere needs a service.yaml with its `address`",
			    STR_FMT(str_sub(name, 0, 64)));
}

/* Two dependencies whose addresses would come in the same variable: "a-b" and "a.b". */
static void check_variables(struct fleet_reader *r, const struct service *s, size_t k)
{
	char one[80], other[80];
	struct str mine = name_env_url(s->calls[k].service, one);
	for (size_t i = 0; i < k; i++) {
		if (!str_eq(mine, name_env_url(s->calls[i].service, other)))
			continue;
		at(r, &s->calls[k].place);
		fleet_wrong(r, s->calls[k].place.line, s->calls[k].place.column, "`%.*s` and `%.*s` would both have their address in %.*s; rename one",
			    STR_FMT(s->calls[i].service), STR_FMT(s->calls[k].service), STR_FMT(mine));
	}
}

static size_t check_calls(struct fleet_reader *r, const struct fleet *f)
{
	size_t edges = 0;
	for (size_t i = 0; i < f->services_count; i++) {
		const struct service *s = &f->services[i];
		for (size_t k = 0; k < s->calls_count; k++) {
			if (!fleet_service(f, s->calls[k].service))
				unknown_service(r, f, s->calls[k].service, &s->calls[k].place);
			check_variables(r, s, k);
		}
		edges += s->calls_count;
	}
	return edges;
}

static void check_listeners(struct fleet_reader *r, const struct fleet *f, size_t edges)
{
	const struct { const char *key; const struct sys_addr *a; } listeners[] = {
		{ "gateway", &f->gateway.listen }, { "store", &f->store.listen }, { "control", &f->control.listen }, { "store (grpc)", &f->store.grpc },
		{ "the store's syslog", &f->store.syslog }, { "the store's forward", &f->store.forward }
	};
	char text[128];
	r->file = STR("pleach.yaml");
	if (f->gateway.first_port + edges > UINT16_MAX)
		fleet_wrong(r, 0, 0, "the %zu dependencies of this fleet need as many ports from %u; choose a lower `ports` under `gateway`", edges,
			    f->gateway.first_port);
	for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
		const struct sys_addr *a = listeners[i].a;
		if (a->family == SYS_NONE)
			continue;
		if (a->port >= f->gateway.first_port && a->port < f->gateway.first_port + edges)
			fleet_wrong(r, 0, 0, "%s listens on %.*s, which is among the %zu ports from %u for calls between services", listeners[i].key,
				    STR_FMT(sys_addr_text(a, text)), edges, f->gateway.first_port);
		for (size_t k = 0; k < i; k++) {
			if (sys_addr_eq(a, listeners[k].a))
				fleet_wrong(r, 0, 0, "%s and %s would both listen on %.*s; give one of them another port", listeners[k].key,
					    listeners[i].key, STR_FMT(sys_addr_text(a, text)));
		}
	}
}

void fleet_check_whole(struct fleet_reader *r, const struct fleet *f)
{
	check_duplicates(r, f);
	size_t edges = check_calls(r, f);
	for (size_t i = 0; i < f->gateway.expose_count; i++) {
		if (!fleet_service(f, f->gateway.expose[i]))
			unknown_service(r, f, f->gateway.expose[i], &f->gateway.expose_places[i]);
	}
	check_listeners(r, f, edges);
}

struct fleet *fleet_load(struct str root, struct err *e, struct buf *more)
{
	struct arena own;
	arena_init(&own, FLEET_MAX_MEMORY);
	struct fleet *f = ARENA_NEW(&own, struct fleet);
	if (!f) {
		err_set(e, ERR_NO_MEMORY, "no memory to read a fleet");
		return NULL;
	}
	f->arena = own;
	struct fleet_reader r = { .arena = &f->arena };
	f->root = fleet_join(&f->arena, str_starts(root, STR("/")) ? STR("/") : sys_cwd(&f->arena), root);
	bool complete = read_files(&r, f);
	if (f->services_count > 1)
		qsort(f->services, f->services_count, sizeof(*f->services), by_name);
	/* With an unreadable file its service is missing: what depends on it would be reported wrongly. */
	if (complete)
		fleet_check_whole(&r, f);
	if (f->arena.full)
		r.errors_unkept++;
	if (fleet_is_wrong(&r)) {
		fleet_report(&r, e, more);
		fleet_free(f);
		return NULL;
	}
	f->warnings = r.warnings;
	f->warnings_count = r.warnings_count;
	return f;
}
