/* Compares pairs of Avro schemas for an oracle that is written in another language. Reads lines {"old": schema, "new": schema} from standard input, writes a line of
 * JSON for each: {"error":…} where a schema is refused, else verdicts of both directions, changes with witnesses, canonical forms and fingerprints. */
#include "base/sha256.h"
#include "contract/avro/avro_compare.h"
#include "contract/avro/avro_format.h"
#include <stdio.h>
#include <stdlib.h>

static bool make_source(struct source *s, const struct json *schema, const char *name, struct err *e)
{
	struct buf b;
	struct json_out o;
	source_init(s, str_z(name));
	buf_init(&b, SOURCE_FILE_MAX);
	json_out_init(&o, &b);
	json_out_value(&o, schema);
	bool ok = source_add(s, STR("schema.avsc"), buf_str(&b), e) && source_sort(s, e);
	buf_release(&b);
	return ok;
}

static void identity(struct json_out *o, const char *side, const struct contract_model *m)
{
	const struct avro_set *set = ((const struct avro_model *)m)->set;
	struct buf canonical, normal;
	char hex[17];
	uint8_t digest[SHA256_BYTES] = { 0 };
	buf_init(&canonical, SOURCE_FILE_MAX);
	buf_init(&normal, SOURCE_FILE_MAX);
	avro_canonical(set, &avro_set_file(set, 0)->root, &canonical);
	avro_normal(avro_set_file(set, 0), &normal);
	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)avro_rabin(buf_str(&canonical)));
	json_out_key(o, str_z(side));
	json_out_object(o);
	json_kv_str(o, "canonical", buf_str(&canonical));
	json_kv_str(o, "normal", buf_str(&normal));
	json_kv_str(o, "rabin", str_z(hex));
	json_out_key(o, STR("sha256"));
	json_out_hex(o, digest, sha256(digest, buf_str(&canonical)) ? sizeof(digest) : 0);
	json_out_end(o);
	buf_release(&canonical);
	buf_release(&normal);
}

static void one_change(struct json_out *o, const struct change *x)
{
	unsigned directions = 0;
	for (size_t i = 0; i < x->reach_count; i++)
		directions |= x->reach[i].direction;
	json_out_object(o);
	json_kv_str(o, "kind", change_infos[x->kind].name);
	json_kv_str(o, "level", str_z(change_level_name(x->level)));
	json_kv_str(o, "subject", x->subject);
	json_kv_str(o, "detail", x->detail);
	json_kv_str(o, "sentence", x->sentence);
	json_kv_u64(o, "directions", directions);
	json_kv_bool(o, "wire", x->categories & CHANGE_WIRE);
	json_kv_str(o, "state", str_z(witness_state_name(x->witness.state)));
	if (x->witness.state == WITNESS_PROVED) {
		json_out_key(o, STR("witness"));
		json_out_raw(o, x->witness.text);
		json_kv_str(o, "before", x->witness.before);
		json_kv_str(o, "after", x->witness.after);
	}
	json_kv_u64(o, "old_line", x->old_place.line);
	json_kv_u64(o, "new_line", x->new_place.line);
	json_out_end(o);
}

static bool compare(struct json_out *o, const struct source *before, const struct source *after, struct err *e)
{
	struct contract_options options = { .witnesses = true, .information = true };
	struct changes changes;
	struct contract_model *old_model = avro_format.read(before, e), *new_model = old_model ? avro_format.read(after, e) : NULL;
	changes_init(&changes);
	bool ok = new_model && avro_format.compare(old_model, new_model, &options, &changes, e);
	changes_done(&changes);
	if (ok) {
		identity(o, "old", old_model);
		identity(o, "new", new_model);
		json_out_key(o, STR("changes"));
		json_out_array(o);
		for (size_t i = 0; i < changes.count; i++)
			one_change(o, &changes.items[i]);
		json_out_end(o);
	}
	changes_release(&changes);
	if (new_model)
		avro_format.free(new_model);
	if (old_model)
		avro_format.free(old_model);
	return ok;
}

static void line(struct str text, struct buf *b)
{
	struct arena a;
	struct err e = { 0 };
	struct json_out o;
	struct source before, after;
	arena_init(&a, 256u << 20);
	json_out_init(&o, b);
	json_out_object(&o);
	const struct json *j = json_parse(&a, text, &e);
	if (j) {
		bool ok = make_source(&before, json_get(j, STR("old")), "old", &e);
		ok = make_source(&after, json_get(j, STR("new")), "new", &e) && ok;
		ok = ok && compare(&o, &before, &after, &e);
		source_release(&before);
		source_release(&after);
	}
	if (err_is_set(&e)) {
		json_kv_str(&o, "error", str_z(e.message));
		json_kv_u64(&o, "line", e.line);
		json_kv_u64(&o, "column", e.column);
	}
	json_out_end(&o);
	buf_char(b, '\n');
	arena_release(&a);
}

int main(void)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t n;
	struct buf b;
	buf_init(&b, 1u << 30);
	while ((n = getline(&text, &room, stdin)) > 0) {
		buf_clear(&b);
		line(str_from(text, (size_t)n), &b);
		fwrite(buf_str(&b).p, 1, b.len, stdout);
		fflush(stdout);
	}
	buf_release(&b);
	free(text);
	return 0;
}
