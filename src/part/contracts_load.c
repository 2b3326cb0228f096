/* Reading one schema's files (contracts_impl.h): runs in a worker, on nothing but its own job. */
#include "base/check.h"
#include "contract/lock.h"
#include "part/contracts_impl.h"
#include "sys/sys.h"
#include <stdio.h>
#include <stdlib.h>

enum { KEPT_FILE_MAX = SOURCE_MAX + SOURCE_MAX / 4 };

static int path_order(const void *a, const void *b) { return str_cmp(((const struct lock_file *)a)->path, ((const struct lock_file *)b)->path); }

/* "<sha256>  <path>\n" for each file, as sha256sum writes it, and of that the SHA-256. */
static bool digest_of(const struct lock_file *files, size_t count, struct digest *d)
{
	struct buf b;
	char hex[SHA256_HEX];
	bool ok = true;
	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < count && ok; i++) {
		ok = sha256_hex(hex, files[i].text);
		buf_printf(&b, "%.*s  %.*s\n", SHA256_HEX, hex, STR_FMT(files[i].path));
	}
	ok = ok && buf_ok(&b) && sha256_hex(d->hex, buf_str(&b));
	buf_release(&b);
	return ok;
}

static struct lock_file *sorted_files(struct contract_job *j, const struct side *s)
{
	struct lock_file *files = ARENA_ARRAY(&j->arena, s->count ? s->count : 1, struct lock_file);
	for (size_t i = 0; files && i < s->count; i++)
		files[i] = (struct lock_file){ s->files[i].path, s->files[i].text };
	if (files && s->count)
		qsort(files, s->count, sizeof(*files), path_order);
	return files;
}

static bool digest_side(struct contract_job *j, const struct side *s, struct err *e)
{
	const struct lock_file *files = sorted_files(j, s);
	return (files && digest_of(files, s->count, &j->digest)) || err_set(e, ERR_NO_MEMORY, "the contract does not fit into its memory");
}

static bool keep(struct contract_job *j, const struct side *s, struct err *e)
{
	const struct lock_file *files = sorted_files(j, s);
	struct str path = contracts_lock_path(&j->arena, j->to, &j->digest);
	struct sys_stat st;
	struct buf text;
	if (!files)
		return err_set(e, ERR_NO_MEMORY, "the contract does not fit into its memory");
	if (sys_stat(path, &st) >= 0)
		return true;
	buf_init(&text, KEPT_FILE_MAX);
	lock_write(&text, files, s->count);
	bool ok = buf_ok(&text) ? sys_write_file(path, buf_str(&text), e) : err_set(e, ERR_TOO_LARGE, "the contract is too large to be kept");
	buf_release(&text);
	return ok;
}

static size_t length(const struct json *j, const char *key)
{
	const struct json *x = json_get(j, str_z(key));
	return x && x->type == JSON_ARRAY ? x->count : 0;
}

static void count_document(struct numbers *n, const struct json *d)
{
	const struct json *contracts = json_get(d, STR("contracts"));
	struct str format = json_get_str(d, STR("format"), STR(""));
	size_t used = strlen(n->formats);
	snprintf(n->formats + used, sizeof(n->formats) - used, "%s%.*s", used ? " " : "", STR_FMT(format));
	for (uint32_t i = 0; contracts && contracts->type == JSON_ARRAY && i < contracts->count; i++) {
		n->operations += length(&contracts->items[i], "operations");
		n->types += length(&contracts->items[i], "types");
	}
}

static bool count(struct contract_job *j, struct side *s, struct err *e)
{
	struct buf text;
	struct json_out o;
	struct side none;
	buf_init(&text, 512u << 20);
	json_out_init(&o, &text);
	side_init(&none, STR(""));
	bool ok = side_pair(&none, s, e) && side_describe(s, &o, e);
	const struct json *documents = ok ? json_parse(&j->arena, buf_str(&text), e) : NULL;
	j->numbers = (struct numbers){ .files = s->count };
	for (uint32_t i = 0; documents && i < documents->count; i++)
		count_document(&j->numbers, &documents->items[i]);
	if (documents)
		j->operations = operation_list_new(documents, j->service, j->route);
	buf_release(&text);
	side_release(&none);
	return documents != NULL;
}

bool contracts_load(struct contract_job *j, struct err *e)
{
	struct side s;
	side_init(&s, j->path);
	j->fingerprint = contracts_fingerprint(j->path);
	bool ok = side_read_path(&s, j->path, e);
	if (ok && (s.missing || !s.count))
		ok = err_set(e, ERR_NOT_FOUND, s.missing ? "there is no such file" : "there is no contract of a kind that is known");
	/* What is known is not read again; only what can be read is kept: a version that nobody can read was never a contract. */
	ok = ok && digest_side(j, &s, e) && (!memcmp(&j->digest, &j->other, sizeof(j->other)) || (count(j, &s, e) && keep(j, &s, e)));
	if (!ok && !e->file[0])
		err_place(e, j->file, 0, 0);
	side_release(&s);
	return ok;
}

struct walk { uint64_t hash; struct arena arena; struct str folder; size_t depth, seen; bool flat; };

static void mix(struct walk *w, const struct sys_stat *st)
{
	uint64_t step[4] = { w->hash, (uint64_t)st->modified, (uint64_t)st->size, st->inode };
	w->hash = str_hash(str_from((const char *)step, sizeof(step)));
}

static bool one_name(void *ctx, struct str name, bool directory)
{
	enum { DEPTH = 16, SEEN = 20000 };
	struct walk *w = ctx;
	struct sys_stat st;
	struct str folder = w->folder, path = side_join(&w->arena, folder, name);
	if (++w->seen > SEEN)
		return false;
	if (directory ? side_skips_folder(name) || w->flat || w->depth == DEPTH : !side_may_hold(name))
		return true;
	if (sys_stat(path, &st) >= 0)
		mix(w, &st);
	if (directory) {
		w->folder = path;
		w->depth++;
		sys_list(path, one_name, w);
		w->depth--;
		w->folder = folder;
	}
	return true;
}

uint64_t contracts_fingerprint(struct str path)
{
	struct walk w = { .hash = 1 };
	struct sys_stat st;
	arena_init(&w.arena, 64 << 20);
	bool there = sys_stat(path, &st) >= 0;
	/* A file may refer to its neighbours, so they are looked at too. */
	w.folder = there && st.directory ? path : side_folder(path);
	w.flat = !there || !st.directory;
	if (there)
		mix(&w, &st);
	sys_list(w.folder, one_name, &w);
	arena_release(&w.arena);
	return w.hash ? w.hash : 1;
}
