/* The registry's SQLite file: opening, asking, transactions. Texts of SQL are constants; everything from outside is bound as a parameter. */
#include "contract/registry/registry_impl.h"
#include <stdio.h>

/* Schemas are kept once; versions name them. A version that was deleted softly stays with deleted = 1. level and mode of '' are the global ones. */
static const char tables[] =
	"CREATE TABLE IF NOT EXISTS schemas (id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, text TEXT NOT NULL, refs TEXT NOT NULL, hash BLOB NOT NULL UNIQUE);"
	"CREATE TABLE IF NOT EXISTS versions (subject TEXT NOT NULL, version INTEGER NOT NULL, id INTEGER NOT NULL REFERENCES schemas (id), deleted INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (subject, version)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS versions_by_id ON versions (id);"
	"CREATE TABLE IF NOT EXISTS uses (id INTEGER NOT NULL REFERENCES schemas (id), subject TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (subject, version, id)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS levels (subject TEXT PRIMARY KEY, level TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS modes (subject TEXT PRIMARY KEY, mode TEXT NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

static bool setting(struct registry *r, const char *sql) { return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK; }

static int user_version(struct registry *r)
{
	sqlite3_stmt *s = NULL;
	int version = -1;
	if (sqlite3_prepare_v2(r->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

static bool trouble(struct registry *r, struct str file, struct err *e, const char *words)
{
	snprintf(r->trouble, sizeof(r->trouble), "the schema registry's file %.*s cannot be used: %s. Put it back from a backup, or move it away to begin anew", STR_FMT(file), words);
	sqlite3_close_v2(r->db);
	r->db = NULL;
	return err_set(e, ERR_CORRUPT, "%s", r->trouble);
}

bool registry_open(struct registry *r, struct str file, struct err *e)
{
	struct arena a;
	arena_init(&a, 8192);
	struct str path = arena_strz(&a, file);
	int opened = path.p ? sqlite3_open_v2(path.p, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) : SQLITE_NOMEM;
	arena_release(&a);
	if (opened != SQLITE_OK)
		return trouble(r, file, e, r->db ? sqlite3_errmsg(r->db) : "no memory");
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, REGISTRY_SCHEMA_MAX * 8);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	bool ok = setting(r, "PRAGMA locking_mode=EXCLUSIVE") && setting(r, "PRAGMA journal_mode=WAL") && setting(r, "PRAGMA synchronous=FULL") &&
		  setting(r, "PRAGMA trusted_schema=OFF");
	if (!ok)
		return trouble(r, file, e, sqlite3_errmsg(r->db));
	int version = user_version(r);
	if (version != 0 && version != 1)
		return trouble(r, file, e, "it was written by another version of Pleach");
	return setting(r, tables) ? true : trouble(r, file, e, sqlite3_errmsg(r->db));
}

static bool backend(struct call *c)
{
	int code = sqlite3_errcode(c->registry->db);
	return registry_fault(c, REGISTRY_BACKEND, "Error in the backend data store: %s%s", sqlite3_errmsg(c->registry->db), code == SQLITE_FULL ? "; free space on the disk" : "");
}

static bool bind(sqlite3_stmt *s, int i, char type, va_list *args)
{
	if (type == 'i')
		return sqlite3_bind_int64(s, i, va_arg(*args, int64_t)) == SQLITE_OK;
	struct str v = va_arg(*args, struct str);
	const char *p = v.p ? v.p : "";
	return (type == 'b' ? sqlite3_bind_blob(s, i, p, (int)v.len, SQLITE_TRANSIENT) : sqlite3_bind_text(s, i, p, (int)v.len, SQLITE_TRANSIENT)) == SQLITE_OK;
}

sqlite3_stmt *registry_query(struct call *c, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list args;
	if (c->error_code)
		return NULL;
	bool ok = sqlite3_prepare_v2(c->registry->db, sql, -1, &s, NULL) == SQLITE_OK;
	va_start(args, types);
	for (int i = 0; ok && types[i]; i++)
		ok = bind(s, i + 1, types[i], &args);
	va_end(args);
	if (ok)
		return s;
	backend(c);
	sqlite3_finalize(s);
	return NULL;
}

bool registry_row(struct call *c, sqlite3_stmt *s)
{
	if (!s || c->error_code)
		return false;
	int got = sqlite3_step(s);
	if (got == SQLITE_ROW)
		return true;
	return got == SQLITE_DONE ? false : backend(c);
}

void registry_end(sqlite3_stmt *s) { sqlite3_finalize(s); }

struct str registry_text(struct call *c, sqlite3_stmt *s, int column)
{
	const void *p = sqlite3_column_text(s, column);
	struct str copy = arena_str(c->arena, str_from(p ? p : "", p ? (size_t)sqlite3_column_bytes(s, column) : 0));
	if (!copy.p)
		registry_fault(c, REGISTRY_BACKEND, "the answer does not fit into the memory for one request");
	return copy;
}

bool registry_done(struct call *c, sqlite3_stmt *s)
{
	if (!s)
		return false;
	while (registry_row(c, s))
		;
	registry_end(s);
	return !c->error_code;
}

int64_t registry_first(struct call *c, int64_t otherwise, sqlite3_stmt *s)
{
	int64_t v = registry_row(c, s) && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_int64(s, 0) : otherwise;
	registry_end(s);
	return v;
}

bool registry_begin(struct call *c)
{
	c->wrote = registry_do(c, "BEGIN IMMEDIATE", "");
	return c->wrote;
}

bool registry_commit(struct call *c)
{
	bool ok = registry_do(c, "COMMIT", "");
	if (ok)
		c->wrote = false;
	return ok;
}

void registry_rollback(struct call *c)
{
	if (c->wrote)
		setting(c->registry, "ROLLBACK");
	c->wrote = false;
}
