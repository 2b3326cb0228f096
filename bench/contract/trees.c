/* Compares two folders of contracts as `pleach contract diff` does, for measuring and for tests of many pairs:
 *   bench_contract_trees [--json] [--breaking] [--no-witnesses] OLD NEW     changes as JSON lines, or how much was found and how long it took
 *   bench_contract_trees --pairs                                            pairs of folders from standard input ("OLD\tNEW" a line); a line "end" closes each answer
 *   bench_contract_trees --describe FOLDER                                  the Protobuf contracts as documentation
 *   bench_contract_trees --set FOLDER                                       the Protobuf contracts as a FileDescriptorSet */
#include "contract/format.h"
#include "contract/proto/proto.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_ROOM = 4096, OUTPUT_MAX = 1 << 30 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool load(struct source *s, const char *path, const char *name, struct err *e)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return err_set(e, ERR_NOT_FOUND, "%s cannot be read", path);
	long size = ftell(f);
	char *text = malloc((size_t)size + 1);
	rewind(f);
	bool ok = text && fread(text, 1, (size_t)size, f) == (size_t)size;
	ok = ok ? source_add(s, str_z(name), str_from(text, (size_t)size), e) : err_set(e, ERR_SYSTEM, "%s cannot be read", path);
	free(text);
	fclose(f);
	return ok;
}

static bool walk(struct source *s, const char *root, const char *rel, struct err *e)
{
	char path[PATH_ROOM], name[PATH_ROOM];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s", root, rel);
	DIR *d = opendir(path);
	if (!d)
		return err_set(e, ERR_NOT_FOUND, "%s is no folder", path);
	bool ok = true;
	for (struct dirent *i; ok && (i = readdir(d));) {
		if (i->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s%s%s", rel, *rel ? "/" : "", i->d_name);
		if (snprintf(path, sizeof(path), "%s/%s", root, name) >= (int)sizeof(path) || stat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode))
			ok = walk(s, root, name, e);
		else if (contract_format_of(&(struct source_file){ .path = str_z(name), .text = STR("") }) || str_ends(str_z(name), STR("pb")) || str_ends(str_z(name), STR(".desc")))
			ok = load(s, path, name, e);
	}
	closedir(d);
	return ok;
}

static bool open_tree(struct source *s, const char *path, struct err *e)
{
	source_init(s, str_z(path));
	return walk(s, path, "", e) && source_sort(s, e);
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
	json_kv_u64(&o, "categories", x->categories);
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
	for (size_t i = 0; i < x->rules_count; i++) {
		json_out_array(&o);
		json_out_str(&o, rule_infos[x->rules[i]].checker);
		json_out_str(&o, rule_infos[x->rules[i]].name);
		json_out_str(&o, rule_infos[x->rules[i]].sets);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_key(&o, STR("reach"));
	json_out_array(&o);
	for (size_t i = 0; i < x->reach_count; i++) {
		json_out_array(&o);
		json_out_str(&o, x->reach[i].operation);
		json_out_u64(&o, x->reach[i].direction);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_end(&o);
	buf_char(b, '\n');
}

static void print_all(const struct changes *c, enum change_level least)
{
	struct buf b;
	buf_init(&b, OUTPUT_MAX);
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].level >= least)
			print(&c->items[i], &b);
	struct str text = buf_str(&b);
	fwrite(text.p, 1, text.len, stdout);
	buf_release(&b);
}

static void print_error(const struct err *e)
{
	struct buf b;
	buf_init(&b, 4096);
	err_format(e, &b);
	struct str text = buf_str(&b);
	printf("error: %.*s\n", STR_FMT(text));
	buf_release(&b);
}

static int compare(const char *old_path, const char *new_path, bool json, enum change_level least, bool witnesses)
{
	struct source before, after;
	struct changes out;
	struct err e = { 0 };
	const struct contract_options options = { .information = least == CHANGE_INFO, .witnesses = witnesses };
	double start = now();
	bool ok = open_tree(&before, old_path, &e);
	if (!open_tree(&after, new_path, &e))
		ok = false;
	double loaded = now();
	changes_init(&out);
	ok = ok && contract_compare(&before, &after, &options, &out, &e);
	double done = now();
	if (!ok) {
		print_error(&e);
	} else if (json) {
		print_all(&out, least);
	} else {
		struct rusage u;
		size_t proved = 0, kinds[3] = { 0 };
		getrusage(RUSAGE_SELF, &u);
		for (size_t i = 0; i < out.count; i++) {
			kinds[out.items[i].level]++;
			proved += out.items[i].witness.state == WITNESS_PROVED;
		}
		printf("%zu and %zu files, %zu breaking, %zu warnings, %zu for information, %zu proved; loading %.1f ms, comparing %.1f ms, %ld KiB\n", before.count, after.count, kinds[2],
			kinds[1], kinds[0], proved, (loaded - start) * 1e3, (done - loaded) * 1e3, u.ru_maxrss);
	}
	changes_release(&out);
	source_release(&before);
	source_release(&after);
	return ok ? 0 : 1;
}

static int pairs(void)
{
	char line[2 * PATH_ROOM];
	while (fgets(line, sizeof(line), stdin)) {
		char *tab = strchr(line, '\t'), *end = strchr(line, '\n');
		if (!tab || !end)
			return 1;
		*tab = *end = 0;
		compare(line, tab + 1, true, CHANGE_INFO, true);
		puts("end");
		fflush(stdout);
	}
	return 0;
}

static int one(const char *path, bool set)
{
	struct source s;
	struct err e = { 0 };
	struct buf b;
	struct json_out o;
	buf_init(&b, OUTPUT_MAX);
	json_out_init(&o, &b);
	struct contract_model *m = open_tree(&s, path, &e) ? proto_format.read(&s, &e) : NULL;
	if (!m) {
		print_error(&e);
		return 1;
	}
	if (set)
		proto_write_set((struct proto_model *)m, true, &b);
	else
		proto_format.describe(m, &o);
	struct str text = buf_str(&b);
	fwrite(text.p, 1, text.len, stdout);
	proto_format.free(m);
	source_release(&s);
	buf_release(&b);
	return 0;
}

int main(int argc, char **argv)
{
	bool json = false, witnesses = true;
	enum change_level least = CHANGE_INFO;
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--breaking"))
			least = CHANGE_WARNING;
		else if (!strcmp(argv[i], "--no-witnesses"))
			witnesses = false;
		else if (!strcmp(argv[i], "--pairs"))
			return pairs();
		else if ((!strcmp(argv[i], "--describe") || !strcmp(argv[i], "--set")) && i + 1 < argc)
			return one(argv[i + 1], argv[i][2] == 's');
		else
			break;
	}
	if (argc - i != 2) {
		fprintf(stderr, "usage: %s [--json] [--breaking] [--no-witnesses] OLD NEW\n", argv[0]);
		return 2;
	}
	return compare(argv[i], argv[i + 1], json, least, witnesses);
}
