/* SQLite for the services; see db.h. WAL and synchronous=NORMAL: readers never wait for writers, and a commit
 * costs no fsync; after a power cut the last commits may be gone, but the file is whole. */
#include "db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"

enum {
	BUSY_TIMEOUT_MS = 2000,
	OPEN_ATTEMPTS = 200, /* x 5 ms: as long as the busy time-out, which the change to WAL does not obey */
	OPEN_PAUSE_MS = 5,
};

static bool make_directory(const char *path, char *why, size_t size)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return true;
	snprintf(why, size, "cannot create the directory %s: %s", path, strerror(errno));
	return false;
}

/* Two instances that start together on a fresh file both want to make it a WAL file; one is told at once that
 * the file is locked, whatever the busy time-out says, and simply tries again. */
static int prepare_file(sqlite3 *handle, const char *schema)
{
	sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
	int result = SQLITE_BUSY;
	for (int i = 0; i < OPEN_ATTEMPTS && result == SQLITE_BUSY; i++) {
		if (i > 0)
			nanosleep(&(struct timespec){.tv_nsec = OPEN_PAUSE_MS * 1000000L}, NULL);
		result = sqlite3_exec(handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
		if (result == SQLITE_OK)
			result = sqlite3_exec(handle, schema, NULL, NULL, NULL);
	}
	return result;
}

bool db_open(struct db *db, const char *service, const char *schema, char *why, size_t size)
{
	const char *directory = getenv("SHOP_DATA");
	if (!directory || !*directory)
		directory = "data";
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.db", directory, service);
	if (!make_directory(directory, why, size))
		return false;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int result = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (result == SQLITE_OK)
		result = prepare_file(db->handle, schema);
	if (result != SQLITE_OK) {
		snprintf(why, size, "cannot open the database %s: %s", path,
		         db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result));
		sqlite3_close(db->handle);
		db->handle = NULL;
		return false;
	}
	pthread_mutex_init(&db->lock, NULL);
	return true;
}

void db_close(struct db *db)
{
	sqlite3_close(db->handle);
	db->handle = NULL;
	pthread_mutex_destroy(&db->lock);
}

sqlite3_stmt *db_begin(struct db *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement = NULL;
	pthread_mutex_lock(&db->lock);
	if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	va_list values;
	va_start(values, types);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 's')
			sqlite3_bind_text(statement, i + 1, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
		else
			sqlite3_bind_int64(statement, i + 1, va_arg(values, int64_t));
	}
	va_end(values);
	return statement;
}

bool db_row(sqlite3_stmt *statement)
{
	return statement && sqlite3_step(statement) == SQLITE_ROW;
}

bool db_end(struct db *db, const struct trace *trace, sqlite3_stmt *statement)
{
	int result = statement ? sqlite3_finalize(statement) : sqlite3_errcode(db->handle);
	char said[256];
	snprintf(said, sizeof said, "%s", sqlite3_errmsg(db->handle));
	pthread_mutex_unlock(&db->lock);
	if (result == SQLITE_OK)
		return true;
	char message[320];
	snprintf(message, sizeof message, "the database refused: %s", said);
	log_line(LOG_ERROR, trace, message, json_pack("{s:i}", "sqlite_code", result));
	return false;
}

const char *db_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	return text ? text : "";
}
