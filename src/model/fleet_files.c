/* Where a fleet's files are: joining paths, expanding the patterns of `services`, finding the root from a directory within, and a
 * fingerprint that changes with the files. Patterns match segment by segment; `*` is any part of a name, `?` one character; a leading dot
 * must be written (base/glob.h). Nothing here reads a file's content. */
#include "base/glob.h"
#include "model/fleet_keys.h"

enum { MAX_SEGMENTS = 64, MAX_VISITED = 100000 };

struct str fleet_join(struct arena *a, struct str base, struct str path)
{
	struct str parts[2] = { base, path };
	char *out = arena_bytes(a, base.len + path.len + 2);
	size_t n = 0;
	if (!out)
		return STR("");
	for (int i = str_starts(path, STR("/")) ? 1 : 0; i < 2; i++) {
		struct str rest = parts[i];
		while (rest.p) {
			struct str segment = str_split(&rest, '/');
			if (str_empty(segment) || str_eq(segment, STR(".")))
				continue;
			if (str_eq(segment, STR(".."))) {
				while (n > 0 && out[--n] != '/')
					;
				continue;
			}
			out[n++] = '/';
			memcpy(out + n, segment.p, segment.len);
			n += segment.len;
		}
	}
	if (n == 0)
		out[n++] = '/';
	return str_from(out, n);
}

struct expansion {
	struct arena *arena;
	struct fleet_dirs *dirs;
	struct err *e;
	size_t visited;
	bool literal_missing;
};

struct listing {
	struct expansion *x;
	struct str pattern;
	struct fleet_dirs names;
	bool failed;
};

static bool list_name(void *ctx, struct str name, bool directory)
{
	struct listing *l = ctx;
	(void)directory; /* a link to a directory counts too: what is no directory has no service.yaml in it */
	if (++l->x->visited > MAX_VISITED) {
		l->failed = true;
		return err_set(l->x->e, ERR_TOO_LARGE, "the pattern visits more than %d names; write it narrower", MAX_VISITED);
	}
	if (!glob_matches(l->pattern, name))
		return true;
	if (!ARENA_PUSH_ROOM(l->x->arena, l->names.items, l->names.count, l->names.capacity)) {
		l->failed = true;
		return err_set(l->x->e, ERR_NO_MEMORY, "the pattern matches too much");
	}
	l->names.items[l->names.count++] = arena_str(l->x->arena, name);
	return true;
}

static bool add_directory(struct expansion *x, struct str directory, bool below_wildcard)
{
	struct sys_stat st;
	if (sys_stat(fleet_join(x->arena, directory, STR("service.yaml")), &st) < 0 || st.directory) {
		if (!below_wildcard)
			x->literal_missing = true;
		return true;
	}
	for (size_t i = 0; i < x->dirs->count; i++) {
		if (str_eq(x->dirs->items[i], directory))
			return true;
	}
	if (x->dirs->count == FLEET_MAX_SERVICES)
		return err_set(x->e, ERR_TOO_LARGE, "more than %d services; that is the limit of a fleet", FLEET_MAX_SERVICES);
	if (!ARENA_PUSH_ROOM(x->arena, x->dirs->items, x->dirs->count, x->dirs->capacity))
		return err_set(x->e, ERR_NO_MEMORY, "the pattern matches too much");
	x->dirs->items[x->dirs->count++] = directory;
	return true;
}

/* base is a directory; rest the segments of the pattern that are still to match. Depth is bounded by the number of segments. */
static bool expand_from(struct expansion *x, struct str base, struct str rest, bool below_wildcard)
{
	struct str segment = { 0 };
	while (rest.p) {
		segment = str_split(&rest, '/');
		if (glob_is_pattern(segment))
			break;
		base = fleet_join(x->arena, base, segment);
		segment = (struct str){ 0 };
	}
	if (base.len > SYS_PATH_MAX - 64)
		return true;
	if (str_empty(segment))
		return add_directory(x, base, below_wildcard);
	struct listing l = { .x = x, .pattern = segment };
	int code = sys_list(base, list_name, &l);
	if (l.failed)
		return false;
	if (code < 0) {
		if (!below_wildcard)
			x->literal_missing = true;
		return true;
	}
	for (size_t i = 0; i < l.names.count; i++) {
		struct str next = fleet_join(x->arena, base, l.names.items[i]);
		if (!expand_from(x, next, rest, true))
			return false;
	}
	return true;
}

static bool is_repository(struct str s)
{
	return str_find(s, STR("://")) != SIZE_MAX || str_starts(s, STR("git@")) || str_ends(s, STR(".git"));
}

bool fleet_expand(struct arena *a, struct str root, struct str pattern, struct fleet_dirs *dirs, bool *literal_missing, struct err *e)
{
	struct expansion x = { .arena = a, .dirs = dirs, .e = e };
	size_t segments = 0;
	struct str rest = pattern;
	if (str_empty(pattern))
		return err_set(e, ERR_FILE_INVALID, "an entry of `services` is empty; write a directory such as `./services/*`");
	if (is_repository(pattern))
		return err_set(e, ERR_FILE_INVALID, "crawling git repositories is not there yet; clone it and write the directory instead of `%.*s`",
			       STR_FMT(fleet_shown(pattern)));
	while (rest.p) {
		struct str segment = str_split(&rest, '/');
		segments++;
		if (str_eq(segment, STR("**")))
			return err_set(e, ERR_FILE_INVALID, "`**` is not understood; write one pattern for each depth, such as `./services/*` and `./services/*/*`");
	}
	if (segments > MAX_SEGMENTS)
		return err_set(e, ERR_FILE_INVALID, "the pattern has %zu segments; at most %d are allowed", segments, MAX_SEGMENTS);
	if (str_ends(pattern, STR("/service.yaml")))
		pattern = str_sub(pattern, 0, pattern.len - STR("/service.yaml").len);
	bool absolute = str_starts(pattern, STR("/"));
	bool ok = expand_from(&x, absolute ? STR("/") : root, absolute ? str_skip(pattern, 1) : pattern, false);
	*literal_missing = x.literal_missing;
	return ok;
}

bool fleet_find_root(struct str start, struct arena *a, struct str *root, struct err *e)
{
	struct sys_stat st;
	struct str here = fleet_join(a, str_starts(start, STR("/")) ? STR("/") : sys_cwd(a), start);
	struct str from = here;
	for (;;) {
		if (sys_stat(fleet_join(a, here, STR("pleach.yaml")), &st) >= 0 && !st.directory) {
			*root = here;
			return true;
		}
		if (here.len <= 1)
			break;
		here = fleet_join(a, here, STR(".."));
	}
	return err_set(e, ERR_NOT_FOUND, "there is no pleach.yaml in %.*s or above it; change to the directory of a fleet, or write one", STR_FMT(from));
}

static uint64_t mix(uint64_t h, struct str path)
{
	struct sys_stat st = { .size = -1 };
	if (sys_stat(path, &st) < 0)
		st = (struct sys_stat){ .size = -1 };
	uint64_t of_file[5] = { h, str_hash(path), (uint64_t)st.size, (uint64_t)st.modified, st.inode };
	return str_hash(str_from((const char *)of_file, sizeof(of_file)));
}

uint64_t fleet_fingerprint(const struct fleet *f)
{
	struct arena scratch;
	struct fleet_dirs dirs = { 0 };
	struct err e = { 0 };
	bool missing;
	arena_init(&scratch, 64 << 20);
	uint64_t h = mix(0, fleet_join(&scratch, f->root, STR("pleach.yaml")));
	for (size_t i = 0; i < f->patterns_count; i++)
		fleet_expand(&scratch, f->root, f->patterns[i], &dirs, &missing, &e);
	for (size_t i = 0; i < dirs.count; i++)
		h = mix(h, fleet_join(&scratch, dirs.items[i], STR("service.yaml")));
	for (size_t i = 0; i < f->services_count; i++)
		for (size_t k = 0; k < f->services[i].serves_count; k++)
			if (f->services[i].serves[k].transform.len)
				h = mix(h, fleet_join(&scratch, f->services[i].directory, f->services[i].serves[k].transform));
	arena_release(&scratch);
	return h;
}
