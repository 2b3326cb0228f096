/* invoicing: raises an invoice for an order and has the customer told.
 *
 *   POST /v1/invoices        {"order_id": 17, "customer": "...", "amount_cents": 2500}
 *   GET  /v1/invoices/{id}
 *   GET  /v1/invoices?limit=20
 *
 * An invoice's message is pending, then sent. It is tried when the invoice is raised; if notification fails, the
 * invoice stands and any instance sends the message later: an instance claims a due message by moving its
 * next_try_ms into the future, so two never send the same one at once. There is one invoice for an order,
 * however often it is asked for.
 *
 * NOTIFICATION_API=v2 makes it call the second version of notification; without it the first, which goes away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "log.h"
#include "service.h"

enum {
	NOTIFICATION_TIMEOUT_MS = 300,
	AMOUNT_MAX_CENTS = 1000000,
	CUSTOMER_MAX = 120,
};

static const char schema[] = "CREATE TABLE IF NOT EXISTS invoices ("
                             " id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL UNIQUE, customer TEXT NOT NULL,"
                             " amount_cents INTEGER NOT NULL, message TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
                             " next_try_ms INTEGER NOT NULL, raised_ms INTEGER NOT NULL);"
                             "CREATE INDEX IF NOT EXISTS invoices_pending ON invoices (next_try_ms) WHERE message = 'pending'";

#define COLUMNS "id, order_id, customer, amount_cents, message, raised_ms"

struct invoice {
	int64_t id;
	int64_t order_id;
	int64_t amount_cents;
	int64_t tries;
	char customer[CUSTOMER_MAX + 1];
	bool sent;
	bool existed;
};

static json_t *invoice_json(sqlite3_stmt *row)
{
	return json_pack("{s:I, s:I, s:s, s:I, s:s, s:I}", "id", (json_int_t)sqlite3_column_int64(row, 0), "order_id",
	                 (json_int_t)sqlite3_column_int64(row, 1), "customer", db_text(row, 2), "amount_cents",
	                 (json_int_t)sqlite3_column_int64(row, 3), "message", db_text(row, 4), "raised_ms",
	                 (json_int_t)sqlite3_column_int64(row, 5));
}

static void list_invoices(struct request *request, struct reply *reply)
{
	json_t *list = json_array();
	sqlite3_stmt *rows =
	    db_begin(request->db, "SELECT " COLUMNS " FROM invoices ORDER BY id DESC LIMIT ?", "i", request_limit(request));
	while (db_row(rows))
		json_array_append_new(list, invoice_json(rows));
	if (!db_end(request->db, &request->trace, rows)) {
		json_decref(list);
		reply_problem(reply, 500, "not read", "the invoices could not be read");
		return;
	}
	reply->status = 200;
	reply->body = json_pack("{s:o}", "invoices", list);
}

static void show_invoice(struct request *request, struct reply *reply)
{
	json_t *found = NULL;
	sqlite3_stmt *row = db_begin(request->db, "SELECT " COLUMNS " FROM invoices WHERE id = ?", "i", request->id);
	if (db_row(row))
		found = invoice_json(row);
	if (!db_end(request->db, &request->trace, row)) {
		json_decref(found);
		reply_problem(reply, 500, "not read", "the invoice could not be read");
	} else if (!found) {
		reply_problem(reply, 404, "not found", "there is no invoice of this number");
	} else {
		reply->status = 200;
		reply->body = found;
	}
}

/* Asks notification to tell the customer; false, and a log line that says why, where it did not. */
static bool notify(const struct trace *trace, const struct invoice *invoice)
{
	char text[256];
	snprintf(text, sizeof text, "Invoice %lld for order %lld: %lld.%02lld EUR.", (long long)invoice->id,
	         (long long)invoice->order_id, (long long)invoice->amount_cents / 100, (long long)invoice->amount_cents % 100);
	const char *version = getenv("NOTIFICATION_API");
	bool second = version && strcmp(version, "v2") == 0;
	json_t *body =
	    second ? json_pack("{s:I, s:{s:s}, s:s}", "invoice_id", (json_int_t)invoice->id, "recipient", "name", invoice->customer, "text", text)
	           : json_pack("{s:I, s:s, s:s}", "invoice_id", (json_int_t)invoice->id, "customer", invoice->customer, "text", text);
	struct call call = {.dependency = "notification",
	                    .path = second ? "/v2/notifications" : "/v1/notifications",
	                    .body = body,
	                    .timeout_ms = NOTIFICATION_TIMEOUT_MS,
	                    .trace = trace};
	struct answer answer;
	bool sent = client_post(&call, &answer);
	json_t *fields =
	    json_pack("{s:I, s:I, s:s, s:f, s:i}", "invoice_id", (json_int_t)invoice->id, "order_id", (json_int_t)invoice->order_id,
	              "dependency", "notification", "duration_ms", answer.duration_ms, "status", (int)answer.status);
	if (sent) {
		log_line(LOG_INFO, trace, "the customer was notified", fields);
	} else {
		char message[sizeof answer.why + 64];
		snprintf(message, sizeof message, "%s; the invoice stands, the message is sent later", answer.why);
		log_line(LOG_WARN, trace, message, fields);
	}
	answer_release(&answer);
	json_decref(body);
	return sent;
}

/* Stores a new invoice, or finds the one that the order already has. */
static bool store_invoice(struct request *request, struct invoice *invoice)
{
	invoice->id = 0;
	sqlite3_stmt *row =
	    db_begin(request->db,
	             "INSERT INTO invoices (order_id, customer, amount_cents, message, next_try_ms, raised_ms)"
	             " VALUES (?, ?, ?, 'pending', ?, ?) ON CONFLICT (order_id) DO NOTHING RETURNING id",
	             "isiii", invoice->order_id, invoice->customer, invoice->amount_cents, next_try_ms(0), now_ms());
	if (db_row(row))
		invoice->id = sqlite3_column_int64(row, 0);
	if (!db_end(request->db, &request->trace, row))
		return false;
	if (invoice->id > 0)
		return true;
	row = db_begin(request->db, "SELECT id, message = 'sent' FROM invoices WHERE order_id = ?", "i", invoice->order_id);
	if (db_row(row)) {
		invoice->id = sqlite3_column_int64(row, 0);
		invoice->sent = sqlite3_column_int(row, 1);
		invoice->existed = true;
	}
	return db_end(request->db, &request->trace, row) && invoice->id > 0;
}

static void mark_sent(struct db *db, const struct trace *trace, int64_t invoice_id)
{
	sqlite3_stmt *statement = db_begin(db, "UPDATE invoices SET message = 'sent' WHERE id = ?", "i", invoice_id);
	db_row(statement);
	db_end(db, trace, statement); /* on failure it stays pending, and notification knows the repeat for one */
}

static bool read_invoice(const json_t *body, struct invoice *invoice, char *wrong, size_t size)
{
	const char *customer = json_string_value(json_object_get(body, "customer"));
	*invoice = (struct invoice){0};
	invoice->order_id = json_integer_value(json_object_get(body, "order_id"));
	invoice->amount_cents = json_integer_value(json_object_get(body, "amount_cents"));
	if (invoice->order_id <= 0)
		snprintf(wrong, size, "order_id must be the number of an order");
	else if (!customer || !*customer || strlen(customer) > CUSTOMER_MAX)
		snprintf(wrong, size, "customer must be a name of 1 to %d bytes", CUSTOMER_MAX);
	else if (invoice->amount_cents <= 0)
		snprintf(wrong, size, "amount_cents must be more than 0");
	else if (invoice->amount_cents > AMOUNT_MAX_CENTS)
		snprintf(wrong, size, "the amount of %lld cents is above the limit of %d cents for one invoice",
		         (long long)invoice->amount_cents, AMOUNT_MAX_CENTS);
	else {
		memcpy(invoice->customer, customer, strlen(customer) + 1);
		return true;
	}
	return false;
}

static void raise_invoice(struct request *request, struct reply *reply)
{
	struct invoice invoice;
	char wrong[256];
	if (!read_invoice(request->body, &invoice, wrong, sizeof wrong)) {
		reply_problem(reply, 422, "invoice refused", wrong);
		return;
	}
	if (!store_invoice(request, &invoice)) {
		reply_problem(reply, 500, "not stored", "the invoice could not be stored");
		return;
	}
	log_line(LOG_INFO, &request->trace, invoice.existed ? "the order has its invoice already" : "invoice raised",
	         json_pack("{s:I, s:I, s:s, s:I}", "invoice_id", (json_int_t)invoice.id, "order_id", (json_int_t)invoice.order_id,
	                   "customer", invoice.customer, "amount_cents", (json_int_t)invoice.amount_cents));
	if (!invoice.existed && notify(&request->trace, &invoice)) {
		mark_sent(request->db, &request->trace, invoice.id);
		invoice.sent = true;
	}
	reply->status = invoice.existed ? 200 : 201;
	reply->body = json_pack("{s:I, s:I, s:I, s:s}", "id", (json_int_t)invoice.id, "order_id", (json_int_t)invoice.order_id,
	                        "amount_cents", (json_int_t)invoice.amount_cents, "message", invoice.sent ? "sent" : "pending");
	snprintf(reply->location, sizeof reply->location, "invoices/%lld", (long long)invoice.id);
}

/* Claims the message that is longest due; false where none is. */
static bool claim_due(struct db *db, struct invoice *invoice)
{
	*invoice = (struct invoice){0};
	int64_t now = now_ms();
	sqlite3_stmt *row = db_begin(db,
	                             "UPDATE invoices SET tries = tries + 1, next_try_ms = ? WHERE id = (SELECT id"
	                             " FROM invoices WHERE message = 'pending' AND next_try_ms <= ? ORDER BY next_try_ms"
	                             " LIMIT 1) RETURNING id, order_id, customer, amount_cents, tries",
	                             "ii", next_try_ms(0), now);
	if (db_row(row)) {
		invoice->id = sqlite3_column_int64(row, 0);
		invoice->order_id = sqlite3_column_int64(row, 1);
		snprintf(invoice->customer, sizeof invoice->customer, "%s", db_text(row, 2));
		invoice->amount_cents = sqlite3_column_int64(row, 3);
		invoice->tries = sqlite3_column_int64(row, 4);
	}
	return db_end(db, NULL, row) && invoice->id > 0;
}

static void put_off(struct db *db, const struct trace *trace, const struct invoice *invoice)
{
	sqlite3_stmt *statement =
	    db_begin(db, "UPDATE invoices SET next_try_ms = ? WHERE id = ?", "ii", next_try_ms(invoice->tries), invoice->id);
	db_row(statement);
	db_end(db, trace, statement);
}

static bool send_late_message(struct db *db)
{
	struct invoice invoice;
	struct trace trace;
	if (!claim_due(db, &invoice))
		return false;
	trace_begin(&trace);
	log_line(LOG_INFO, &trace, "sending a message that was put off",
	         json_pack("{s:I, s:I, s:I}", "invoice_id", (json_int_t)invoice.id, "order_id", (json_int_t)invoice.order_id,
	                   "tries", (json_int_t)invoice.tries));
	if (notify(&trace, &invoice))
		mark_sent(db, &trace, invoice.id);
	else
		put_off(db, &trace, &invoice);
	trace_release(&trace);
	return true;
}

static const struct route routes[] = {
    {"POST", "/v1/invoices", raise_invoice},
    {"GET", "/v1/invoices", list_invoices},
    {"GET", "/v1/invoices/{id}", show_invoice},
};

int main(int argc, char **argv)
{
	static const struct service service = {
	    .name = "invoicing",
	    .schema = schema,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0],
	    .catch_up = send_late_message,
	};
	return service_run(&service, argc, argv);
}
