/* The files of contracts that people keep beside them. By the first byte: 'L' any bytes as contract.lock (what is read is written and read again the same), 'T' any texts
 * into a lock and out of it again byte by byte, 'A' any bytes as contract-approvals.yaml, 'R' any bytes as a file whose references are looked for. */
#include "base/check.h"
#include "contract/approvals.h"
#include "contract/lock.h"
#include "contract/refs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 200 << 20, MOST = 16384 };

static void same(const struct lock *l, const struct lock_file *files, size_t count)
{
	CHECK(l->count == count);
	for (size_t i = 0; i < count; i++)
		CHECK(str_eq(l->files[i].path, files[i].path) && str_eq(l->files[i].text, files[i].text) && lock_find(l, files[i].path) == &l->files[i]);
}

static void there_and_back(struct arena *a, const struct lock_file *files, size_t count)
{
	struct buf b;
	struct lock l;
	struct err e = { 0 };
	buf_init(&b, 1 << 20);
	lock_write(&b, files, count);
	CHECK(buf_ok(&b) && lock_recognises(buf_str(&b)));
	CHECK(lock_read(a, STR("l"), buf_str(&b), &l, &e));
	same(&l, files, count);
	buf_release(&b);
}

static void as_lock(struct arena *a, struct str text)
{
	struct lock l;
	struct err e = { 0 };
	bool ok = lock_read(a, STR("l"), text, &l, &e);
	CHECK(ok == !err_is_set(&e));
	if (ok)
		there_and_back(a, l.files, l.count);
	else
		CHECK(e.code != ERR_FILE_INVALID || e.line >= 1);
}

/* Texts are what stands between bytes 0xff. */
static void as_texts(struct arena *a, struct str text)
{
	enum { FILES = 16 };
	struct lock_file files[FILES];
	size_t n = 0;
	while (text.p && n < FILES) {
		files[n].path = arena_printf(a, "%c/a \"b.yaml", (char)('a' + n));
		files[n].text = str_split(&text, (char)0xff);
		n++;
	}
	there_and_back(a, files, n);
}

static void as_approvals(struct str text)
{
	struct approvals a;
	struct err e = { 0 };
	approvals_init(&a);
	bool ok = approvals_read(&a, STR("contract-approvals.yaml"), text, true, &e);
	CHECK(ok == !err_is_set(&e));
	for (size_t i = 0; ok && i < a.count; i++)
		CHECK(a.items[i].owner.len && a.items[i].reason.len && a.items[i].expires.len == 10 && a.items[i].place.line >= 1);
	approvals_release(&a);
}

static bool one_reference(void *ctx, struct str reference, bool import)
{
	const struct str *text = ctx;
	(void)import;
	CHECK(reference.len && reference.p >= text->p && reference.p + reference.len <= text->p + text->len && reference.p[0] != '/');
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	if (!size || size > MOST)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	arena_init(&a, MEMORY);
	switch (data[0]) {
	case 'L': as_lock(&a, text); break;
	case 'T': as_texts(&a, text); break;
	case 'A': as_approvals(text); break;
	case 'R':
		source_references(STR("a.proto"), text, one_reference, &text);
		source_references(STR("a.yaml"), text, one_reference, &text);
		break;
	default: break;
	}
	arena_release(&a);
	return 0;
}
