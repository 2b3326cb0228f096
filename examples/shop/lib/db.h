/* A service's own SQLite database: one connection, used by one thread at a time; several processes may share
 * the file (two instances of a service). A query takes the connection, db_end gives it back. */
#ifndef SHOP_DB_H
#define SHOP_DB_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

struct db {
	sqlite3 *handle;
	pthread_mutex_t lock;
};

/* Opens ${SHOP_DATA:-data}/<service>.db, creating directory, file and tables (`schema` must do no harm when run
 * again). On failure false, `why` says what was wrong, and nothing is left open. */
bool db_open(struct db *db, const char *service, const char *schema, char *why, size_t size);
void db_close(struct db *db);

/* Prepares a statement and binds its parameters in order; `types` has a letter for each: s text (NULL allowed),
 * i int64_t. Takes the connection until db_end, which is due even when NULL came back. */
sqlite3_stmt *db_begin(struct db *db, const char *sql, const char *types, ...);

/* The next row: true. False at the end and on failure; db_end tells the two apart. */
bool db_row(sqlite3_stmt *statement);

/* Finishes the statement and gives the connection back. False, and a log line, where something failed. */
bool db_end(struct db *db, const struct trace *trace, sqlite3_stmt *statement);

/* A text column, "" for NULL; valid until the next db_row or db_end. */
const char *db_text(sqlite3_stmt *statement, int column);

#endif
