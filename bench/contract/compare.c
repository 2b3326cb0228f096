/* Compares two files (or files of one folder each) as `pleach contract diff` does, for measuring: bench_contract_compare [--json] [--breaking] OLD… -- NEW…
 * Prints how much was found and how long it took; with --json each change as a line, with --breaking only changes above INFO. */
#include "contract/format.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool load(struct source *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return err_set(e, ERR_NOT_FOUND, "%s cannot be read", path);
	long size = ftell(f);
	char *text = malloc((size_t)size + 1);
	rewind(f);
	bool ok = text && fread(text, 1, (size_t)size, f) == (size_t)size;
	const char *name = strrchr(path, '/');
	ok = ok ? source_add(s, str_z(name ? name + 1 : path), str_from(text, (size_t)size), e) : err_set(e, ERR_SYSTEM, "%s cannot be read", path);
	free(text);
	fclose(f);
	return ok;
}

static void place(struct json_out *o, const char *key, struct change_place p)
{
	json_out_key(o, str_z(key));
	json_out_array(o);
	json_out_str(o, p.file);
	json_out_u64(o, p.line);
	json_out_u64(o, p.column);
	json_out_end(o);
}

static void print(const struct change *x, struct buf *b)
{
	struct json_out o;
	json_out_init(&o, b);
	json_out_object(&o);
	json_kv_str(&o, "kind", change_infos[x->kind].name);
	json_kv_str(&o, "level", str_z(change_level_name(x->level)));
	json_kv_str(&o, "subject", x->subject);
	json_kv_str(&o, "detail", x->detail);
	json_kv_str(&o, "sentence", x->sentence);
	place(&o, "old", x->old_place);
	place(&o, "new", x->new_place);
	json_kv_str(&o, "proof", str_z(witness_state_name(x->witness.state)));
	json_kv_u64(&o, "what", x->witness.what);
	json_kv_str(&o, "of", x->witness.of);
	json_kv_str(&o, "witness", x->witness.text);
	json_kv_str(&o, "before", x->witness.before);
	json_kv_str(&o, "after", x->witness.after);
	json_out_key(&o, STR("rules"));
	json_out_array(&o);
	for (size_t i = 0; i < x->rules_count; i++)
		json_out_str(&o, rule_infos[x->rules[i]].name);
	json_out_end(&o);
	json_out_key(&o, STR("reach"));
	json_out_array(&o);
	for (size_t i = 0; i < x->reach_count; i++)
		json_out_str(&o, x->reach[i].operation);
	json_out_end(&o);
	json_out_end(&o);
	buf_char(b, '\n');
}

int main(int argc, char **argv)
{
	struct source sides[2];
	struct changes out;
	struct err e = { 0 };
	struct contract_options options = { .information = true, .witnesses = true };
	int side = 0;
	bool json = false;
	source_init(&sides[0], STR("old"));
	source_init(&sides[1], STR("new"));
	changes_init(&out);
	for (int i = 1; i < argc && !err_is_set(&e); i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--breaking"))
			options.information = false;
		else if (!strcmp(argv[i], "--"))
			side = 1;
		else
			load(&sides[side], argv[i], &e);
	}
	double start = now();
	bool ok = !err_is_set(&e) && source_sort(&sides[0], &e) && source_sort(&sides[1], &e) && contract_compare(&sides[0], &sides[1], &options, &out, &e);
	double took = now() - start;
	struct buf b;
	buf_init(&b, SIZE_MAX / 2);
	if (!ok)
		err_format(&e, &b);
	for (size_t i = 0; ok && json && i < out.count; i++)
		print(&out.items[i], &b);
	size_t reach = 0, proved = 0;
	for (size_t i = 0; i < out.count; i++) {
		reach += out.items[i].reach_count;
		proved += out.items[i].witness.state == WITNESS_PROVED;
	}
	if (ok && !json)
		buf_printf(&b, "%zu changes, %zu breaking, %zu warnings, %zu proved, %zu reached, %zu dropped, %.3f s\n", out.count, changes_at_least(&out, CHANGE_BREAKING),
			changes_at_least(&out, CHANGE_WARNING) - changes_at_least(&out, CHANGE_BREAKING), proved, reach, out.dropped, took);
	fwrite(buf_str(&b).p, 1, buf_str(&b).len, ok ? stdout : stderr);
	buf_release(&b);
	changes_release(&out);
	source_release(&sides[0]);
	source_release(&sides[1]);
	return ok ? 0 : 2;
}
