/* service.yaml, catalog-info.yaml and the files of other registries, by the rows of tbl/catalog_formats.h. */
#include "base/check.h"
#include "base/glob.h"
#include "catalog/crawl/reading.h"

struct row_path { enum claim_source source; const char *list, *value, *detail; enum claim_key key; };
struct row_format { enum claim_source source; const char *files, *guard, *is, *name; };

/* Paths belong to the format above them, so the second table has a row without paths for each format. */
#define CATALOG_FORMAT(s, files, guard, is, name) { SOURCE_##s, files, guard, is, name },
#define CATALOG_PATH(...)
static const struct row_format formats[] = {
#include "tbl/catalog_formats.h"
};
#undef CATALOG_FORMAT
#undef CATALOG_PATH
#define CATALOG_FORMAT(s, files, guard, is, name) { SOURCE_##s, NULL, NULL, NULL, CLAIM_KEY_COUNT },
#define CATALOG_PATH(s, list, value, detail, key) { SOURCE_##s, list, value, detail, CLAIM_##key },
static const struct row_path rows[] = {
#include "tbl/catalog_formats.h"
};
#undef CATALOG_FORMAT
#undef CATALOG_PATH

static struct str text_of(const struct yaml *y) { return y && y->type == YAML_SCALAR ? y->text : STR(""); }

/* "group:default/payments" is payments. */
static struct str entity_name(struct str ref)
{
	size_t at = str_find_char(ref, ':');
	ref = at == SIZE_MAX ? ref : str_skip(ref, at + 1);
	return path_name(ref);
}

/* Of entities, written "component:default/ledger" or plain. Owners stay as written: a person is told by it from a team. */
static bool is_reference(enum claim_key key)
{
	return key == CLAIM_CALLS || key == CLAIM_NEEDS || key == CLAIM_SYSTEM || key == CLAIM_CONSUMES;
}

static void one(struct reading *r, struct subject *s, const struct row_path *p, const struct yaml *item)
{
	const struct yaml *v = p->value[0] ? yaml_at(item, str_z(p->value)) : item;
	struct str text = text_of(v);
	enum claim_key key = p->key;
	/* An id within Atlassian's cloud says nothing to anybody else. */
	if (!text.len || str_starts(text, STR("ari:")))
		return;
	if (key == CLAIM_CALLS && str_starts(text, STR("resource:")))
		key = CLAIM_NEEDS;
	if (is_reference(key))
		text = entity_name(text);
	reading_claim(r, s, key, text, p->detail[0] ? text_of(yaml_at(item, str_z(p->detail))) : STR(""), v->line);
}

static void apply(struct reading *r, struct subject *s, const struct row_path *p, const struct yaml *document)
{
	const struct yaml *from = p->list[0] ? yaml_at(document, str_z(p->list)) : document;
	if (from && from->type == YAML_MAPPING && !strcmp(p->value, "<key>"))
		for (uint32_t i = 0; i < from->count && i < UNIT_CLAIMS_MAX; i++)
			reading_claim(r, s, p->key, from->pairs[i].key, p->detail[0] ? text_of(yaml_at(&from->pairs[i].value, str_z(p->detail))) : STR(""), from->pairs[i].line);
	else if (from && from->type == YAML_SEQUENCE)
		for (uint32_t i = 0; i < from->count && i < UNIT_CLAIMS_MAX; i++)
			one(r, s, p, &from->items[i]);
	else if (from)
		one(r, s, p, from);
}

static bool names_file(const struct row_format *f, struct str name)
{
	struct str list = str_z(f->files);
	while (list.p)
		if (glob_matches(str_split(&list, ' '), name))
			return true;
	return false;
}

static bool is_of(const struct row_format *f, const struct yaml *document)
{
	const struct yaml *guard = yaml_at(document, str_z(f->guard));
	return guard && (!f->is[0] || str_eq_ci(text_of(guard), str_z(f->is)));
}

/* Rows of the format's number `index`: those behind its own row up to the next format's. */
static void apply_all(struct reading *r, struct subject *s, size_t index, const struct yaml *document)
{
	size_t seen = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].list)
			seen++;
		else if (seen == index + 1)
			apply(r, s, &rows[i], document);
	}
}

/* The service that a document of the format's number `index` is. NULL with e: it has no name. */
static struct subject *declare(struct reading *r, size_t index, const struct yaml *document, struct str root, struct err *e)
{
	const struct yaml *called = yaml_at(document, str_z(formats[index].name));
	struct subject *s = reading_subject(r, SUBJECT_DECLARED, text_of(called), root, formats[index].source, called ? called->line : document->line);
	if (s) {
		apply_all(r, s, index, document);
		return s;
	}
	err_set(e, ERR_FILE_INVALID, "the service has no name; write it at `%s`", formats[index].name);
	err_place(e, r->file, document->line, document->column);
	return NULL;
}

bool read_registry(struct reading *r, bool *known, struct err *e)
{
	struct yaml_documents d;
	struct str name = path_name(r->file);
	*known = true;
	if (!yaml_parse_all(r->scratch, r->file, r->text, &d, e))
		return false;
	for (size_t i = 0; i < d.count; i++) {
		read_backstage_people(r, &d.items[i]);
		for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
			if (names_file(&formats[k], name) && is_of(&formats[k], &d.items[i]) && !declare(r, k, &d.items[i], path_folder(r->file), e))
				return false;
		}
	}
	return true;
}

static void members(struct reading *r, struct crawled_team *t, const struct yaml *list)
{
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count; i++)
		reading_member(r, t, entity_name(text_of(&list->items[i])));
}

void read_backstage_people(struct reading *r, const struct yaml *document)
{
	struct str kind = yaml_text(document, STR("kind")), name = yaml_text(document, STR("metadata>name"));
	if (!str_starts(yaml_text(document, STR("apiVersion")), STR("backstage.io/")))
		return;
	if (str_eq_ci(kind, STR("Group"))) {
		struct crawled_team *t = reading_team(r, name, document->line);
		if (!t)
			return;
		t->parent = arena_str(r->arena, entity_name(yaml_text(document, STR("spec>parent"))));
		t->contact = arena_str(r->arena, yaml_text(document, STR("spec>profile>email")));
		members(r, t, yaml_at(document, STR("spec>members")));
	} else if (str_eq_ci(kind, STR("User"))) {
		const struct yaml *of = yaml_at(document, STR("spec>memberOf"));
		struct str mail = yaml_text(document, STR("spec>profile>email"));
		for (uint32_t i = 0; of && of->type == YAML_SEQUENCE && i < of->count; i++) {
			struct crawled_team *t = reading_team(r, entity_name(text_of(&of->items[i])), document->line);
			reading_member(r, t, mail.len ? mail : name);
		}
	}
}

/* What relations say and the entity's own words (at `instead`) do not. */
static void read_relations(struct reading *r, struct subject *s, const struct yaml *document)
{
	static const struct { const char *type, *instead; enum claim_key key; } known[] = { { "ownedBy", "spec>owner", CLAIM_OWNER },       { "dependsOn", "spec>dependsOn", CLAIM_CALLS },
											    { "providesApi", "spec>providesApis", CLAIM_PROVIDES }, { "consumesApi", "spec>consumesApis", CLAIM_CONSUMES },
											    { "partOf", "spec>system", CLAIM_SYSTEM } };
	const struct yaml *list = yaml_get(document, STR("relations"));
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count && i < UNIT_CLAIMS_MAX; i++) {
		struct str type = yaml_text(&list->items[i], STR("type")), target = yaml_text(&list->items[i], STR("targetRef"));
		for (size_t k = 0; k < ARRAY_LEN(known); k++) {
			if (!str_eq(type, str_z(known[k].type)) || yaml_at(document, str_z(known[k].instead)) || (known[k].key == CLAIM_SYSTEM && !str_starts(target, STR("system:"))))
				continue;
			enum claim_key key = known[k].key == CLAIM_CALLS && str_starts(target, STR("resource:")) ? CLAIM_NEEDS : known[k].key;
			reading_claim(r, s, key, key == CLAIM_OWNER ? target : entity_name(target), STR(""), 0);
		}
	}
}

bool read_backstage_entity(struct reading *r, const struct yaml *document, struct err *e)
{
	if (document->type != YAML_MAPPING || !yaml_text(document, STR("kind")).len)
		return err_set(e, ERR_INPUT, "an entity has no kind");
	read_backstage_people(r, document);
	for (size_t k = 0; k < ARRAY_LEN(formats); k++) {
		if (formats[k].source != SOURCE_BACKSTAGE || !is_of(&formats[k], document))
			continue;
		struct subject *s = declare(r, k, document, (struct str){ NULL, 0 }, e);
		if (!s)
			return false;
		read_relations(r, s, document);
	}
	return true;
}

/* pleach.yaml: its teams. */
bool read_fleet(struct reading *r, struct str word, struct err *e)
{
	struct yaml_documents d;
	(void)word;
	if (!yaml_parse_all(r->scratch, r->file, r->text, &d, e))
		return false;
	const struct yaml *teams = d.count ? yaml_get(&d.items[0], STR("teams")) : NULL;
	for (uint32_t i = 0; teams && teams->type == YAML_MAPPING && i < teams->count; i++) {
		struct crawled_team *t = reading_team(r, teams->pairs[i].key, teams->pairs[i].line);
		if (!t)
			continue;
		t->contact = arena_str(r->arena, yaml_text(&teams->pairs[i].value, STR("contact")));
		members(r, t, yaml_get(&teams->pairs[i].value, STR("members")));
	}
	return true;
}
