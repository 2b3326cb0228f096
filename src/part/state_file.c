/* See state_file.h. */
#include "part/state_file.h"
#include "sys/sys.h"

static struct str path_of(struct arena *a, struct str folder, const char *name) { return arena_printf(a, "%.*s/%s", STR_FMT(folder), name); }

const struct json *state_file_read(struct arena *a, struct str folder, const char *name, size_t most)
{
	struct str text;
	struct err ignored = { 0 };
	return sys_read_file(path_of(a, folder, name), most, a, &text, &ignored) ? json_parse(a, text, &ignored) : NULL;
}

bool state_file_write(struct str folder, const char *name, size_t most, void (*say)(struct json_out *o, const void *what), const void *what, struct err *e)
{
	struct buf b;
	struct json_out o;
	struct arena a;
	arena_init(&a, 64 << 10);
	buf_init(&b, most);
	json_out_init(&o, &b);
	say(&o, what);
	sys_mkdir(folder);
	bool ok = buf_ok(&b) ? sys_write_file(path_of(&a, folder, name), buf_str(&b), e) : err_set(e, ERR_TOO_LARGE, "%s would have more than %zu MiB", name, most >> 20);
	buf_release(&b);
	arena_release(&a);
	return ok;
}
