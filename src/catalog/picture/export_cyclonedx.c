/* The picture as a CycloneDX 1.5 document: what runs as services, the packages of lock files as components, each once with its package URL, and what needs what as dependencies. What has packages and does not
 * run by itself (a library, a repository with one lock file for all) is a component too. References: a service's name, "pkg:" and a number for a package (documents of many services stay small), else the
 * kind and the name. Files are taken service by service, so each package of a service is told once whatever number of files name it. */
#include "base/check.h"
#include "catalog/picture/picture.h"
#include <stdio.h>
#include <stdlib.h>

static struct str best(const struct picture_service *s, enum claim_key key)
{
	const struct catalog_value *v = picture_value(s, key);
	return v ? v->says : STR("");
}

static void properties(struct json_out *o, const struct picture_service *s)
{
	const struct { const char *name; struct str value; } rows[] = { { "pleach:owner", s->owner }, { "pleach:tier", best(s, CLAIM_TIER) }, { "pleach:lifecycle", best(s, CLAIM_LIFECYCLE) },
									 { "pleach:repository", s->repository ? s->repository->origin : STR("") } };
	json_out_key(o, STR("properties"));
	json_out_array(o);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].value.len)
			continue;
		json_out_object(o);
		json_kv_str(o, "name", str_z(rows[i].name));
		json_kv_str(o, "value", rows[i].value);
		json_out_end(o);
	}
	json_out_end(o);
}

static void service(struct json_out *o, const struct picture_service *s)
{
	json_out_object(o);
	json_kv_str(o, "bom-ref", s->name);
	json_kv_str(o, "name", s->name);
	if (best(s, CLAIM_DESCRIPTION).len)
		json_kv_str(o, "description", best(s, CLAIM_DESCRIPTION));
	properties(o, s);
	json_out_end(o);
}

/* --- packages ---------------------------------------------------------------------------------------------------------------------------------------------- */

/* Files of one service, or of one repository as a whole, stand together in `files`. */
struct bom { struct json_out *o; const struct picture *p; const struct package_index *x; const struct package_file **files; size_t count; uint32_t *stamps, stamp; };

static int by_holder(const void *x, const void *y)
{
	const struct package_file *a = *(const struct package_file *const *)x, *b = *(const struct package_file *const *)y;
	int order = str_cmp(a->service, b->service);
	order = order || a->service.len ? order : str_cmp(a->repository, b->repository);
	return order ? order : str_cmp(a->path, b->path);
}

static bool same_holder(const struct package_file *a, const struct package_file *b) { return str_eq(a->service, b->service) && (a->service.len || str_eq(a->repository, b->repository)); }

static void reference(struct json_out *o, const char *key, uint32_t package)
{
	char text[24];
	snprintf(text, sizeof(text), "pkg:%u", package);
	if (key)
		json_kv_str(o, key, str_z(text));
	else
		json_out_str(o, str_z(text));
}

/* Scopes of npm and groups of Maven stand apart. */
static void package_component(struct json_out *o, uint32_t number, const struct package *p)
{
	char joint = p->type == PACKAGE_MAVEN ? ':' : '/';
	size_t at = p->type == PACKAGE_MAVEN || (p->type == PACKAGE_NPM && str_starts(p->name, STR("@"))) ? str_find_char(p->name, joint) : SIZE_MAX;
	struct buf purl;
	buf_init(&purl, 64 << 10);
	package_purl(&purl, p);
	json_out_object(o);
	json_kv_str(o, "type", STR("library"));
	reference(o, "bom-ref", number);
	if (at != SIZE_MAX)
		json_kv_str(o, "group", str_sub(p->name, 0, at));
	json_kv_str(o, "name", at == SIZE_MAX ? p->name : str_skip(p->name, at + 1));
	if (p->version.len)
		json_kv_str(o, "version", p->version);
	if (buf_ok(&purl))
		json_kv_str(o, "purl", buf_str(&purl));
	json_out_end(o);
	buf_release(&purl);
}

/* The service of a holder that stands among services; NULL: it is a component. */
static const struct picture_service *runs(const struct bom *b, const struct package_file *f)
{
	const struct picture_service *s = f->service.len ? picture_service(b->p, f->service) : NULL;
	return s && s->is_service ? s : NULL;
}

static struct str holder_reference(const struct bom *b, const struct package_file *f, struct buf *text)
{
	if (runs(b, f))
		return f->service;
	buf_clear(text);
	buf_printf(text, "%s:%.*s", f->service.len ? "library" : "repository", STR_FMT(f->service.len ? f->service : f->repository));
	return buf_str(text);
}

static void components(struct bom *b, struct buf *text)
{
	struct json_out *o = b->o;
	json_out_key(o, STR("components"));
	json_out_array(o);
	for (size_t i = 0; i < b->count; i++) {
		const struct package_file *f = b->files[i];
		if ((i && same_holder(f, b->files[i - 1])) || runs(b, f))
			continue;
		json_out_object(o);
		json_kv_str(o, "type", f->service.len ? STR("library") : STR("application"));
		json_kv_str(o, "bom-ref", holder_reference(b, f, text));
		json_kv_str(o, "name", f->service.len ? f->service : path_name(f->repository));
		json_out_end(o);
	}
	for (size_t i = 0; i < b->x->packages_count; i++)
		package_component(o, (uint32_t)i, &b->x->packages[i]);
	json_out_end(o);
}

/* Of all files of the holder whose first file is at `at`. */
static void packages_of(struct bom *b, size_t at)
{
	b->stamp++;
	for (size_t i = at; i < b->count && same_holder(b->files[i], b->files[at]); i++)
		for (size_t k = 0; k < b->files[i]->count; k++) {
			uint32_t package = b->x->mentions[b->files[i]->first + k].package;
			if (b->stamps[package] == b->stamp)
				continue;
			b->stamps[package] = b->stamp;
			reference(b->o, NULL, package);
		}
}

/* --- dependencies ------------------------------------------------------------------------------------------------------------------------------------------ */

static void calls_of(struct json_out *o, const struct picture *p, const struct catalog_value *v)
{
	for (size_t k = 0; v && k < v->count; k++) {
		const struct picture_service *to = picture_service(p, v->claims[k].says);
		bool before = !to || !to->is_service;
		for (size_t n = 0; n < k && !before; n++)
			before = picture_service(p, v->claims[n].says) == to;
		if (!before)
			json_out_str(o, to->name);
	}
}

/* First file of a service; SIZE_MAX: it has none. */
static size_t files_of(const struct bom *b, struct str service)
{
	size_t from = 0, to = b->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (str_cmp(b->files[middle]->service, service) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < b->count && str_eq(b->files[from]->service, service) ? from : SIZE_MAX;
}

static void dependencies(struct bom *b, struct buf *text)
{
	struct json_out *o = b->o;
	json_out_key(o, STR("dependencies"));
	json_out_array(o);
	for (size_t i = 0; i < b->p->count; i++) {
		const struct picture_service *s = &b->p->services[i];
		const struct catalog_value *v = picture_value(s, CLAIM_CALLS);
		size_t at = s->is_service ? files_of(b, s->name) : SIZE_MAX;
		if (!s->is_service || (!v && at == SIZE_MAX))
			continue;
		json_out_object(o);
		json_kv_str(o, "ref", s->name);
		json_out_key(o, STR("dependsOn"));
		json_out_array(o);
		calls_of(o, b->p, v);
		if (at != SIZE_MAX)
			packages_of(b, at);
		json_out_end(o);
		json_out_end(o);
	}
	for (size_t i = 0; i < b->count; i++) {
		if ((i && same_holder(b->files[i], b->files[i - 1])) || runs(b, b->files[i]))
			continue;
		json_out_object(o);
		json_kv_str(o, "ref", holder_reference(b, b->files[i], text));
		json_out_key(o, STR("dependsOn"));
		json_out_array(o);
		packages_of(b, i);
		json_out_end(o);
		json_out_end(o);
	}
	json_out_end(o);
}

void picture_cyclonedx(struct json_out *o, const struct picture *p, const struct package_index *x)
{
	static const struct package_index none;
	struct bom b = { .o = o, .p = p, .x = x ? x : &none };
	struct buf text;
	buf_init(&text, 64 << 10);
	b.files = calloc(b.x->files_count + 1, sizeof(*b.files));
	b.stamps = calloc(b.x->packages_count + 1, sizeof(*b.stamps));
	CHECK(b.files && b.stamps);
	for (size_t i = 0; i < b.x->files_count; i++)
		if (b.x->files[i].count)
			b.files[b.count++] = &b.x->files[i];
	if (b.count)
		qsort(b.files, b.count, sizeof(*b.files), by_holder);
	json_out_object(o);
	json_kv_str(o, "$schema", STR("http://cyclonedx.org/schema/bom-1.5.schema.json"));
	json_kv_str(o, "bomFormat", STR("CycloneDX"));
	json_kv_str(o, "specVersion", STR("1.5"));
	json_kv_i64(o, "version", 1);
	json_out_key(o, STR("services"));
	json_out_array(o);
	for (size_t i = 0; i < p->count; i++)
		if (p->services[i].is_service)
			service(o, &p->services[i]);
	json_out_end(o);
	components(&b, &text);
	dependencies(&b, &text);
	json_out_end(o);
	buf_release(&text);
	free(b.files);
	free(b.stamps);
}
