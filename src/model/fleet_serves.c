/* The key `serves` of a service.yaml: versions of its API, how long each is served, and who serves it. What one entry says of another is judged when
 * all are read. */
#include "base/check.h"
#include "model/fleet_keys.h"
#include "model/transform.h"

#define DAY_NS (86400 * (int64_t)1000000000)

static void read_brownout(struct fleet_reader *r, struct served *s, const struct yaml *v)
{
	if (!fleet_check_keys(r, SECTION_BROWNOUT, v))
		return;
	int64_t from = fleet_moment(r, SECTION_BROWNOUT, v, "from"), to = fleet_moment(r, SECTION_BROWNOUT, v, "to");
	int64_t lasts = fleet_i64(r, SECTION_BROWNOUT, v, "for"), every = fleet_i64(r, SECTION_BROWNOUT, v, "every");
	struct brownout b = { .from = from, .every = every, .status = (int)fleet_i64(r, SECTION_BROWNOUT, v, "status") };
	if (!from)
		return; /* reported */
	if (b.status != 410 && b.status != 503)
		fleet_wrong(r, v->line, v->column, "`status` of a brown-out must be 410 or 503; 429 and others are misread as something else");
	else if (!to && !lasts)
		fleet_wrong(r, v->line, v->column, "a brown-out needs an end: add `for: 30m`, or `to`");
	else if (to && to <= from)
		fleet_wrong(r, v->line, v->column, "the brown-out ends before it begins: `to` must be after `from`");
	else if (every && (!lasts || lasts >= every))
		fleet_wrong(r, v->line, v->column, "a brown-out that comes again needs `for`, shorter than `every`");
	else if (every && !to && !s->sunset)
		fleet_wrong(r, v->line, v->column, "a brown-out that comes again needs an end: add `to`, or a `sunset` to the version");
	else {
		b.to = lasts ? from + lasts : to;
		b.until = every ? (to ? to : s->sunset) : b.to;
		if (b.until <= from)
			fleet_wrong(r, v->line, v->column, "the brown-out begins after the version's sunset");
		else
			s->brownouts[s->brownouts_count++] = b;
	}
}

static void read_brownouts(struct fleet_reader *r, struct served *s, const struct yaml *v)
{
	const struct yaml *list = fleet_get(SECTION_SERVED, v, "brownouts");
	if (!list || list->count > FLEET_MAX_BROWNOUTS) /* too many: reported with the keys */
		return;
	s->brownouts = ARENA_ARRAY(r->arena, list->count + 1u, struct brownout);
	if (!s->deprecated && !s->sunset)
		fleet_wrong(r, list->line, list->column, "brown-outs are for a version that goes away: say when by `deprecated` or `sunset`");
	for (uint32_t i = 0; s->brownouts && i < list->count; i++)
		read_brownout(r, s, &list->items[i]);
}

static void read_lifetime(struct fleet_reader *r, struct served *s, const struct yaml *v)
{
	const struct yaml *sunset = fleet_get(SECTION_SERVED, v, "sunset");
	s->deprecated = fleet_moment(r, SECTION_SERVED, v, "deprecated");
	s->sunset = fleet_moment(r, SECTION_SERVED, v, "sunset");
	if (s->sunset && s->deprecated && s->sunset < s->deprecated)
		fleet_wrong(r, sunset->line, sunset->column, "the sunset is before the deprecation; who has just learned of it needs time to move");
	if (s->sunset)
		s->sunset += DAY_NS - 1000000000; /* that day is the last one */
	s->successor = fleet_text(r, SECTION_SERVED, v, "successor");
	s->documentation = fleet_text(r, SECTION_SERVED, v, "documentation");
	read_brownouts(r, s, v);
}

/* A URL goes into a header between angle brackets. */
static void check_documentation(struct fleet_reader *r, const struct served *s, const struct yaml *v)
{
	for (size_t i = 0; i < s->documentation.len; i++) {
		unsigned char c = (unsigned char)s->documentation.p[i];
		if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"') {
			fleet_wrong(r, v->line, v->column, "`documentation` has a character that no URL has; write it percent-encoded");
			return;
		}
	}
}

static void read_transform(struct fleet_reader *r, const struct service *service, struct served *s, const struct yaml *v)
{
	struct err e = { 0 };
	const struct yaml *at = fleet_get(SECTION_SERVED, v, "transform");
	s->served_by = fleet_text(r, SECTION_SERVED, v, "served_by");
	s->transform = fleet_text(r, SECTION_SERVED, v, "transform");
	if (!s->transform.len)
		return;
	s->transform_place = fleet_place(r, at->line, at->column);
	if (!s->served_by.len) {
		fleet_wrong(r, at->line, at->column, "`transform` needs `served_by`: the version that the provider has");
		return;
	}
	struct str path = fleet_join(r->arena, service->directory, s->transform);
	if (!sys_read_file(path, TRANSFORM_TEXT_MAX, r->arena, &s->transform_text, &e)) {
		fleet_wrong_err(r, &e, at->line, at->column);
		return;
	}
	/* Named as it would be found from the fleet's root: beside the file that names it. */
	struct str folder = r->file;
	while (folder.len && folder.p[folder.len - 1] != '/')
		folder.len--;
	struct str label = str_starts(s->transform, STR("/")) ? s->transform : arena_printf(r->arena, "%.*s%.*s", STR_FMT(folder), STR_FMT(s->transform));
	s->steps = transform_read(r->arena, label, s->transform_text, &e);
	if (!s->steps)
		fleet_wrong_err(r, &e, at->line, at->column);
}

static void read_served(struct fleet_reader *r, struct service *s, const struct yaml *v)
{
	if (!fleet_check_keys(r, SECTION_SERVED, v))
		return;
	struct served got = {
		.version = fleet_text(r, SECTION_SERVED, v, "version"),
		.path = fleet_text(r, SECTION_SERVED, v, "path"),
		.schema = fleet_text(r, SECTION_SERVED, v, "schema"),
		.place = fleet_place(r, v->line, v->column),
	};
	const struct yaml *schema = fleet_get(SECTION_SERVED, v, "schema");
	if (schema)
		got.schema_place = fleet_place(r, schema->line, schema->column);
	read_lifetime(r, &got, v);
	check_documentation(r, &got, v);
	read_transform(r, s, &got, v);
	if (str_empty(got.path))
		return;
	if (got.path.len > 1 && str_ends(got.path, STR("/")))
		got.path.len--;
	for (size_t i = 0; i < s->serves_count; i++) {
		if (str_eq(s->serves[i].path, got.path)) {
			fleet_wrong(r, v->line, v->column, "`%.*s` is served twice: here and in line %u; one path can lead to one version only",
				    STR_FMT(got.path), s->serves[i].place.line);
			return;
		}
	}
	s->serves[s->serves_count++] = got;
}

static const struct served *find(const struct service *s, struct str version)
{
	for (size_t i = 0; i < s->serves_count; i++)
		if (str_eq(s->serves[i].version, version))
			return &s->serves[i];
	return NULL;
}

static bool is_below(struct str path, struct str prefix)
{
	return prefix.len <= 1 || (str_starts(path, prefix) && (path.len == prefix.len || path.p[prefix.len] == '/'));
}

/* What a transform speaks of are paths of the two versions. */
static void check_operations(struct fleet_reader *r, const struct served *v, const struct served *provider)
{
	for (size_t i = 0; v->steps && i < v->steps->count; i++) {
		const struct transform_operation *op = &v->steps->operations[i];
		bool before = is_below(op->old_path, v->path), after = is_below(op->new_path, provider->path);
		struct err e = { 0 };
		if (before && after)
			continue;
		err_set(&e, ERR_FILE_INVALID, "`%s: %.*s` is not below `%.*s`, the path of version %.*s", before ? "new" : "old",
			STR_FMT(fleet_shown(before ? op->new_path : op->old_path)), STR_FMT(before ? provider->path : v->path),
			STR_FMT(before ? provider->version : v->version));
		err_place(&e, v->steps->file, op->line, op->column);
		fleet_wrong_err(r, &e, 0, 0);
	}
}

/* `successor` and `served_by` name another entry; one that is served itself: a call is transformed once at most. */
static void check_others(struct fleet_reader *r, const struct service *s, const struct served *v)
{
	const struct served *provider = v->served_by.len ? find(s, v->served_by) : NULL;
	uint32_t line = v->place.line, column = v->place.column;
	if (v->successor.len && (!find(s, v->successor) || str_eq(v->successor, v->version)))
		fleet_wrong(r, line, column, "`successor: %.*s` is no other version under `serves`; add it, or name one that is there", STR_FMT(v->successor));
	if (v->served_by.len && (!provider || str_eq(v->served_by, v->version)))
		fleet_wrong(r, line, column, "`served_by: %.*s` is no other version under `serves`; add it, or name one that is there", STR_FMT(v->served_by));
	else if (provider && provider->served_by.len)
		fleet_wrong(r, line, column, "`%.*s` is itself served by `%.*s`; calls are transformed once, so write a transform to that version", STR_FMT(v->served_by),
			    STR_FMT(provider->served_by));
	else if (provider)
		check_operations(r, v, provider);
}

void fleet_read_serves(struct fleet_reader *r, struct service *s, const struct yaml *y)
{
	const struct yaml *serves = fleet_get(SECTION_SERVICE, y, "serves");
	if (!serves || serves->count > FLEET_MAX_SERVES) /* too many: reported with the keys */
		return;
	s->serves = ARENA_ARRAY(r->arena, serves->count + 1u, struct served);
	for (uint32_t i = 0; s->serves && i < serves->count; i++)
		read_served(r, s, &serves->items[i]);
	bool complete = s->serves && s->serves_count == serves->count;
	for (size_t i = 0; complete && i < s->serves_count; i++)
		check_others(r, s, &s->serves[i]);
}
