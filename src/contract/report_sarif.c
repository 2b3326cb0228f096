/* A report as SARIF 2.1.0 (OASIS): one run, a rule for each kind that occurs, a result for each change with both places, its fingerprint and, where it is
 * approved, its suppression. Columns count code points, as ours do. */
#include "contract/report.h"
#include "base/check.h"
#include "contract/select.h"

static const char *const levels[] = { [CHANGE_INFO] = "note", [CHANGE_WARNING] = "warning", [CHANGE_BREAKING] = "error" };

static void text_object(struct json_out *o, const char *key, struct str text)
{
	json_out_key(o, str_z(key));
	json_out_object(o);
	json_kv_str(o, "text", text);
	json_out_end(o);
}

/* A file's path as a relative URI reference (RFC 3986): what is not allowed in a path is percent-encoded. */
static void put_uri(struct json_out *o, struct str path)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c < 0x80 && memchr("-._~/!$&'()*+,;=@", c, 17));
		buf_printf(&b, plain ? "%c" : "%%%02X", c);
	}
	json_kv_str(o, "uri", buf_str(&b));
	buf_release(&b);
}

static void put_location(struct json_out *o, const struct change_place *p, struct str subject, struct str message)
{
	json_out_object(o);
	json_out_key(o, STR("physicalLocation"));
	json_out_object(o);
	json_out_key(o, STR("artifactLocation"));
	json_out_object(o);
	put_uri(o, p->file);
	json_out_end(o);
	if (p->line) {
		json_out_key(o, STR("region"));
		json_out_object(o);
		json_kv_u64(o, "startLine", p->line);
		if (p->column)
			json_kv_u64(o, "startColumn", p->column);
		json_out_end(o);
	}
	json_out_end(o);
	if (subject.len) {
		json_out_key(o, STR("logicalLocations"));
		json_out_array(o);
		json_out_object(o);
		json_kv_str(o, "fullyQualifiedName", subject);
		json_out_end(o);
		json_out_end(o);
	}
	if (message.len)
		text_object(o, "message", message);
	json_out_end(o);
}

static void put_rule(struct json_out *o, enum change_kind kind, struct buf *scratch)
{
	const struct change_info *info = &change_infos[kind];
	struct str names[4];
	buf_clear(scratch);
	report_kind(scratch, kind);
	json_out_object(o);
	json_kv_str(o, "id", buf_str(scratch));
	text_object(o, "shortDescription", info->title);
	if (info->why.len)
		text_object(o, "fullDescription", info->why);
	if (info->remedy.len)
		text_object(o, "help", info->remedy);
	json_out_key(o, STR("defaultConfiguration"));
	json_out_object(o);
	json_kv_str(o, "level", str_z(levels[info->level]));
	json_out_end(o);
	json_out_key(o, STR("properties"));
	json_out_object(o);
	json_out_key(o, STR("tags"));
	json_out_array(o);
	size_t n = category_names(info->categories, names);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, names[i]);
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

static void put_message(struct json_out *o, const struct change *x)
{
	const struct change_info *info = &change_infos[x->kind];
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_printf(&b, "%.*s.", STR_FMT(x->sentence.len ? x->sentence : info->title));
	if (info->why.len)
		buf_printf(&b, " %.*s", STR_FMT(info->why));
	if (x->witness.state == WITNESS_PROVED)
		buf_printf(&b, "\n%.*s: %.*s\nold: %.*s\nnew: %.*s", STR_FMT(x->witness.of), STR_FMT(x->witness.text), STR_FMT(x->witness.before), STR_FMT(x->witness.after));
	if (x->use) {
		buf_add(&b, STR("\nused by "));
		report_use(&b, x, 20, "; ");
	}
	text_object(o, "message", buf_str(&b));
	buf_release(&b);
}

static void put_suppression(struct json_out *o, const struct approval *a)
{
	struct buf b;
	buf_init(&b, 1 << 16);
	buf_printf(&b, "%.*s, until %.*s: %.*s", STR_FMT(a->owner), STR_FMT(a->expires), STR_FMT(a->reason));
	json_out_key(o, STR("suppressions"));
	json_out_array(o);
	json_out_object(o);
	json_kv_str(o, "kind", STR("external"));
	json_kv_str(o, "status", STR("accepted"));
	json_kv_str(o, "justification", buf_str(&b));
	json_out_end(o);
	json_out_end(o);
	buf_release(&b);
}

static void put_locations(struct json_out *o, const struct change *x)
{
	struct change_place place = report_place(x);
	json_out_key(o, STR("locations"));
	json_out_array(o);
	if (place.file.len)
		put_location(o, &place, x->subject, STR(""));
	json_out_end(o);
	if (x->old_place.file.len) {
		json_out_key(o, STR("relatedLocations"));
		json_out_array(o);
		put_location(o, &x->old_place, STR(""), STR("in the old contract"));
		json_out_end(o);
	}
}

static void put_properties(struct json_out *o, const struct change *x)
{
	json_out_key(o, STR("properties"));
	json_out_object(o);
	json_kv_str(o, "proof", str_z(witness_state_name(x->witness.state)));
	json_out_key(o, STR("reach"));
	json_out_array(o);
	for (size_t i = 0; i < x->reach_count; i++)
		json_out_str(o, x->reach[i].operation);
	json_out_end(o);
	json_out_end(o);
}

static void put_result(const struct report *r, struct json_out *o, const struct change *x, size_t rule, struct buf *scratch)
{
	const struct approval *a = report_approval(r, x);
	buf_clear(scratch);
	report_kind(scratch, x->kind);
	json_out_object(o);
	json_kv_str(o, "ruleId", buf_str(scratch));
	json_kv_u64(o, "ruleIndex", rule);
	json_kv_str(o, "level", str_z(report_unused(x) ? "note" : levels[x->level]));
	put_message(o, x);
	put_locations(o, x);
	json_out_key(o, STR("partialFingerprints"));
	json_out_object(o);
	json_out_key(o, STR("change/v1"));
	json_out_hex(o, x->fingerprint, sizeof(x->fingerprint));
	json_out_end(o);
	if (a)
		put_suppression(o, a);
	put_properties(o, x);
	json_out_end(o);
}

static void put_note(struct json_out *o, const struct report_note *n, size_t rule)
{
	json_out_object(o);
	json_kv_str(o, "ruleId", STR("contract/note"));
	json_kv_u64(o, "ruleIndex", rule);
	json_kv_str(o, "level", n->failure ? STR("error") : STR("note"));
	text_object(o, "message", n->text);
	json_out_key(o, STR("locations"));
	json_out_array(o);
	if (n->place.file.len)
		put_location(o, &n->place, STR(""), STR(""));
	json_out_end(o);
	json_out_end(o);
}

/* Rules of the kinds that occur; index[kind] becomes their place. How many there are. */
static size_t put_rules(const struct report *r, struct json_out *o, size_t index[CHANGE_KIND_COUNT], struct buf *scratch)
{
	bool used[CHANGE_KIND_COUNT] = { false };
	size_t n = 0;
	for (size_t i = 0; i < r->changes->count; i++)
		used[r->changes->items[i].kind] = true;
	json_out_key(o, STR("rules"));
	json_out_array(o);
	for (size_t kind = 0; kind < CHANGE_KIND_COUNT; kind++)
		if (used[kind]) {
			index[kind] = n++;
			put_rule(o, (enum change_kind)kind, scratch);
		}
	if (r->notes && r->notes->count) {
		json_out_object(o);
		json_kv_str(o, "id", STR("contract/note"));
		text_object(o, "shortDescription", STR("Something about the files of a contract"));
		json_out_end(o);
	}
	json_out_end(o);
	return n;
}

static void put_run(const struct report *r, struct json_out *o, struct buf *scratch)
{
	size_t index[CHANGE_KIND_COUNT] = { 0 };
	json_out_key(o, STR("tool"));
	json_out_object(o);
	json_out_key(o, STR("driver"));
	json_out_object(o);
	json_kv_str(o, "name", STR("Pleach"));
	json_kv_str(o, "version", r->version);
	size_t note_rule = put_rules(r, o, index, scratch);
	json_out_end(o);
	json_out_end(o);
	json_kv_str(o, "columnKind", STR("unicodeCodePoints"));
	json_out_key(o, STR("results"));
	json_out_array(o);
	for (size_t i = 0; i < r->changes->count; i++)
		put_result(r, o, &r->changes->items[i], index[r->changes->items[i].kind], scratch);
	for (size_t i = 0; r->notes && i < r->notes->count; i++)
		put_note(o, &r->notes->items[i], note_rule);
	json_out_end(o);
}

void report_sarif(const struct report *r, struct buf *b)
{
	struct json_out o;
	struct buf scratch;
	buf_init(&scratch, 4096);
	json_out_init(&o, b);
	o.pretty = true;
	json_out_object(&o);
	json_kv_str(&o, "version", STR("2.1.0"));
	json_out_key(&o, STR("runs"));
	json_out_array(&o);
	json_out_object(&o);
	put_run(r, &o, &scratch);
	json_out_end(&o);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(b, '\n');
	buf_release(&scratch);
}
