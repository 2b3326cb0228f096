/* What is kept of crawls (catalog_crawl.h). */
#include "base/check.h"
#include "base/map.h"
#include "part/catalog_crawl.h"
#include <stdio.h>
#include <stdlib.h>

enum { KEPT_MEMORY = 1 << 30, FILE_MAX = 512 << 20 };
static const char repositories_file[] = "repositories.jsonl", services_file[] = "services.json";

static struct crawl_kept *new(void)
{
	struct crawl_kept *k = calloc(1, sizeof(*k));
	if (k)
		arena_init(&k->arena, KEPT_MEMORY);
	return k;
}

void crawl_kept_free(struct crawl_kept *k)
{
	if (!k)
		return;
	arena_release(&k->arena);
	free(k);
}

static size_t count_lines(struct str text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == '\n';
	return n;
}

static bool room(struct crawl_kept *k, size_t n)
{
	k->repositories = ARENA_ARRAY(&k->arena, n, struct repository);
	k->lines = ARENA_ARRAY(&k->arena, n, struct str);
	return k->repositories && k->lines;
}

static bool keep(struct crawl_kept *k, struct str line, const struct json *j)
{
	struct repository r;
	if (!repository_read(&r, &k->arena, j))
		return false;
	k->lines[k->count] = arena_str(&k->arena, line);
	k->repositories[k->count++] = r;
	return true;
}

static void read_identities(struct crawl_kept *k, struct str folder)
{
	struct str text;
	struct err e = { 0 };
	const struct json *j = sys_read_file(arena_printf(&k->arena, "%.*s/%s", STR_FMT(folder), services_file), FILE_MAX, &k->arena, &text, &e) ? json_parse(&k->arena, text, &e) : NULL;
	const struct json *list = json_get(j, STR("services"));
	k->identities = list && list->type == JSON_ARRAY ? ARENA_ARRAY(&k->arena, list->count + 1, struct identity) : NULL;
	for (uint32_t i = 0; k->identities && i < list->count; i++) {
		const struct json *x = &list->items[i];
		struct identity id = { json_get_str(x, STR("id"), STR("")), json_get_str(x, STR("name"), STR("")), json_get_str(x, STR("repository"), STR("")),
				       json_get_str(x, STR("root"), STR("")), json_get_str(x, STR("tree"), STR("")), json_get_str(x, STR("was"), STR("")) };
		if (id.id.len && id.name.len)
			k->identities[k->identities_count++] = id;
	}
}

struct crawl_kept *crawl_kept_read(struct str folder)
{
	struct crawl_kept *k = new();
	struct str text;
	struct err e = { 0 };
	if (!k)
		return NULL;
	if (sys_read_file(arena_printf(&k->arena, "%.*s/%s", STR_FMT(folder), repositories_file), FILE_MAX, &k->arena, &text, &e) && room(k, count_lines(text)))
		while (text.p) {
			struct str line = str_split(&text, '\n');
			const struct json *j = line.len ? json_parse(&k->arena, line, &e) : NULL;
			if (j)
				keep(k, line, j);
		}
	read_identities(k, folder);
	return k;
}

/* --- after a crawl --------------------------------------------------------------------------------------------------------------------------------- */

struct merging { struct crawl_kept *k; const struct crawl_kept *before; struct map by_path; };

static void keep_before(struct merging *m, struct str path)
{
	struct err ignored = { 0 };
	uintptr_t at = (uintptr_t)map_get(&m->by_path, path);
	const struct json *j = at ? json_parse(&m->k->arena, m->before->lines[at - 1], &ignored) : NULL;
	if (j)
		keep(m->k, m->before->lines[at - 1], j);
}

static void fail(struct merging *m, struct str path, struct str message)
{
	struct crawl_kept *k = m->k;
	for (size_t i = 0; i < k->failures_count; i++) /* each share tells of a folder that is not there */
		if (str_eq(k->failures[i].path, path))
			return;
	k->failures[k->failures_count++] = (struct crawl_failure){ path, message };
	keep_before(m, path);
}

static void take(struct merging *m, struct str line, const struct json *j)
{
	struct str path = json_get_str(j, STR("path"), STR("")), error = json_get_str(j, STR("error"), STR(""));
	if (json_get_bool(j, STR("done"), false)) {
		m->k->read += (size_t)json_get_i64(j, STR("read"), 0);
		m->k->unchanged += (size_t)json_get_i64(j, STR("unchanged"), 0);
		m->k->cut |= json_get_bool(j, STR("cut"), false);
	} else if (error.len) {
		fail(m, path, error);
	} else if (json_get_bool(j, STR("unchanged"), false)) {
		keep_before(m, path);
	} else {
		keep(m->k, line, j);
	}
}

/* Shares come one behind the other: in order of paths again, each with its line. */
struct pair { struct repository repository; struct str line; };

static int by_path(const void *x, const void *y) { return str_cmp(((const struct pair *)x)->repository.path, ((const struct pair *)y)->repository.path); }

static bool sort(struct crawl_kept *k)
{
	struct pair *pairs = ARENA_ARRAY(&k->arena, k->count + 1, struct pair);
	for (size_t i = 0; pairs && i < k->count; i++)
		pairs[i] = (struct pair){ k->repositories[i], k->lines[i] };
	if (pairs && k->count)
		qsort(pairs, k->count, sizeof(*pairs), by_path);
	for (size_t i = 0; pairs && i < k->count; i++) {
		k->repositories[i] = pairs[i].repository;
		k->lines[i] = pairs[i].line;
	}
	return pairs != NULL;
}

static bool merge(struct merging *m, struct str output, struct err *e)
{
	struct crawl_kept *k = m->k;
	size_t n = count_lines(output);
	k->failures = ARENA_ARRAY(&k->arena, n, struct crawl_failure);
	if (!room(k, n) || !k->failures)
		return err_set(e, ERR_NO_MEMORY, "the repositories do not fit into memory");
	for (size_t i = 0; m->before && i < m->before->count; i++)
		map_put(&m->by_path, m->before->repositories[i].path, (void *)(uintptr_t)(i + 1));
	while (output.p) {
		struct str line = str_split(&output, '\n');
		const struct json *j = line.len ? json_parse(&k->arena, line, e) : NULL;
		if (line.len && !j)
			return false;
		if (j)
			take(m, line, j);
	}
	if (k->arena.full || !sort(k))
		return err_set(e, ERR_NO_MEMORY, "the repositories do not fit into memory");
	return true;
}

static void copy_identities(struct crawl_kept *k, const struct crawl_kept *before)
{
	struct arena *a = &k->arena;
	k->identities = before && before->identities_count ? ARENA_ARRAY(a, before->identities_count, struct identity) : NULL;
	for (size_t i = 0; k->identities && i < before->identities_count; i++) {
		const struct identity *x = &before->identities[i];
		k->identities[k->identities_count++] = (struct identity){ arena_str(a, x->id), arena_str(a, x->name), arena_str(a, x->repository), arena_str(a, x->root), arena_str(a, x->tree), arena_str(a, x->was) };
	}
}

struct crawl_kept *crawl_kept_after(const struct crawl_kept *before, struct str output, struct err *e)
{
	struct merging m = { .k = new(), .before = before };
	if (!m.k) {
		err_set(e, ERR_NO_MEMORY, "the repositories do not fit into memory");
		return NULL;
	}
	map_init(&m.by_path, 1 << 20);
	bool ok = merge(&m, output, e);
	map_release(&m.by_path);
	if (ok) {
		copy_identities(m.k, before);
		return m.k;
	}
	crawl_kept_free(m.k);
	return NULL;
}

/* --- to disk ----------------------------------------------------------------------------------------------------------------------------------------- */

static void identities_json(struct buf *b, const struct picture *p)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_out_key(&o, STR("services"));
	json_out_array(&o);
	for (size_t i = 0; i < p->identities_count; i++) {
		const struct identity *x = &p->identities[i];
		json_out_object(&o);
		json_kv_str(&o, "id", x->id);
		json_kv_str(&o, "name", x->name);
		json_kv_str(&o, "repository", x->repository);
		json_kv_str(&o, "root", x->root);
		json_kv_str(&o, "tree", x->tree);
		json_kv_str(&o, "was", x->was);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_end(&o);
}

static bool write(struct str folder, const char *name, const struct buf *b, struct err *e)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%.*s/%s", STR_FMT(folder), name);
	if (!buf_ok(b) || n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, ERR_TOO_LARGE, "what is known of repositories is too large to be kept");
	return sys_write_file(str_from(path, (size_t)n), buf_str(b), e);
}

bool crawl_kept_write(const struct crawl_kept *k, struct str folder, const struct picture *p, struct err *e)
{
	struct buf lines, services;
	int code = sys_mkdir(folder);
	if (code < 0)
		return sys_err(e, code, "the folder for the catalogue cannot be made");
	buf_init(&lines, FILE_MAX);
	buf_init(&services, FILE_MAX);
	for (size_t i = 0; i < k->count; i++) {
		buf_add(&lines, k->lines[i]);
		buf_char(&lines, '\n');
	}
	identities_json(&services, p);
	bool ok = write(folder, services_file, &services, e) && write(folder, repositories_file, &lines, e);
	buf_release(&lines);
	buf_release(&services);
	return ok;
}
