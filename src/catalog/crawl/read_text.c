/* Files for people: RUNBOOK.md, OWNERS, decisions; and what manifests and interfaces tell of a folder. */
#include "base/check.h"
#include "base/json.h"
#include "catalog/crawl/reading.h"

/* --- RUNBOOK.md ---------------------------------------------------------------------------------------------------------------------------------- */

/* Fields of the Financial Times' grammar that are keys of ours; the rest that it knows are procedures. */
static const struct { const char *field; enum claim_key key; } runbook_fields[] = {
	{ "code", CLAIM_ALIAS }, { "servicetier", CLAIM_TIER }, { "lifecyclestage", CLAIM_LIFECYCLE }, { "deliveredby", CLAIM_OWNER }, { "supportedby", CLAIM_CONTACT },
	{ "primaryurl", CLAIM_LINK }, { "dependencies", CLAIM_CALLS }, { "healthchecks", CLAIM_HEALTH }, { "hostplatform", CLAIM_RUNS }, { "description", CLAIM_DESCRIPTION },
};
static const char *const procedures[] = { "replaces", "architecture", "containspersonaldata", "containssensitivedata", "knownaboutby", "failoverarchitecturetype", "failoverprocesstype",
	"failbackprocesstype", "failoverdetails", "datarecoveryprocesstype", "datarecoverydetails", "releaseprocesstype", "releasedetails", "rollbackprocesstype", "keymanagementprocesstype",
	"keymanagementdetails", "firstlinetroubleshooting", "secondlinetroubleshooting" };

/* "Service Tier" and "serviceTier" are one. */
static struct str field_key(struct arena *a, struct str heading)
{
	char *to = arena_bytes(a, heading.len);
	size_t n = 0;
	for (size_t i = 0; to && i < heading.len; i++) {
		char c = heading.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			to[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return str_from(to ? to : "", n);
}

struct runbook { struct subject *subject; size_t known, unknown; uint32_t unknown_line; struct str unknown_heading; };

/* A relation holds one code or a list of codes. */
static void each_code(struct reading *r, struct subject *s, enum claim_key key, struct str content, uint32_t line)
{
	while (content.p) {
		struct str item = str_strip(str_split(&content, '\n'));
		line++;
		if (str_starts(item, STR("* ")) || str_starts(item, STR("- ")))
			item = str_strip(str_skip(item, 2));
		reading_claim(r, s, key, item, STR(""), line);
	}
}

static void field(struct reading *r, struct runbook *b, struct str heading, struct str content, uint32_t line)
{
	struct str key = field_key(r->scratch, heading);
	content = str_strip(content);
	for (size_t i = 0; i < ARRAY_LEN(runbook_fields); i++) {
		if (!str_eq(key, str_z(runbook_fields[i].field)))
			continue;
		b->known++;
		if (claim_keys[runbook_fields[i].key].many)
			each_code(r, b->subject, runbook_fields[i].key, content, line);
		else
			reading_claim(r, b->subject, runbook_fields[i].key, content, STR(""), line);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(procedures); i++) {
		if (!str_eq(key, str_z(procedures[i])))
			continue;
		b->known++;
		reading_claim(r, b->subject, CLAIM_PROCEDURE, str_z(procedures[i]), content, line);
		return;
	}
	if (!b->unknown++) {
		b->unknown_heading = heading;
		b->unknown_line = line;
	}
}

/* h1: the name, text under it: the description, h2: fields. "pay_RUNBOOK.md" is of the system with the code pay. In a file with none of the fields the headings
 * are those of a page for people: it is a runbook, and nothing more is known. */
bool read_runbook(struct reading *r, struct str word, struct err *e)
{
	struct str rest = r->text, heading = STR(""), name = path_name(r->file), title = STR("");
	uint32_t number = 0, heading_line = 0;
	bool code = str_ends(name, STR("_RUNBOOK.md")), fenced = false;
	size_t start = 0, behind = 0;
	struct runbook b = { 0 };
	(void)word;
	b.subject = code ? reading_subject(r, SUBJECT_DECLARED, str_sub(name, 0, name.len - strlen("_RUNBOOK.md")), path_folder(r->file), SOURCE_RUNBOOK, 1) :
			   reading_subject(r, SUBJECT_NEAREST, STR(""), path_folder(r->file), SOURCE_RUNBOOK, 1);
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		size_t at = (size_t)(line.p - r->text.p);
		number++;
		behind = at + line.len + (rest.p != NULL);
		fenced ^= str_starts(str_strip(line), STR("```"));
		if (fenced || (!str_starts(line, STR("# ")) && !str_starts(line, STR("## "))))
			continue;
		if (heading.len)
			field(r, &b, heading, str_sub(r->text, start, at), heading_line);
		else if (title.len)
			reading_claim(r, b.subject, CLAIM_DESCRIPTION, str_sub(r->text, start, at), STR(""), heading_line + 1);
		bool first = line.p[1] == ' ';
		title = first ? str_strip(str_skip(line, 2)) : title;
		heading = first ? STR("") : str_strip(str_skip(line, 3));
		heading_line = number;
		start = behind;
	}
	if (heading.len)
		field(r, &b, heading, str_sub(r->text, start, r->text.len), heading_line);
	else if (title.len)
		reading_claim(r, b.subject, CLAIM_DESCRIPTION, str_skip(r->text, start), STR(""), heading_line + 1);
	reading_claim(r, b.subject, CLAIM_RUNBOOK, r->file, b.known ? arena_printf(r->scratch, "%zu fields", b.known) : STR("a page for people"), 1);
	if (!b.known || !b.unknown)
		return true;
	err_set(e, ERR_FILE_INVALID, "`%.*s` is no field of a runbook%s; headings of the second level are fields, use the third level for others", STR_FMT(str_sub(b.unknown_heading, 0, 60)),
		b.unknown > 1 ? ", and others are not either" : "");
	err_place(e, r->file, b.unknown_line, 1);
	return false;
}

/* --- OWNERS -------------------------------------------------------------------------------------------------------------------------------------- */

static void approvers(struct reading *r, struct subject *s, const struct yaml *list)
{
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count && i < UNIT_CLAIMS_MAX; i++)
		if (list->items[i].type == YAML_SCALAR)
			reading_claim(r, s, CLAIM_OWNER, list->items[i].text, STR("approver"), list->items[i].line);
}

/* Kubernetes': YAML with approvers. Gerrit's are laid over the services (over_owners.c). */
bool read_owners(struct reading *r, struct str word, struct err *e)
{
	struct yaml_documents d;
	(void)word;
	const struct yaml *filters, *all;
	if (str_find(r->text, STR("approvers:")) == SIZE_MAX)
		return true;
	struct subject *s = reading_subject(r, SUBJECT_NEAREST, STR(""), path_folder(r->file), SOURCE_OWNERS, 1);
	if (!yaml_parse_all(r->scratch, r->file, r->text, &d, e))
		return false;
	approvers(r, s, d.count ? yaml_get(&d.items[0], STR("approvers")) : NULL);
	filters = d.count ? yaml_get(&d.items[0], STR("filters")) : NULL;
	all = filters ? yaml_get(filters, STR(".*")) : NULL;
	approvers(r, s, all ? yaml_get(all, STR("approvers")) : NULL);
	return true;
}

/* --- decisions ----------------------------------------------------------------------------------------------------------------------------------- */

/* "Status: Accepted", "* Status: accepted", "status: accepted" in the front matter, or the paragraph below "## Status". */
static struct str said(struct str text, const char *label)
{
	bool below = false;
	while (text.p) {
		struct str line = str_strip(str_split(&text, '\n'));
		if (below && line.len)
			return line;
		while (line.len && (line.p[0] == '*' || line.p[0] == '-' || line.p[0] == ' '))
			line = str_skip(line, 1);
		bool heading = line.len && line.p[0] == '#';
		while (line.len && (line.p[0] == '#' || line.p[0] == ' '))
			line = str_skip(line, 1);
		if (line.len < strlen(label) || !str_eq_ci(str_sub(line, 0, strlen(label)), str_z(label)))
			continue;
		line = str_strip(str_skip(line, strlen(label)));
		if (heading && !line.len)
			below = true;
		else if (line.len && (line.p[0] == ':' || str_starts(line, STR("**:"))))
			return str_strip(str_skip(line, str_find_char(line, ':') + 1));
	}
	return STR("");
}

/* A line without what marks lists, headings and emphasis at its beginning. *heading: it was one. */
static struct str plain_line(struct str line, bool *heading)
{
	line = str_strip(line);
	*heading = str_starts(line, STR("#"));
	while (line.len && strchr("#*->_ \t", line.p[0]))
		line = str_skip(line, 1);
	return line;
}

/* MADR: `Chosen option: "Kafka", because …`. */
static struct str chosen_option(struct str line)
{
	static const struct str label = STR_INIT("chosen option");
	if (line.len <= label.len || !str_eq_ci(str_sub(line, 0, label.len), label))
		return STR("");
	size_t colon = str_find_char(line, ':');
	struct str rest = str_strip(str_skip(line, colon == SIZE_MAX ? line.len : colon + 1));
	while (rest.len && strchr("*_ ", rest.p[0]))
		rest = str_skip(rest, 1);
	if (rest.len && strchr("\"'`", rest.p[0]) && str_find_char(str_skip(rest, 1), rest.p[0]) != SIZE_MAX)
		return str_sub(rest, 1, 1 + str_find_char(str_skip(rest, 1), rest.p[0]));
	size_t because = str_find_ci(rest, STR(" because")), end = str_find_char(rest, ',');
	end = because < end ? because : end;
	return str_strip(str_sub(rest, 0, end == SIZE_MAX ? rest.len : end));
}

/* What was chosen: an option's name, or what the section "Decision" begins with. */
static struct str outcome_of(struct str text, bool *chosen)
{
	bool below = false;
	struct str first = STR("");
	*chosen = false;
	while (text.p) {
		bool heading;
		struct str line = plain_line(str_split(&text, '\n'), &heading), option = chosen_option(line);
		if (option.len) {
			*chosen = true;
			return option;
		}
		if (heading)
			below = str_eq_ci(line, STR("decision")) || str_eq_ci(line, STR("decision outcome")) || str_eq_ci(line, STR("the decision"));
		else if (below && line.len && !first.len)
			first = line;
	}
	size_t end = str_find(first, STR(". "));
	return str_sub(first, 0, end == SIZE_MAX ? first.len : end);
}

bool read_decision(struct reading *r, struct str word, struct err *e)
{
	struct str rest = r->text;
	bool chosen;
	(void)word;
	(void)e;
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		if (str_starts(line, STR("# "))) {
			struct str outcome = outcome_of(r->text, &chosen);
			reading_decision(r, str_skip(line, 2), said(r->text, "status"), said(r->text, "date"), outcome, chosen);
			return true;
		}
	}
	return true;
}

/* --- manifests and interfaces -------------------------------------------------------------------------------------------------------------------- */

bool read_manifest(struct reading *r, struct str word, struct err *e)
{
	struct subject *s = reading_subject(r, SUBJECT_NEAREST, STR(""), path_folder(r->file), SOURCE_MANIFEST, 1);
	(void)e;
	reading_claim(r, s, CLAIM_LANGUAGE, word, STR(""), 1);
	if (!str_eq(path_name(r->file), STR("package.json")))
		return true;
	struct err wrong = { 0 };
	const struct json *j = json_parse(r->scratch, r->text, &wrong);
	if (!j) {
		*e = wrong;
		err_place(e, r->file, wrong.line, wrong.column);
		return false;
	}
	reading_claim(r, s, CLAIM_DESCRIPTION, json_get_str(j, STR("description"), STR("")), STR(""), 1);
	return true;
}

bool read_interface(struct reading *r, struct str word, struct err *e)
{
	struct subject *s = reading_subject(r, SUBJECT_NEAREST, STR(""), path_folder(r->file), SOURCE_CONTRACT, 1);
	(void)e;
	reading_claim(r, s, CLAIM_PROVIDES, r->file, word, 1);
	return true;
}
