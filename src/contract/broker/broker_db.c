/* The broker's SQLite file: opening, asking, transactions. Texts of SQL are constants; everything from outside is bound as a parameter. */
#include "contract/broker/broker_impl.h"
#include <stdio.h>

/* Deleting a row takes what hangs on it along. A pact's text is kept once for each content. Times are ms since 1970. */
static const char tables[] =
	"CREATE TABLE IF NOT EXISTS pacticipants (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, display TEXT NOT NULL DEFAULT '', main_branch TEXT NOT NULL DEFAULT '',"
	" repository_url TEXT NOT NULL DEFAULT '', repository_name TEXT NOT NULL DEFAULT '', repository_namespace TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, updated INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS labels (pacticipant INTEGER NOT NULL REFERENCES pacticipants (id) ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (pacticipant, name)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS versions (id INTEGER PRIMARY KEY AUTOINCREMENT, pacticipant INTEGER NOT NULL REFERENCES pacticipants (id) ON DELETE CASCADE, number TEXT NOT NULL,"
	" build_url TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, UNIQUE (pacticipant, number));"
	"CREATE TABLE IF NOT EXISTS branches (id INTEGER PRIMARY KEY AUTOINCREMENT, pacticipant INTEGER NOT NULL REFERENCES pacticipants (id) ON DELETE CASCADE, name TEXT NOT NULL,"
	" created INTEGER NOT NULL, UNIQUE (pacticipant, name));"
	"CREATE TABLE IF NOT EXISTS branch_versions (id INTEGER PRIMARY KEY AUTOINCREMENT, branch INTEGER NOT NULL REFERENCES branches (id) ON DELETE CASCADE,"
	" version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE, created INTEGER NOT NULL, UNIQUE (branch, version));"
	"CREATE INDEX IF NOT EXISTS branch_versions_of ON branch_versions (version);"
	"CREATE TABLE IF NOT EXISTS tags (version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE, name TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (version, name)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS environments (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, display TEXT NOT NULL, production INTEGER NOT NULL,"
	" contacts TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS deployments (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, released INTEGER NOT NULL,"
	" version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE, environment INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,"
	" instance TEXT NOT NULL, created INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX IF NOT EXISTS deployments_of ON deployments (version);"
	"CREATE TABLE IF NOT EXISTS contents (id INTEGER PRIMARY KEY AUTOINCREMENT, consumer INTEGER NOT NULL REFERENCES pacticipants (id) ON DELETE CASCADE,"
	" provider INTEGER NOT NULL REFERENCES pacticipants (id) ON DELETE CASCADE, sha TEXT NOT NULL, text BLOB NOT NULL, created INTEGER NOT NULL, UNIQUE (consumer, provider, sha));"
	"CREATE INDEX IF NOT EXISTS contents_of ON contents (provider);"
	"CREATE TABLE IF NOT EXISTS pacts (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,"
	" content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE, provider INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, UNIQUE (version, provider));"
	"CREATE INDEX IF NOT EXISTS pacts_of ON pacts (content);"
	"CREATE TABLE IF NOT EXISTS verifications (id INTEGER PRIMARY KEY AUTOINCREMENT, content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE, number INTEGER NOT NULL,"
	" version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE, success INTEGER NOT NULL, wip INTEGER NOT NULL, build_url TEXT NOT NULL, details TEXT NOT NULL, created INTEGER NOT NULL,"
	" UNIQUE (content, number));"
	"CREATE INDEX IF NOT EXISTS verifications_of ON verifications (version);"
	"CREATE TABLE IF NOT EXISTS webhooks (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, description TEXT NOT NULL,"
	" consumer INTEGER REFERENCES pacticipants (id) ON DELETE CASCADE, provider INTEGER REFERENCES pacticipants (id) ON DELETE CASCADE,"
	" consumer_label TEXT NOT NULL, provider_label TEXT NOT NULL, events INTEGER NOT NULL, enabled INTEGER NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL,"
	" username TEXT NOT NULL, password TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, webhook INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,"
	" event TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL, headers TEXT NOT NULL, created INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL);"
	"CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (webhook);"
	"PRAGMA user_version = 1;";

static bool setting(struct broker *b, const char *sql) { return sqlite3_exec(b->db, sql, NULL, NULL, NULL) == SQLITE_OK; }

static int user_version(struct broker *b)
{
	sqlite3_stmt *s = NULL;
	int version = -1;
	if (sqlite3_prepare_v2(b->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		version = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return version;
}

static bool trouble(struct broker *b, struct err *e, const char *words)
{
	snprintf(b->trouble, sizeof(b->trouble), "the broker's file %.255s cannot be used: %s. Put it back from a backup, or move it away to begin anew", b->file, words);
	sqlite3_close_v2(b->db);
	b->db = NULL;
	return err_set(e, ERR_CORRUPT, "%s", b->trouble);
}

bool broker_open(struct broker *b, struct str file, struct err *e)
{
	int length = snprintf(b->file, sizeof(b->file), "%.*s", STR_FMT(file));
	int opened = length > 0 && (size_t)length < sizeof(b->file)
			     ? sqlite3_open_v2(b->file, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL)
			     : SQLITE_CANTOPEN;
	if (opened != SQLITE_OK)
		return trouble(b, e, b->db ? sqlite3_errmsg(b->db) : "no memory, or too long a name");
	sqlite3_limit(b->db, SQLITE_LIMIT_LENGTH, BROKER_PACT_MAX * 2);
	sqlite3_db_config(b->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	bool ok = setting(b, "PRAGMA locking_mode=EXCLUSIVE") && setting(b, "PRAGMA journal_mode=WAL") && setting(b, "PRAGMA synchronous=FULL") &&
		  setting(b, "PRAGMA trusted_schema=OFF") && setting(b, "PRAGMA foreign_keys=ON");
	if (!ok)
		return trouble(b, e, sqlite3_errmsg(b->db));
	int version = user_version(b);
	if (version != 0 && version != 1)
		return trouble(b, e, "it was written by another version of Pleach");
	return setting(b, tables) ? true : trouble(b, e, sqlite3_errmsg(b->db));
}

static bool backend(struct call *c)
{
	int code = sqlite3_errcode(c->broker->db);
	return broker_fault(c, 503, "the broker's file failed: %s%s", sqlite3_errmsg(c->broker->db), code == SQLITE_FULL ? "; free space on the disk" : "");
}

static bool bind(sqlite3_stmt *s, int i, char type, va_list *args)
{
	if (type == 'i')
		return sqlite3_bind_int64(s, i, va_arg(*args, int64_t)) == SQLITE_OK;
	if (type == 'n') { /* a row's id; 0: NULL */
		int64_t id = va_arg(*args, int64_t);
		return (id ? sqlite3_bind_int64(s, i, id) : sqlite3_bind_null(s, i)) == SQLITE_OK;
	}
	struct str v = va_arg(*args, struct str);
	const char *p = v.p ? v.p : "";
	return (type == 'b' ? sqlite3_bind_blob(s, i, p, (int)v.len, SQLITE_TRANSIENT) : sqlite3_bind_text(s, i, p, (int)v.len, SQLITE_TRANSIENT)) == SQLITE_OK;
}

sqlite3_stmt *broker_query(struct call *c, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list args;
	if (c->failed)
		return NULL;
	bool ok = sqlite3_prepare_v2(c->broker->db, sql, -1, &s, NULL) == SQLITE_OK;
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

bool broker_row(struct call *c, sqlite3_stmt *s)
{
	if (!s || c->failed)
		return false;
	int got = sqlite3_step(s);
	if (got == SQLITE_ROW)
		return true;
	return got == SQLITE_DONE ? false : backend(c);
}

void broker_end(sqlite3_stmt *s) { sqlite3_finalize(s); }

struct str broker_column(struct arena *a, sqlite3_stmt *s, int column)
{
	const void *p = sqlite3_column_blob(s, column);
	return arena_str(a, str_from(p ? p : "", p ? (size_t)sqlite3_column_bytes(s, column) : 0));
}

bool broker_done(struct call *c, sqlite3_stmt *s)
{
	if (!s)
		return false;
	while (broker_row(c, s))
		;
	broker_end(s);
	return !c->failed;
}

int64_t broker_last_id(struct call *c) { return sqlite3_last_insert_rowid(c->broker->db); }

bool broker_begin(struct call *c)
{
	if (!c->wrote)
		c->wrote = broker_do(c, "BEGIN IMMEDIATE", "");
	return c->wrote;
}

/* What hangs on a deleted row went with it, so the memory is read anew; that is rare, and always right. */
bool broker_commit(struct call *c)
{
	if (!c->wrote)
		return !c->failed;
	if (c->broker->memory.full)
		return broker_fault(c, 507, "the broker's memory is full: delete pacticipants or branches that are not needed any more");
	if (!broker_do(c, "COMMIT", ""))
		return false;
	c->wrote = false;
	return !c->stale || broker_load(c->broker) || broker_fault(c, 503, "%s", c->broker->trouble);
}

void broker_rollback(struct call *c)
{
	if (!c->wrote)
		return;
	setting(c->broker, "ROLLBACK");
	c->wrote = false;
	broker_load(c->broker);
}
