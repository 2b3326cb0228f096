/* Subjects and their versions: listing, finding, registering, deleting. */
#include "contract/registry/registry_impl.h"

enum { VERSION_LATEST = -1 };

void registry_root(struct call *c)
{
	json_out_object(&c->json);
	json_out_end(&c->json);
}

bool registry_subject_valid(struct call *c, struct str subject)
{
	bool bad = str_empty(subject) || subject.len > REGISTRY_SUBJECT_MAX || !str_is_utf8(subject) || str_eq(subject, STR("__GLOBAL")) || str_eq(subject, STR("__EMPTY"));
	for (size_t i = 0; i < subject.len; i++)
		bad |= (unsigned char)subject.p[i] < 0x20 || subject.p[i] == 0x7f;
	return bad ? registry_fault(c, REGISTRY_INVALID_SUBJECT, "The specified subject is not a valid subject: 1 to %d bytes of text without control characters",
				    REGISTRY_SUBJECT_MAX)
		   : true;
}

static int64_t page(struct call *c, const char *name, int64_t otherwise)
{
	int64_t v;
	struct str text = registry_parameter(c, name);
	return text.p && str_to_i64(text, &v) && v >= 0 ? v : otherwise;
}

/* A statement of one column as a list. */
static void list(struct call *c, sqlite3_stmt *q)
{
	json_out_array(&c->json);
	while (registry_row(c, q)) {
		if (sqlite3_column_type(q, 0) == SQLITE_INTEGER)
			json_out_i64(&c->json, sqlite3_column_int64(q, 0));
		else
			json_out_str(&c->json, registry_text(c, q, 0));
	}
	json_out_end(&c->json);
	registry_end(q);
}

void registry_subjects(struct call *c)
{
	struct str prefix = registry_parameter(c, "subjectPrefix");
	int64_t deleted = registry_flag(c, "deleted"), only = registry_flag(c, "deletedOnly");
	if (str_starts(prefix, STR(":*:"))) /* of all contexts */
		prefix = str_skip(prefix, 3);
	list(c, registry_query(c,
			       "SELECT subject FROM versions WHERE substr(subject, 1, length(?1)) = ?1 GROUP BY subject"
			       " HAVING CASE WHEN ?3 THEN min(deleted) = 1 ELSE ?2 OR min(deleted) = 0 END ORDER BY subject LIMIT ?4 OFFSET ?5",
			       "siiii", prefix, deleted, only, page(c, "limit", INT32_MAX), page(c, "offset", 0)));
}

static bool not_found(struct call *c, struct str subject) { return registry_fault(c, REGISTRY_SUBJECT_NOT_FOUND, "Subject '%.*s' not found.", STR_FMT(subject)); }

/* Whether it has versions; deleted ones too where wanted. False with a fault. */
static bool subject_exists(struct call *c, struct str subject, bool deleted)
{
	int64_t n = registry_number(c, 0, "SELECT count(*) FROM versions WHERE subject = ? AND (deleted = 0 OR ?)", "si", subject, (int64_t)deleted);
	return n || c->error_code ? !c->error_code : not_found(c, subject);
}

void registry_versions(struct call *c)
{
	int64_t deleted = registry_flag(c, "deleted"), only = registry_flag(c, "deletedOnly");
	if (subject_exists(c, c->parameters[0], deleted || only))
		list(c, registry_query(c, "SELECT version FROM versions WHERE subject = ? AND CASE WHEN ? THEN deleted = 1 ELSE ? OR deleted = 0 END ORDER BY version LIMIT ? OFFSET ?",
				       "siiii", c->parameters[0], only, deleted, page(c, "limit", INT32_MAX), page(c, "offset", 0)));
}

bool registry_version_from(struct call *c, struct str text, int64_t *version)
{
	if (str_eq(text, STR("latest")) || str_eq(text, STR("-1"))) {
		*version = VERSION_LATEST;
		return true;
	}
	if (str_to_i64(text, version) && *version >= 1 && *version <= INT32_MAX)
		return true;
	return registry_fault(c, REGISTRY_INVALID_VERSION,
			      "The specified version '%.*s' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"", STR_FMT(text));
}

bool registry_find_version(struct call *c, struct str subject, struct str version, bool deleted, struct registry_schema *s)
{
	int64_t number;
	if (!registry_version_from(c, version, &number) || !subject_exists(c, subject, deleted))
		return false;
	sqlite3_stmt *q = registry_query(c,
					 "SELECT s.type, s.text, s.refs, v.version, v.id FROM versions v JOIN schemas s ON s.id = v.id WHERE v.subject = ?1 AND (?2 = -1 OR v.version = ?2)"
					 " AND (v.deleted = 0 OR ?3) ORDER BY v.version DESC LIMIT 1",
					 "sii", subject, number, (int64_t)deleted);
	bool found = registry_row(c, q) && registry_schema_from_row(c, q, 0, s);
	if (found) {
		s->version = sqlite3_column_int64(q, 3);
		s->id = sqlite3_column_int64(q, 4);
	}
	registry_end(q);
	return found || c->error_code ? found : registry_fault(c, REGISTRY_VERSION_NOT_FOUND, "Version %.*s not found.", STR_FMT(version));
}

static void version_json(struct call *c, struct str subject, const struct registry_schema *s)
{
	json_out_object(&c->json);
	json_kv_str(&c->json, "subject", subject);
	json_kv_i64(&c->json, "version", s->version);
	json_kv_i64(&c->json, "id", s->id);
	registry_schema_json(c, s);
	json_out_end(&c->json);
}

void registry_version(struct call *c)
{
	struct registry_schema s;
	if (registry_find_version(c, c->parameters[0], c->parameters[1], registry_flag(c, "deleted"), &s))
		version_json(c, c->parameters[0], &s);
}

void registry_version_schema(struct call *c)
{
	struct registry_schema s;
	if (registry_find_version(c, c->parameters[0], c->parameters[1], registry_flag(c, "deleted"), &s))
		buf_add(&c->out, s.text);
}

void registry_referenced_by(struct call *c)
{
	struct registry_schema s;
	if (registry_find_version(c, c->parameters[0], c->parameters[1], true, &s))
		list(c, registry_query(c, "SELECT DISTINCT u.id FROM uses u JOIN versions v ON v.id = u.id AND v.deleted = 0 WHERE u.subject = ? AND u.version = ? ORDER BY u.id", "si",
				       c->parameters[0], s.version));
}

/* --- registering ------------------------------------------------------------------------------------------------------------------------------------------ */

/* The version of the subject that has this schema; 0: none. */
static int64_t version_of(struct call *c, struct str subject, const struct registry_schema *s, bool deleted, int64_t *id)
{
	int64_t version = 0;
	sqlite3_stmt *q = registry_query(c,
					 "SELECT v.version, v.id FROM versions v JOIN schemas s ON s.id = v.id WHERE v.subject = ? AND s.hash = ? AND (v.deleted = 0 OR ?)"
					 " ORDER BY v.version DESC LIMIT 1",
					 "sbi", subject, str_from((const char *)s->hash, sizeof(s->hash)), (int64_t)deleted);
	if (registry_row(c, q)) {
		version = sqlite3_column_int64(q, 0);
		*id = sqlite3_column_int64(q, 1);
	}
	registry_end(q);
	return version;
}

void registry_lookup(struct call *c)
{
	struct registry_schema s;
	struct str subject = c->parameters[0];
	bool deleted = registry_flag(c, "deleted");
	if (!subject_exists(c, subject, deleted) || !registry_schema_from_body(c, &s))
		return;
	s.version = version_of(c, subject, &s, deleted, &s.id);
	if (s.version)
		version_json(c, subject, &s);
	else
		registry_fault(c, REGISTRY_SCHEMA_NOT_FOUND, "Schema not found");
}

static void answer_id(struct call *c, int64_t id)
{
	json_out_object(&c->json);
	json_kv_i64(&c->json, "id", id);
	json_out_end(&c->json);
}

static bool room(struct call *c, struct str subject)
{
	if (registry_number(c, 0, "SELECT count(*) FROM schemas", "") >= REGISTRY_SCHEMAS_MAX)
		return registry_fault(c, REGISTRY_NOT_PERMITTED, "there are %d schemas already; delete some permanently", REGISTRY_SCHEMAS_MAX);
	if (registry_number(c, 0, "SELECT count(*) FROM versions WHERE subject = ?", "s", subject) >= REGISTRY_VERSIONS_MAX)
		return registry_fault(c, REGISTRY_NOT_PERMITTED, "Subject '%.*s' has %d versions already; delete some permanently", STR_FMT(subject), REGISTRY_VERSIONS_MAX);
	return !c->error_code;
}

/* The schema's id, a new one where it is not kept yet. */
static int64_t keep_schema(struct call *c, const struct registry_schema *s)
{
	struct str hash = str_from((const char *)s->hash, sizeof(s->hash));
	int64_t id = registry_number(c, 0, "SELECT id FROM schemas WHERE hash = ?", "b", hash);
	if (id || c->error_code)
		return id;
	if (!registry_do(c, "INSERT INTO schemas (type, text, refs, hash) VALUES (?, ?, ?, ?)", "sssb", s->kind->name, s->text, s->references, hash))
		return 0;
	id = sqlite3_last_insert_rowid(c->registry->db);
	for (size_t i = 0; i < s->count; i++)
		registry_do(c, "INSERT OR IGNORE INTO uses (id, subject, version) VALUES (?, ?, ?)", "isi", id, s->list[i].subject, s->list[i].version);
	return id;
}

static void refuse(struct call *c, struct str subject, const struct registry_verdict *v)
{
	struct buf b;
	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < v->count; i++) {
		buf_add(&b, i ? STR(", ") : STR(""));
		buf_add(&b, v->messages[i]);
	}
	registry_fault(c, REGISTRY_INCOMPATIBLE, "Schema being registered is incompatible with an earlier schema for subject \"%.*s\", details: [%.*s]", STR_FMT(subject),
		       STR_FMT(buf_str(&b)));
	buf_release(&b);
}

static void register_new(struct call *c, struct str subject, const struct registry_schema *s)
{
	struct registry_verdict v;
	if (!registry_judge_subject(c, subject, 0, s, &v))
		return;
	if (!v.compatible) {
		refuse(c, subject, &v);
		return;
	}
	if (!room(c, subject))
		return;
	int64_t id = keep_schema(c, s);
	if (registry_do(c, "INSERT INTO versions (subject, version, id) SELECT ?1, coalesce(max(version), 0) + 1, ?2 FROM versions WHERE subject = ?1", "si", subject, id) &&
	    registry_commit(c))
		answer_id(c, id);
}

void registry_register(struct call *c)
{
	struct registry_schema s;
	struct str subject = c->parameters[0];
	int64_t id = 0;
	if (!registry_subject_valid(c, subject) || !registry_may_write(c, subject))
		return;
	if (json_get_i64(c->body, STR("id"), 0) > 0) {
		registry_fault(c, REGISTRY_NOT_PERMITTED, "Subject %.*s is not in import mode", STR_FMT(subject));
		return;
	}
	if (!registry_schema_from_body(c, &s) || !registry_begin(c))
		return;
	if (version_of(c, subject, &s, false, &id))
		answer_id(c, id);
	else if (!c->error_code)
		register_new(c, subject, &s);
}

/* --- deleting -------------------------------------------------------------------------------------------------------------------------------------------------- */

/* Somebody refers to the version: those that are deleted count only where it goes for good. */
static bool unreferenced(struct call *c, struct str subject, int64_t version, bool permanent)
{
	int64_t n = registry_number(c, 0, "SELECT count(*) FROM uses u JOIN versions v ON v.id = u.id AND (v.deleted = 0 OR ?) WHERE u.subject = ? AND u.version = ?", "isi",
				    (int64_t)permanent, subject, version);
	return n ? registry_fault(c, REGISTRY_REFERENCED, "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=%.*s,version=%lld}.", STR_FMT(subject),
				  (long long)version)
		 : !c->error_code;
}

/* What is left of a subject without versions: nothing; and of schemas without versions. */
static bool sweep(struct call *c, struct str subject, bool permanent)
{
	if (!registry_number(c, 0, "SELECT count(*) FROM versions WHERE subject = ? AND deleted = 0", "s", subject)) {
		registry_do(c, "DELETE FROM levels WHERE subject = ?", "s", subject);
		registry_do(c, "DELETE FROM modes WHERE subject = ?", "s", subject);
	}
	if (permanent) {
		registry_do(c, "DELETE FROM uses WHERE id NOT IN (SELECT id FROM versions)", "");
		registry_do(c, "DELETE FROM schemas WHERE id NOT IN (SELECT id FROM versions)", "");
	}
	return !c->error_code;
}

static bool delete_one(struct call *c, struct str subject, int64_t version, bool permanent)
{
	if (!unreferenced(c, subject, version, permanent))
		return false;
	return permanent ? registry_do(c, "DELETE FROM versions WHERE subject = ? AND version = ?", "si", subject, version)
			 : registry_do(c, "UPDATE versions SET deleted = 1 WHERE subject = ? AND version = ?", "si", subject, version);
}

/* Soft before hard. */
static bool version_in_order(struct call *c, struct str subject, int64_t version, bool permanent)
{
	bool deleted = registry_number(c, 0, "SELECT deleted FROM versions WHERE subject = ? AND version = ?", "si", subject, version);
	if (permanent && !deleted)
		return registry_fault(c, REGISTRY_VERSION_NOT_SOFT_DELETED, "Subject '%.*s' Version %lld was not deleted first before being permanently deleted",
				      STR_FMT(subject), (long long)version);
	if (!permanent && deleted)
		return registry_fault(c, REGISTRY_VERSION_SOFT_DELETED, "Subject '%.*s' Version %lld was soft deleted.Set permanent=true to delete permanently", STR_FMT(subject),
				      (long long)version);
	return !c->error_code;
}

void registry_delete_version(struct call *c)
{
	struct registry_schema s;
	struct str subject = c->parameters[0];
	bool permanent = registry_flag(c, "permanent"), latest = str_eq(c->parameters[1], STR("latest")) || str_eq(c->parameters[1], STR("-1"));
	if (!registry_may_write(c, subject) || !registry_begin(c) || !registry_find_version(c, subject, c->parameters[1], permanent || !latest, &s))
		return;
	if (version_in_order(c, subject, s.version, permanent) && delete_one(c, subject, s.version, permanent) && sweep(c, subject, permanent) && registry_commit(c))
		json_out_i64(&c->json, s.version);
}

static bool subject_in_order(struct call *c, struct str subject, bool permanent)
{
	int64_t live = registry_number(c, 0, "SELECT count(*) FROM versions WHERE subject = ? AND deleted = 0", "s", subject);
	if (!subject_exists(c, subject, true))
		return false;
	if (permanent && live)
		return registry_fault(c, REGISTRY_SUBJECT_NOT_SOFT_DELETED, "Subject '%.*s' was not deleted first before being permanently deleted", STR_FMT(subject));
	if (!permanent && !live)
		return registry_fault(c, REGISTRY_SUBJECT_SOFT_DELETED, "Subject '%.*s' was soft deleted.Set permanent=true to delete permanently", STR_FMT(subject));
	return !c->error_code;
}

void registry_delete_subject(struct call *c)
{
	struct str subject = c->parameters[0];
	bool permanent = registry_flag(c, "permanent");
	if (!registry_may_write(c, subject) || !registry_begin(c) || !subject_in_order(c, subject, permanent))
		return;
	json_out_array(&c->json);
	for (int64_t version = 0;;) {
		version = registry_number(c, 0, "SELECT min(version) FROM versions WHERE subject = ? AND version > ? AND deleted = ?", "sii", subject, version, (int64_t)permanent);
		if (!version || !delete_one(c, subject, version, permanent))
			break;
		json_out_i64(&c->json, version);
	}
	json_out_end(&c->json);
	if (!c->error_code && sweep(c, subject, permanent))
		registry_commit(c);
}
