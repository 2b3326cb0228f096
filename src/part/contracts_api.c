/* GET /api/contracts…: what there is, one contract as documentation with its files, and what changed between two kept versions. */
#include "base/base64.h"
#include "base/check.h"
#include "base/time.h"
#include "contract/format.h"
#include "contract/lock.h"
#include "contract/report.h"
#include "contract/usage/verdict.h"
#include "part/contracts_impl.h"
#include "sys/sys.h"

static void put_time(struct json_out *o, const char *key, int64_t wall)
{
	struct buf b;
	buf_init(&b, 64);
	time_rfc3339(&b, wall, 9);
	json_kv_str(o, key, buf_str(&b));
	buf_release(&b);
}

static void refuse(struct http_exchange *x, enum err_code code, const char *words)
{
	struct err e = { 0 };
	err_set(&e, code, "%.*s: %s", STR_FMT(http_request(x)->path), words);
	http_answer_err(x, &e);
}

static void answer(struct http_exchange *x, struct buf *b)
{
	if (buf_ok(b))
		http_answer(x, 200, STR("application/json"), STR("Cache-Control: no-store\r\n"), buf_str(b));
	else
		refuse(x, ERR_TOO_LARGE, "the answer is too large");
}

/* --- the list ------------------------------------------------------------------------------------------------------------------------------ */

static void put_kept(struct contracts *c, struct json_out *o, const struct entry *x)
{
	json_out_key(o, STR("kept"));
	json_out_array(o);
	for (const struct kept *k = contracts_find(c, x->service, x->version, STR("")); k; k = contracts_before(c, k)) {
		json_out_object(o);
		json_kv_str(o, "digest", digest_str(&k->digest));
		put_time(o, "since", k->since);
		json_out_end(o);
	}
	json_out_end(o);
}

static void put_formats(struct json_out *o, struct str formats)
{
	json_out_key(o, STR("formats"));
	json_out_array(o);
	while (formats.p) {
		struct str f = str_split(&formats, ' ');
		if (f.len)
			json_out_str(o, f);
	}
	json_out_end(o);
}

static void put_entry(struct contracts *c, struct json_out *o, const struct entry *x)
{
	struct buf b;
	buf_init(&b, 2048);
	if (err_is_set(&x->problem))
		err_format(&x->problem, &b);
	json_out_object(o);
	json_kv_str(o, "service", x->service);
	json_kv_str(o, "version", x->version);
	json_kv_str(o, "path", x->route);
	json_kv_str(o, "schema", x->schema);
	bool inside = c->root.len && str_below(x->path, c->root) && x->path.len > c->root.len;
	json_kv_str(o, "file", inside ? str_skip(x->path, c->root.len + 1) : x->path);
	put_formats(o, str_z(x->numbers.formats));
	json_kv_u64(o, "files", x->numbers.files);
	json_kv_u64(o, "operations", x->numbers.operations);
	json_kv_u64(o, "types", x->numbers.types);
	json_kv_str(o, "problem", buf_str(&b));
	put_kept(c, o, x);
	json_out_end(o);
	buf_release(&b);
}

static void list(struct contracts *c, struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	bool complete = true;
	buf_init(&b, 64 << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_out_key(&o, STR("contracts"));
	json_out_array(&o);
	for (size_t i = 0; i < c->entries_count; i++) {
		put_entry(c, &o, &c->entries[i]);
		complete &= c->entries[i].checked != 0;
	}
	json_out_end(&o);
	json_kv_bool(&o, "complete", complete);
	json_out_end(&o);
	answer(x, &b);
	buf_release(&b);
}

/* --- one ----------------------------------------------------------------------------------------------------------------------------------- */

/* As if it were read in the folder of its schema: places and fingerprints are those of `pleach contract diff` there. */
static bool read_kept(struct side *s, struct str lock, struct str folder, struct err *e)
{
	if (!side_read_lock(s, lock, e))
		return false;
	side_set_base(s, folder);
	s->shown = STR("");
	return true;
}

static void put_files(struct json_out *o, const struct side *s)
{
	struct buf b;
	json_out_key(o, STR("files"));
	json_out_array(o);
	for (size_t i = 0; i < s->count; i++) {
		json_out_object(o);
		json_kv_str(o, "path", s->files[i].path);
		if (str_is_utf8(s->files[i].text)) {
			json_kv_str(o, "text", s->files[i].text);
		} else {
			buf_init(&b, 2 * (size_t)SOURCE_FILE_MAX);
			base64_encode(&b, s->files[i].text);
			json_kv_str(o, "base64", buf_str(&b));
			buf_release(&b);
		}
		json_out_end(o);
	}
	json_out_end(o);
}

static bool show(struct contract_job *j, struct err *e)
{
	struct side s, none;
	struct json_out o;
	side_init(&s, STR("the kept contract"));
	side_init(&none, STR(""));
	json_out_init(&o, &j->out);
	json_out_object(&o);
	json_kv_str(&o, "service", j->service);
	json_kv_str(&o, "version", j->version);
	json_kv_str(&o, "digest", digest_str(&j->digest));
	put_time(&o, "since", j->since);
	bool ok = read_kept(&s, j->to, j->path, e) && side_pair(&none, &s, e);
	if (ok) {
		put_files(&o, &s);
		json_out_key(&o, STR("documents"));
		ok = side_describe(&s, &o, e);
	}
	if (ok)
		json_out_end(&o);
	side_release(&s);
	side_release(&none);
	return ok;
}

/* --- what changed -------------------------------------------------------------------------------------------------------------------------- */

static bool compare(struct contract_job *j, struct err *e)
{
	const struct contract_options all = { .information = true, .witnesses = true, .fields = true, .today = (int32_t)(sys_wall() / (86400 * SECOND)) };
	struct side before, after;
	struct changes changes;
	struct json_out o;
	side_init(&before, digest_str(&j->other));
	side_init(&after, digest_str(&j->digest));
	changes_init(&changes);
	bool ok = read_kept(&before, j->from, j->path, e) && read_kept(&after, j->to, j->path, e) && side_pair(&before, &after, e) && side_compare(&before, &after, &all, &changes, e);
	if (ok) {
		const struct json *consumers = j->consumers.len ? json_parse(&j->arena, j->consumers, e) : NULL;
		if (consumers)
			usage_judge(consumers, &changes);
		struct report r = { .changes = &changes, .old_name = before.name, .new_name = after.name, .fails = CHANGE_BREAKING, .policy = json_get(consumers, STR("policy")),
				    .usage = consumers ? usage_source_text(&j->arena, consumers) : STR("") };
		json_out_init(&o, &j->out);
		report_json(&r, &o);
	}
	changes_release(&changes);
	side_release(&before);
	side_release(&after);
	return ok;
}

static void answered(struct loop_job *job)
{
	struct contract_job *j = CONTAINER_OF(job, struct contract_job, job);
	if (j->x && j->ok)
		answer(j->x, &j->out);
	else if (j->x)
		http_answer_err(j->x, &j->err);
	contracts_job_end(j);
}

/* The folder that the paths of the kept files begin in. */
static struct str folder_of(const struct contracts *c, const struct kept *k)
{
	for (size_t i = 0; i < c->entries_count; i++) {
		const struct entry *x = &c->entries[i];
		struct sys_stat st;
		if (str_eq(x->service, k->service) && str_eq(x->version, k->version))
			return sys_stat(x->path, &st) >= 0 && st.directory ? x->path : side_folder(x->path);
	}
	return c->state;
}

static void ask_consumers(struct contracts *c, struct contract_job *j)
{
	struct buf b;
	buf_init(&b, 32 << 20);
	if (c->consumers && c->consumers(c->consumers_ctx, j->service, j->version, &b))
		j->consumers = arena_str(&j->arena, buf_str(&b));
	buf_release(&b);
}

static void one(struct contracts *c, struct http_exchange *x, struct str service, struct str version, bool changes)
{
	struct str query = http_request(x)->head.query, from = STR(""), to = STR("");
	http_query_get(query, STR("from"), &from);
	http_query_get(query, changes ? STR("to") : STR("digest"), &to);
	const struct kept *k = contracts_find(c, service, version, to), *other = k;
	if (changes && k)
		other = from.len ? contracts_find(c, service, version, from) : contracts_before(c, k);
	if (!k || (changes && from.len && !other)) {
		refuse(x, ERR_NOT_FOUND, "no such contract is kept; GET /api/contracts lists services, versions and digests");
		return;
	}
	if (c->jobs >= CONTRACTS_JOBS_MAX) {
		refuse(x, ERR_OVERLOAD, "too many contracts are being read; try again later");
		return;
	}
	struct contract_job *j = contracts_job(c, changes ? compare : show, x);
	other = other ? other : k; /* the first version: nothing changed */
	j->service = arena_str(&j->arena, k->service);
	j->version = arena_str(&j->arena, k->version);
	j->digest = k->digest;
	j->other = other->digest;
	j->since = k->since;
	j->path = arena_str(&j->arena, folder_of(c, k));
	j->to = contracts_lock_path(&j->arena, c->state, &k->digest);
	j->from = contracts_lock_path(&j->arena, c->state, &other->digest);
	if (changes)
		ask_consumers(c, j);
	contracts_job_start(j, answered);
}

void contracts_handle(void *contracts, struct http_exchange *x, struct str path)
{
	struct contracts *c = contracts;
	struct str method = http_request(x)->head.method, rest = str_skip(path, 1), service = str_split(&rest, '/'), version = str_split(&rest, '/');
	if (!str_eq(method, STR("GET")) && !str_eq(method, STR("HEAD")))
		refuse(x, ERR_METHOD, "contracts are only read here");
	else if (!path.len)
		list(c, x);
	else if (!service.len || !version.len || (rest.p && !str_eq(rest, STR("changes"))))
		refuse(x, ERR_NOT_FOUND, "no such path; there are /api/contracts, …/{service}/{version} and …/{service}/{version}/changes");
	else
		one(c, x, service, version, rest.p != NULL);
}
