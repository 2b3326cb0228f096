/* The picture for others: Backstage's entities (software catalogue's descriptor format). CycloneDX: export_cyclonedx.c.
 *
 * Backstage's names are letters and digits with single '-', '_' or '.' between, at most 63; what is called otherwise is brought into that form, and the name as it is
 * becomes the title. An owner that is no team that is known becomes a Group too, so that no reference leads nowhere. */
#include "base/check.h"
#include "catalog/picture/picture.h"

enum { NAME_MAX = 63 };

static struct str best(const struct picture_service *s, enum claim_key key)
{
	const struct catalog_value *v = picture_value(s, key);
	return v ? v->says : STR("");
}

static void name(struct buf *out, struct str s)
{
	char text[NAME_MAX];
	size_t n = 0;
	for (size_t i = 0; i < s.len && n < NAME_MAX; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'), between = c == '-' || c == '_' || c == '.';
		if (word)
			text[n++] = c;
		else if (n && text[n - 1] != '-' && text[n - 1] != '_' && text[n - 1] != '.')
			text[n++] = between ? c : '-';
	}
	while (n && (text[n - 1] == '-' || text[n - 1] == '_' || text[n - 1] == '.'))
		n--;
	buf_add(out, n ? str_from(text, n) : STR("unnamed"));
}

static void line(struct buf *out, const char *key, struct str value)
{
	if (!value.len)
		return;
	buf_add(out, str_z(key));
	json_quote(out, value); /* a JSON string is a YAML string in double quotes */
	buf_char(out, '\n');
}

static void head(struct buf *out, const char *kind, struct str called)
{
	buf_printf(out, "---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata:\n  name: ", kind);
	name(out, called);
	buf_char(out, '\n');
	line(out, "  title: ", called);
}

static void group(struct buf *out, struct str called, struct str contact, struct str parent)
{
	head(out, "Group", called);
	buf_add(out, STR("spec:\n  type: team\n"));
	if (str_find_char(contact, '@') != SIZE_MAX)
		line(out, "  profile:\n    email: ", contact);
	if (parent.len) {
		buf_add(out, STR("  parent: "));
		name(out, parent);
		buf_char(out, '\n');
	}
	buf_add(out, STR("  children: []\n"));
}

static void dependencies(struct buf *out, const struct picture *p, const struct picture_service *s)
{
	const struct catalog_value *v = picture_value(s, CLAIM_CALLS);
	bool any = false;
	for (size_t i = 0; v && i < v->count; i++) {
		const struct picture_service *to = picture_service(p, v->claims[i].says);
		bool before = !to || to == s;
		for (size_t k = 0; k < i && !before; k++)
			before = picture_service(p, v->claims[k].says) == to;
		if (before)
			continue;
		buf_add(out, any ? STR("") : STR("  dependsOn:\n"));
		buf_add(out, STR("    - component:default/"));
		name(out, to->name);
		buf_char(out, '\n');
		any = true;
	}
}

static void component(struct buf *out, const struct picture *p, const struct picture_service *s)
{
	struct str type = best(s, CLAIM_TYPE), lifecycle = best(s, CLAIM_LIFECYCLE);
	head(out, "Component", s->name);
	line(out, "  description: ", best(s, CLAIM_DESCRIPTION));
	if (s->repository && s->repository->origin.len)
		line(out, "  annotations:\n    backstage.io/source-location: ", arena_printf((struct arena *)&p->arena, "url:%.*s", STR_FMT(s->repository->origin)));
	buf_add(out, STR("spec:\n"));
	line(out, "  type: ", type.len ? type : s->is_service ? STR("service") : STR("library"));
	line(out, "  lifecycle: ", lifecycle.len ? lifecycle : STR("production"));
	buf_add(out, STR("  owner: group:default/"));
	name(out, s->owner.len ? s->owner : STR("unknown"));
	buf_char(out, '\n');
	dependencies(out, p, s);
}

static bool is_team(const struct picture *p, struct str owner) { return picture_team(p, owner) != NULL; }

void picture_backstage(struct buf *out, const struct picture *p)
{
	bool unknown = false;
	for (size_t i = 0; i < p->teams_count; i++)
		group(out, p->teams[i].name, p->teams[i].contact, p->teams[i].parent);
	for (size_t i = 0; i < p->count; i++) {
		const struct picture_service *s = &p->services[i];
		bool before = !s->owner.len ? unknown : is_team(p, s->owner);
		for (size_t k = 0; k < i && !before && s->owner.len; k++)
			before = str_eq(p->services[k].owner, s->owner);
		unknown |= !s->owner.len;
		if (!before)
			group(out, s->owner.len ? s->owner : STR("unknown"), STR(""), STR(""));
	}
	for (size_t i = 0; i < p->count; i++)
		component(out, p, &p->services[i]);
}
