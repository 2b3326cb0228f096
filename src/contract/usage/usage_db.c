/* The SQLite file of what consumers use: opening, reading it whole, transactions. Texts of SQL are constants; what comes from outside is bound. */
#include "contract/usage/usage_impl.h"
#include <stdio.h>

/* first, last: ms since 1970. day: days since then. */
static const char tables[] =
	"CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, service TEXT NOT NULL, version TEXT NOT NULL, consumer TEXT NOT NULL, operation TEXT NOT NULL, field TEXT NOT NULL,"
	" first INTEGER NOT NULL, last INTEGER NOT NULL, trace BLOB NOT NULL, UNIQUE (service, version, consumer, operation, field));"
	"CREATE TABLE IF NOT EXISTS days (id INTEGER NOT NULL REFERENCES names (id), day INTEGER NOT NULL, calls INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY (id, day)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS versions (consumer TEXT NOT NULL, service TEXT NOT NULL, version TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (consumer, service, version)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS watched (service TEXT NOT NULL, version TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (service, version)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, boot TEXT NOT NULL, sequence INTEGER NOT NULL) WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

static bool setting(struct usage *u, const char *sql) { return sqlite3_exec(u->db, sql, NULL, NULL, NULL) == SQLITE_OK; }

static bool trouble(struct usage *u, struct str file, struct err *e, const char *words)
{
	snprintf(u->trouble, sizeof(u->trouble), "the file of what consumers use, %.*s, cannot be used: %s. Put it back from a backup, or move it away to begin anew", STR_FMT(file), words);
	sqlite3_close_v2(u->db);
	u->db = NULL;
	return err_set(e, ERR_CORRUPT, "%s", u->trouble);
}

static bool failed(struct usage *u, struct err *e)
{
	int code = sqlite3_errcode(u->db);
	return err_set(e, code == SQLITE_FULL ? ERR_DISK_FULL : ERR_SYSTEM, "what consumers use cannot be written: %s%s", sqlite3_errmsg(u->db), code == SQLITE_FULL ? "; free space on the disk" : "");
}

static struct str column(sqlite3_stmt *s, int i)
{
	const void *p = sqlite3_column_blob(s, i);
	return str_from(p ? p : "", p ? (size_t)sqlite3_column_bytes(s, i) : 0);
}

/* --- reading ----------------------------------------------------------------------------------------------------------------------------------- */

static bool read_name(struct usage *u, sqlite3_stmt *s)
{
	char text[USAGE_KEY_MAX];
	struct str key, trace = column(s, 8);
	if (!usage_key(text, &key, column(s, 1), column(s, 2), column(s, 3), column(s, 4), column(s, 5)) || u->rows.count >= USAGE_ROWS_MAX)
		return true; /* none of ours */
	struct usage_row *r = usage_row_add(u, key, sqlite3_column_int64(s, 0));
	if (!r)
		return false;
	r->first_ms = sqlite3_column_int64(s, 6);
	r->last_ms = sqlite3_column_int64(s, 7);
	memcpy(r->trace, trace.p, trace.len < sizeof(r->trace) ? trace.len : sizeof(r->trace));
	return true;
}

static bool read_day(struct usage *u, sqlite3_stmt *s)
{
	char text[USAGE_KEY_MAX];
	struct str key;
	struct usage_row *r = usage_key(text, &key, column(s, 0), column(s, 1), column(s, 2), column(s, 3), column(s, 4)) ? map_get(&u->rows, key) : NULL;
	int64_t day = sqlite3_column_int64(s, 5);
	if (r && day >= 0 && sqlite3_column_int64(s, 6) >= 0)
		usage_row_count(r, day, (uint64_t)sqlite3_column_int64(s, 6), (uint64_t)sqlite3_column_int64(s, 7));
	return true;
}

static bool read_version(struct usage *u, sqlite3_stmt *s)
{
	usage_version_seen(u, column(s, 0), column(s, 1), column(s, 2), sqlite3_column_int64(s, 3));
	return true;
}

static bool read_watched(struct usage *u, sqlite3_stmt *s)
{
	usage_watched_set(u, column(s, 0), column(s, 1), sqlite3_column_int64(s, 2));
	return true;
}

static bool read_source(struct usage *u, sqlite3_stmt *s)
{
	return usage_boot_set(u, column(s, 0), column(s, 1), (uint64_t)sqlite3_column_int64(s, 2)) != NULL;
}

static bool read_all(struct usage *u, const char *sql, bool (*row)(struct usage *u, sqlite3_stmt *s))
{
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(u->db, sql, -1, &s, NULL) == SQLITE_OK;
	int got = ok ? sqlite3_step(s) : SQLITE_DONE;
	for (; got == SQLITE_ROW && ok; got = sqlite3_step(s))
		ok = row(u, s);
	sqlite3_finalize(s);
	return ok && got == SQLITE_DONE;
}

bool usage_read(struct usage *u, struct err *e)
{
	bool ok = read_all(u, "SELECT id, service, version, consumer, operation, field, first, last, trace FROM names", read_name) &&
		  read_all(u, "SELECT service, version, consumer, operation, field, day, calls, failed FROM days JOIN names USING (id) ORDER BY day", read_day) &&
		  read_all(u, "SELECT consumer, service, version, last FROM versions", read_version) && read_all(u, "SELECT service, version, since FROM watched", read_watched) &&
		  read_all(u, "SELECT name, boot, sequence FROM sources", read_source);
	return ok || err_set(e, ERR_CORRUPT, "what consumers use cannot be read: %s", sqlite3_errmsg(u->db));
}

static int user_version(struct usage *u)
{
	sqlite3_stmt *s = NULL;
	int version = -1;
	if (sqlite3_prepare_v2(u->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

bool usage_open(struct usage *u, struct str file, struct err *e)
{
	struct err wrong = { 0 };
	struct arena a;
	arena_init(&a, 8192);
	struct str path = arena_strz(&a, file);
	int opened = path.p ? sqlite3_open_v2(path.p, &u->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) : SQLITE_NOMEM;
	arena_release(&a);
	if (opened != SQLITE_OK)
		return trouble(u, file, e, u->db ? sqlite3_errmsg(u->db) : "no memory");
	sqlite3_limit(u->db, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_db_config(u->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	bool ok = setting(u, "PRAGMA locking_mode=EXCLUSIVE") && setting(u, "PRAGMA journal_mode=WAL") && setting(u, "PRAGMA synchronous=FULL") && setting(u, "PRAGMA trusted_schema=OFF");
	if (!ok)
		return trouble(u, file, e, sqlite3_errmsg(u->db));
	int version = user_version(u);
	if (version != 0 && version != 1)
		return trouble(u, file, e, "it was written by another version of Pleach");
	if (!setting(u, tables))
		return trouble(u, file, e, sqlite3_errmsg(u->db));
	return usage_read(u, &wrong) || trouble(u, file, e, wrong.message);
}

/* --- writing ----------------------------------------------------------------------------------------------------------------------------------- */

static bool bind(sqlite3_stmt *s, int i, char type, va_list *args)
{
	if (type == 'i')
		return sqlite3_bind_int64(s, i, va_arg(*args, int64_t)) == SQLITE_OK;
	struct str v = va_arg(*args, struct str);
	const char *p = v.p ? v.p : "";
	return (type == 'b' ? sqlite3_bind_blob(s, i, p, (int)v.len, SQLITE_TRANSIENT) : sqlite3_bind_text(s, i, p, (int)v.len, SQLITE_TRANSIENT)) == SQLITE_OK;
}

bool usage_do(struct usage *u, int64_t *id, struct err *e, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list args;
	int got = SQLITE_ERROR;
	bool ok = sqlite3_prepare_v2(u->db, sql, -1, &s, NULL) == SQLITE_OK;
	va_start(args, types);
	for (int i = 0; ok && types[i]; i++)
		ok = bind(s, i + 1, types[i], &args);
	va_end(args);
	if (ok && (got = sqlite3_step(s)) == SQLITE_ROW) {
		if (id)
			*id = sqlite3_column_int64(s, 0);
		while ((got = sqlite3_step(s)) == SQLITE_ROW)
			;
	}
	ok = (ok && got == SQLITE_DONE) || failed(u, e);
	sqlite3_finalize(s);
	return ok;
}

bool usage_begin(struct usage *u, struct err *e) { return usage_do(u, NULL, e, "BEGIN IMMEDIATE", ""); }
bool usage_commit(struct usage *u, struct err *e) { return usage_do(u, NULL, e, "COMMIT", ""); }
void usage_rollback(struct usage *u) { setting(u, "ROLLBACK"); }
