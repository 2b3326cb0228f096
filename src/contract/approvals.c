/* Reading contract-approvals.yaml and laying its lines over what a comparison found. */
#include "contract/approvals.h"
#include "base/check.h"
#include "base/suggest.h"
#include "base/time.h"
#include "base/yaml.h"
#include <stdarg.h>

enum { APPROVALS_BYTES = 64 << 20, NOTES_BYTES = 16 << 20, NOTES_MAX = 1000 };
#define DAY (INT64_C(86400) * 1000000000)

void approvals_init(struct approvals *a)
{
	*a = (struct approvals){ 0 };
	arena_init(&a->arena, APPROVALS_BYTES);
}

void approvals_release(struct approvals *a) { arena_release(&a->arena); }

void notes_init(struct notes *n)
{
	*n = (struct notes){ 0 };
	arena_init(&n->arena, NOTES_BYTES);
}

void notes_release(struct notes *n) { arena_release(&n->arena); }

void notes_add(struct notes *n, bool failure, struct change_place place, const char *format, ...)
{
	struct buf text;
	va_list args;
	if (n->count == NOTES_MAX || !ARENA_PUSH_ROOM(&n->arena, n->items, n->count, n->capacity))
		return;
	buf_init(&text, 8192);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	place.file = arena_str(&n->arena, place.file);
	n->items[n->count++] = (struct report_note){ failure, place, arena_str(&n->arena, buf_str(&text)) };
	buf_release(&text);
}

void notes_error(struct notes *n, const struct err *e)
{
	notes_add(n, true, (struct change_place){ str_z(e->file), e->line, e->column }, "%s", e->message);
}

static bool wrong(struct err *e, struct str file, uint32_t line, uint32_t column, const char *what)
{
	err_set(e, ERR_FILE_INVALID, "%s; a line is `- { change: 3f2a9c01d2e4, owner: billing, reason: \"why\", expires: 2027-01-31 }`", what);
	err_place(e, file, line, column);
	return false;
}

static const struct yaml_pair *pair_of(const struct yaml *entry, const char *key)
{
	for (uint32_t i = 0; i < entry->count; i++)
		if (str_eq(entry->pairs[i].key, str_z(key)))
			return &entry->pairs[i];
	return NULL;
}

static bool known_keys(const struct yaml *entry, struct str file, struct err *e)
{
	static const struct str names[] = { STR_INIT("change"), STR_INIT("owner"), STR_INIT("reason"), STR_INIT("expires") };
	for (uint32_t i = 0; i < entry->count; i++) {
		const struct yaml_pair *p = &entry->pairs[i];
		bool known = false;
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			known |= str_eq(names[k], p->key);
		struct str near = known ? (struct str){ 0 } : suggest(p->key, names, ARRAY_LEN(names));
		if (known)
			continue;
		err_set(e, ERR_FILE_INVALID, near.p ? "an approval has no key `%.*s`; did you mean `%.*s`?" : "an approval has no key `%.*s`%.*s", STR_FMT(str_sub(p->key, 0, 64)),
			STR_FMT(near));
		err_place(e, file, p->line, p->column);
		return false;
	}
	return true;
}

/* A scalar that is not empty. */
static bool text_of(struct approvals *a, const struct yaml *entry, const char *key, struct str file, struct str *out, struct err *e)
{
	const struct yaml_pair *p = pair_of(entry, key);
	char what[64];
	struct buf b;
	if (p && p->value.type == YAML_SCALAR && str_strip(p->value.text).len) {
		*out = arena_str(&a->arena, str_strip(p->value.text));
		return out->p || err_set(e, ERR_NO_MEMORY, "the approvals do not fit into their memory");
	}
	buf_init(&b, sizeof(what));
	buf_printf(&b, "`%s` of the approval is missing", key);
	memcpy(what, buf_str(&b).p, b.len);
	what[b.len] = 0;
	buf_release(&b);
	return p ? wrong(e, file, p->value.line, p->value.column, what) : wrong(e, file, entry->line, entry->column, what);
}

static const struct approval *of_fingerprint(const struct approvals *a, const uint8_t fingerprint[6])
{
	for (size_t i = 0; i < a->count; i++)
		if (!memcmp(a->items[i].fingerprint, fingerprint, 6))
			return &a->items[i];
	return NULL;
}

static bool read_entry(struct approvals *a, const struct yaml *entry, struct str file, bool beside, struct err *e)
{
	struct approval x = { .place = { file, entry->line, entry->column }, .beside = beside };
	struct str change;
	if (entry->type != YAML_MAPPING)
		return wrong(e, file, entry->line, entry->column, "an approval is a mapping");
	if (!known_keys(entry, file, e) || !text_of(a, entry, "change", file, &change, e) || !text_of(a, entry, "owner", file, &x.owner, e) ||
	    !text_of(a, entry, "reason", file, &x.reason, e) || !text_of(a, entry, "expires", file, &x.expires, e))
		return false;
	const struct yaml *where = &pair_of(entry, "change")->value;
	if (!str_to_hex_bytes(change, x.fingerprint, sizeof(x.fingerprint)))
		return wrong(e, file, where->line, where->column, "`change` is the change's fingerprint: the 12 hexadecimal digits that a report shows");
	const struct approval *before = of_fingerprint(a, x.fingerprint);
	if (before) {
		err_set(e, ERR_FILE_INVALID, "change %.*s is approved twice: here and in %.*s:%u; keep one line", STR_FMT(change), STR_FMT(before->place.file), before->place.line);
		err_place(e, file, where->line, where->column);
		return false;
	}
	where = &pair_of(entry, "expires")->value;
	if (x.expires.len != 10 || !time_parse(x.expires, &x.ends))
		return wrong(e, file, where->line, where->column, "`expires` is a date such as 2027-01-31: the last day on which the approval holds");
	x.ends += DAY;
	if (a->count == APPROVALS_MAX || !ARENA_PUSH_ROOM(&a->arena, a->items, a->count, a->capacity)) {
		err_set(e, ERR_TOO_LARGE, "more than %d approvals; take out the lines whose change is done", APPROVALS_MAX);
		err_place(e, file, entry->line, entry->column);
		return false;
	}
	a->items[a->count++] = x;
	return true;
}

bool approvals_read(struct approvals *a, struct str file, struct str text, bool beside, struct err *e)
{
	struct arena scratch;
	struct str name = arena_str(&a->arena, file);
	arena_init(&scratch, APPROVALS_BYTES);
	const struct yaml *y = yaml_parse(&scratch, name, text, e);
	bool ok = y != NULL;
	if (ok && y->type != YAML_NULL && y->type != YAML_SEQUENCE)
		ok = wrong(e, name, y->line, y->column, "the file is a list of approvals");
	for (uint32_t i = 0; ok && y->type == YAML_SEQUENCE && i < y->count; i++)
		ok = read_entry(a, &y->items[i], name, beside, e);
	arena_release(&scratch);
	return ok;
}

static void add_expired(struct changes *c, const struct change *x, const struct approval *p)
{
	char hex[12];
	hex_encode(hex, p->fingerprint, sizeof(p->fingerprint));
	struct str sentence = arena_printf(&c->arena, "The approval by %.*s ended with %.*s: %.*s", STR_FMT(p->owner), STR_FMT(p->expires), STR_FMT(x->sentence));
	struct str subject = arena_str(&c->arena, str_from(hex, sizeof(hex))), detail = arena_str(&c->arena, p->expires), file = arena_str(&c->arena, p->place.file);
	struct change *added = changes_add(c, CHANGE_KIND_APPROVAL_EXPIRED, subject, detail);
	if (!added)
		return;
	added->sentence = sentence;
	added->new_place = p->place;
	added->new_place.file = file;
	added->witness.state = WITNESS_NONE;
}

static void note_unused(struct notes *notes, const struct approval *p)
{
	char hex[12];
	hex_encode(hex, p->fingerprint, sizeof(p->fingerprint));
	notes_add(notes, false, p->place, "There is no change %.*s any more; take the line out", 12, hex);
}

void approvals_apply(struct approvals *a, int64_t now, struct changes *c, struct notes *notes)
{
	size_t found = c->count;
	for (size_t i = 0; i < a->count; i++) {
		struct approval *p = &a->items[i];
		p->expired = p->ends <= now;
		for (size_t k = 0; k < found && !p->used; k++) {
			if (memcmp(c->items[k].fingerprint, p->fingerprint, sizeof(p->fingerprint)) != 0)
				continue;
			p->used = true;
			if (p->expired) {
				const struct change x = c->items[k]; /* the list may move */
				add_expired(c, &x, p);
			}
		}
		if (!p->used && p->beside)
			note_unused(notes, p);
	}
	changes_done(c);
}

const struct approval *approvals_of(const struct approvals *a, const struct change *x)
{
	const struct approval *p = a ? of_fingerprint(a, x->fingerprint) : NULL;
	return p && !p->expired ? p : NULL;
}
