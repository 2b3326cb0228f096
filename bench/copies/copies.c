/* Copied code in the files named on standard input, one a line: a JSON line for each copy, then one with figures. `copies [--blind]`. */
#include "base/check.h"
#include "base/json.h"
#include "catalog/copies/copies.h"
#include "sys/sys.h"
#include <stdio.h>
#include <string.h>

enum { FILES_MAX = 200000, LINE_MAX_BYTES = 4096 };

int main(int argc, char **argv)
{
	static struct copies_file files[FILES_MAX];
	static char line[LINE_MAX_BYTES];
	struct arena a;
	struct copies c;
	struct err e = { 0 };
	size_t n = 0;
	struct buf out;
	struct json_out o;
	arena_init(&a, (size_t)4 << 30);
	while (n < FILES_MAX && fgets(line, sizeof(line), stdin)) {
		struct str path = arena_strz(&a, str_strip(str_z(line)));
		if (path.len && sys_read_file(path, 1 << 20, &a, &files[n].text, &e))
			files[n++].path = path;
	}
	int64_t began = sys_now();
	if (!copies_find(&c, &a, files, n, argc > 1 && !strcmp(argv[1], "--blind"), &e)) {
		fprintf(stderr, "%s\n", e.message);
		return 1;
	}
	int64_t took = sys_now() - began;
	buf_init(&out, 256 << 20);
	for (size_t i = 0; i < c.count; i++) {
		json_out_init(&o, &out);
		json_out_object(&o);
		json_kv_str(&o, "a", files[c.items[i].a].path);
		json_kv_i64(&o, "a_from", c.items[i].a_from);
		json_kv_i64(&o, "a_to", c.items[i].a_to);
		json_kv_str(&o, "b", files[c.items[i].b].path);
		json_kv_i64(&o, "b_from", c.items[i].b_from);
		json_kv_i64(&o, "b_to", c.items[i].b_to);
		json_kv_i64(&o, "tokens", c.items[i].tokens);
		json_out_end(&o);
		buf_char(&out, '\n');
	}
	buf_printf(&out, "{\"done\":true,\"files\":%zu,\"tokens\":%zu,\"copies\":%zu,\"ns\":%lld}\n", c.files, c.tokens, c.count, (long long)took);
	sys_print(SYS_STDOUT, buf_str(&out));
	return 0;
}
