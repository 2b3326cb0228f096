/* notification: tells customers what happened to their orders.
 *
 *   POST /v2/notifications        {"invoice_id": 7, "recipient": {"name": "...", "language": "en"}, "text": "..."}
 *   GET  /v2/notifications/{id}
 *   GET  /v2/notifications?limit=20
 *
 * Beside it the first version, which goes away (service.yaml says when): it has "customer", a name, where the second has "recipient".
 *
 *   POST /v1/notifications        {"invoice_id": 7, "customer": "...", "text": "..."}
 *   GET  /v1/notifications/{id}
 *   GET  /v1/notifications?limit=20
 *
 * There is one message for an invoice, however often it is asked for: callers that gave up waiting ask again. */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "relay.h"
#include "service.h"

enum { TEXT_MAX = 2000, CUSTOMER_MAX = 120 };

static const char schema[] = "CREATE TABLE IF NOT EXISTS notifications ("
                             " id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL UNIQUE, customer TEXT NOT NULL,"
                             " text TEXT NOT NULL, sent_ms INTEGER NOT NULL)";

#define COLUMNS "id, invoice_id, customer, text, sent_ms"

/* In the form of the version that was asked. */
static json_t *notification_json(sqlite3_stmt *row, bool second)
{
	if (second)
		return json_pack("{s:I, s:I, s:{s:s}, s:s, s:I}", "id", (json_int_t)sqlite3_column_int64(row, 0), "invoice_id",
		                 (json_int_t)sqlite3_column_int64(row, 1), "recipient", "name", db_text(row, 2), "text", db_text(row, 3),
		                 "sent_ms", (json_int_t)sqlite3_column_int64(row, 4));
	return json_pack("{s:I, s:I, s:s, s:s, s:I}", "id", (json_int_t)sqlite3_column_int64(row, 0), "invoice_id",
	                 (json_int_t)sqlite3_column_int64(row, 1), "customer", db_text(row, 2), "text", db_text(row, 3), "sent_ms",
	                 (json_int_t)sqlite3_column_int64(row, 4));
}

static void list_notifications(struct request *request, struct reply *reply, bool second)
{
	json_t *list = json_array();
	sqlite3_stmt *rows =
	    db_begin(request->db, "SELECT " COLUMNS " FROM notifications ORDER BY id DESC LIMIT ?", "i", request_limit(request));
	while (db_row(rows))
		json_array_append_new(list, notification_json(rows, second));
	if (!db_end(request->db, &request->trace, rows)) {
		json_decref(list);
		reply_problem(reply, 500, "not read", "the notifications could not be read");
		return;
	}
	reply->status = 200;
	reply->body = json_pack("{s:o}", "notifications", list);
}

static void show_notification(struct request *request, struct reply *reply, bool second)
{
	json_t *found = NULL;
	sqlite3_stmt *row = db_begin(request->db, "SELECT " COLUMNS " FROM notifications WHERE id = ?", "i", request->id);
	if (db_row(row))
		found = notification_json(row, second);
	if (!db_end(request->db, &request->trace, row)) {
		json_decref(found);
		reply_problem(reply, 500, "not read", "the notification could not be read");
	} else if (!found) {
		reply_problem(reply, 404, "not found", "there is no notification of this number");
	} else {
		reply->status = 200;
		reply->body = found;
	}
}

/* The number of the message that was sent for the invoice; 0 for none, -1 where that could not be found out. */
static int64_t sent_before(struct request *request, int64_t invoice_id)
{
	int64_t id = 0;
	sqlite3_stmt *row = db_begin(request->db, "SELECT id FROM notifications WHERE invoice_id = ?", "i", invoice_id);
	if (db_row(row))
		id = sqlite3_column_int64(row, 0);
	return db_end(request->db, &request->trace, row) ? id : -1;
}

static int64_t store_sent(struct request *request, int64_t invoice_id, const char *customer, const char *text)
{
	int64_t id = 0;
	sqlite3_stmt *row = db_begin(request->db,
	                             "INSERT INTO notifications (invoice_id, customer, text, sent_ms) VALUES (?, ?, ?, ?)"
	                             " ON CONFLICT (invoice_id) DO UPDATE SET invoice_id = invoice_id RETURNING id",
	                             "issi", invoice_id, customer, text, now_ms());
	if (db_row(row))
		id = sqlite3_column_int64(row, 0);
	return db_end(request->db, &request->trace, row) ? id : 0;
}

static const char *what_is_wrong(int64_t invoice_id, const char *customer, const char *text, bool second)
{
	if (invoice_id <= 0)
		return "invoice_id must be the number of an invoice";
	if (!customer || !*customer || strlen(customer) > CUSTOMER_MAX)
		return second ? "recipient.name must be a name of 1 to 120 bytes" : "customer must be a name of 1 to 120 bytes";
	if (!text || !*text || strlen(text) > TEXT_MAX)
		return "text must have 1 to 2000 bytes";
	return NULL;
}

/* Gives the message to the relay and says in the log how that went. False, and the reply is set, if it refused. */
static bool hand_to_relay(struct request *request, int64_t invoice_id, struct reply *reply)
{
	struct relay_result relay = relay_send();
	json_t *fields = json_pack("{s:I, s:i}", "invoice_id", (json_int_t)invoice_id, "relay_ms", relay.took_ms);
	if (relay.refusal) {
		char detail[256];
		snprintf(detail, sizeof detail, "the mail relay refused the message: %s", relay.refusal);
		json_object_set_new(fields, "relay_answer", json_string(relay.refusal));
		log_line(LOG_ERROR, &request->trace, detail, fields);
		reply_problem(reply, 503, "mail relay refused", detail);
		return false;
	}
	if (relay.took_ms >= RELAY_SLOW_MS)
		log_line(LOG_WARN, &request->trace, "the mail relay was slow to take the message", fields);
	else
		log_line(LOG_INFO, &request->trace, "the mail relay took the message", fields);
	return true;
}

static void send_notification(struct request *request, struct reply *reply, bool second)
{
	const json_t *recipient = second ? json_object_get(request->body, "recipient") : request->body;
	int64_t invoice_id = json_integer_value(json_object_get(request->body, "invoice_id"));
	const char *customer = json_string_value(json_object_get(recipient, second ? "name" : "customer"));
	const char *text = json_string_value(json_object_get(request->body, "text"));
	const char *wrong = what_is_wrong(invoice_id, customer, text, second);
	if (wrong) {
		reply_problem(reply, 422, "notification refused", wrong);
		return;
	}
	int64_t id = sent_before(request, invoice_id);
	bool repeated = id > 0;
	log_line(LOG_INFO, &request->trace, repeated ? "this message was sent before" : "sending a message",
	         json_pack("{s:I, s:s}", "invoice_id", (json_int_t)invoice_id, "customer", customer));
	if (!repeated && !hand_to_relay(request, invoice_id, reply))
		return;
	if (!repeated)
		id = store_sent(request, invoice_id, customer, text);
	if (id <= 0) {
		reply_problem(reply, 500, "not stored", "the message was sent, but could not be stored");
		return;
	}
	reply->status = repeated ? 200 : 201;
	reply->body = json_pack("{s:I, s:I}", "id", (json_int_t)id, "invoice_id", (json_int_t)invoice_id);
	snprintf(reply->location, sizeof reply->location, "notifications/%lld", (long long)id);
}

static void send_first(struct request *request, struct reply *reply) { send_notification(request, reply, false); }
static void send_second(struct request *request, struct reply *reply) { send_notification(request, reply, true); }
static void list_first(struct request *request, struct reply *reply) { list_notifications(request, reply, false); }
static void list_second(struct request *request, struct reply *reply) { list_notifications(request, reply, true); }
static void show_first(struct request *request, struct reply *reply) { show_notification(request, reply, false); }
static void show_second(struct request *request, struct reply *reply) { show_notification(request, reply, true); }

static const struct route routes[] = {
    {"POST", "/v1/notifications", send_first},
    {"GET", "/v1/notifications", list_first},
    {"GET", "/v1/notifications/{id}", show_first},
    {"POST", "/v2/notifications", send_second},
    {"GET", "/v2/notifications", list_second},
    {"GET", "/v2/notifications/{id}", show_second},
};

int main(int argc, char **argv)
{
	relay_setup();
	static const struct service service = {
	    .name = "notification",
	    .schema = schema,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0],
	};
	return service_run(&service, argc, argv);
}
