/* The orders table; see order.h. Items are kept as the JSON they came as: nobody asks for them one by one. */
#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char order_schema[] = "CREATE TABLE IF NOT EXISTS orders ("
                            " id INTEGER PRIMARY KEY, customer TEXT NOT NULL, items TEXT NOT NULL, total_cents INTEGER NOT NULL,"
                            " invoice TEXT NOT NULL, invoice_id INTEGER, reason TEXT, tries INTEGER NOT NULL DEFAULT 0,"
                            " next_try_ms INTEGER NOT NULL, placed_ms INTEGER NOT NULL);"
                            "CREATE INDEX IF NOT EXISTS orders_pending ON orders (next_try_ms) WHERE invoice = 'pending';"
                            "CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer, id)";

#define COLUMNS "id, customer, items, total_cents, invoice, invoice_id, reason, placed_ms"

static const char *const state_names[] = {
    [INVOICE_PENDING] = "pending", [INVOICE_RAISED] = "raised", [INVOICE_REFUSED] = "refused"};

/* Adds one item's price to the total; false, and `wrong` says what is the matter with the item. */
static bool read_item(const json_t *item, size_t index, int64_t *total, char *wrong, size_t size)
{
	const char *sku = json_string_value(json_object_get(item, "sku"));
	int64_t quantity = json_integer_value(json_object_get(item, "quantity"));
	const json_t *price = json_object_get(item, "price_cents");
	int64_t cents = json_integer_value(price);
	if (!sku || !*sku || strlen(sku) > SKU_MAX)
		snprintf(wrong, size, "items[%zu].sku must have 1 to %d bytes", index, SKU_MAX);
	else if (quantity < 1 || quantity > QUANTITY_MAX)
		snprintf(wrong, size, "items[%zu].quantity must be a whole number from 1 to %d", index, QUANTITY_MAX);
	else if (!json_is_integer(price) || cents < 0 || cents > PRICE_MAX_CENTS)
		snprintf(wrong, size, "items[%zu].price_cents must be a whole number from 0 to %d", index, PRICE_MAX_CENTS);
	else {
		*total += quantity * cents; /* within the limits 1e12 at most */
		return true;
	}
	return false;
}

bool order_read(json_t *body, struct order *order, char *wrong, size_t size)
{
	const char *customer = json_string_value(json_object_get(body, "customer"));
	*order = (struct order){.items = json_object_get(body, "items")};
	if (!customer || !*customer || strlen(customer) > CUSTOMER_MAX) {
		snprintf(wrong, size, "customer must be a name of 1 to %d bytes", CUSTOMER_MAX);
		return false;
	}
	size_t count = json_array_size(order->items);
	if (count < 1 || count > ITEMS_MAX) {
		snprintf(wrong, size, "items must be a list of 1 to %d items", ITEMS_MAX);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!read_item(json_array_get(order->items, i), i, &order->total_cents, wrong, size))
			return false;
	if (order->total_cents == 0) {
		snprintf(wrong, size, "an order must cost more than 0 cents");
		return false;
	}
	memcpy(order->customer, customer, strlen(customer) + 1);
	return true;
}

bool order_store(struct db *db, const struct trace *trace, struct order *order)
{
	char *items = json_dumps(order->items, JSON_COMPACT);
	sqlite3_stmt *row = db_begin(db,
	                             "INSERT INTO orders (customer, items, total_cents, invoice, next_try_ms, placed_ms)"
	                             " VALUES (?, ?, ?, 'pending', ?, ?) RETURNING id",
	                             "ssiii", order->customer, items, order->total_cents, next_try_ms(0), now_ms());
	if (db_row(row))
		order->id = sqlite3_column_int64(row, 0);
	free(items);
	return db_end(db, trace, row) && order->id > 0;
}

bool order_note(struct db *db, const struct trace *trace, int64_t id, enum invoice_state state, int64_t invoice_id,
                const char *reason)
{
	sqlite3_stmt *statement = db_begin(db, "UPDATE orders SET invoice = ?, invoice_id = nullif(?, 0), reason = ? WHERE id = ?",
	                                   "sisi", state_names[state], invoice_id, reason, id);
	db_row(statement);
	return db_end(db, trace, statement);
}

bool order_claim_due(struct db *db, struct order *order)
{
	*order = (struct order){0};
	int64_t now = now_ms();
	sqlite3_stmt *row = db_begin(db,
	                             "UPDATE orders SET tries = tries + 1, next_try_ms = ? WHERE id = (SELECT id FROM"
	                             " orders WHERE invoice = 'pending' AND next_try_ms <= ? ORDER BY next_try_ms LIMIT 1)"
	                             " RETURNING id, customer, total_cents, tries",
	                             "ii", next_try_ms(0), now);
	if (db_row(row)) {
		order->id = sqlite3_column_int64(row, 0);
		snprintf(order->customer, sizeof order->customer, "%s", db_text(row, 1));
		order->total_cents = sqlite3_column_int64(row, 2);
		order->tries = sqlite3_column_int64(row, 3);
	}
	return db_end(db, NULL, row) && order->id > 0;
}

void order_put_off(struct db *db, const struct trace *trace, const struct order *order)
{
	sqlite3_stmt *statement =
	    db_begin(db, "UPDATE orders SET next_try_ms = ? WHERE id = ?", "ii", next_try_ms(order->tries), order->id);
	db_row(statement);
	db_end(db, trace, statement);
}

static json_t *order_json(sqlite3_stmt *row)
{
	json_t *order =
	    json_pack("{s:I, s:s, s:o, s:I, s:s, s:I}", "id", (json_int_t)sqlite3_column_int64(row, 0), "customer", db_text(row, 1),
	              "items", json_loads(db_text(row, 2), 0, NULL), "total_cents", (json_int_t)sqlite3_column_int64(row, 3),
	              "invoice", db_text(row, 4), "placed_ms", (json_int_t)sqlite3_column_int64(row, 7));
	if (sqlite3_column_type(row, 5) != SQLITE_NULL)
		json_object_set_new(order, "invoice_id", json_integer(sqlite3_column_int64(row, 5)));
	if (sqlite3_column_type(row, 6) != SQLITE_NULL)
		json_object_set_new(order, "reason", json_string(db_text(row, 6)));
	return order;
}

void order_show(struct request *request, struct reply *reply)
{
	json_t *found = NULL;
	sqlite3_stmt *row = db_begin(request->db, "SELECT " COLUMNS " FROM orders WHERE id = ?", "i", request->id);
	if (db_row(row))
		found = order_json(row);
	if (!db_end(request->db, &request->trace, row)) {
		json_decref(found);
		reply_problem(reply, 500, "not read", "the order could not be read");
	} else if (!found) {
		reply_problem(reply, 404, "not found", "there is no order of this number");
	} else {
		reply->status = 200;
		reply->body = found;
	}
}

void order_list(struct request *request, struct reply *reply)
{
	const char *customer = request_query(request, "customer");
	json_t *list = json_array();
	sqlite3_stmt *rows =
	    customer
	        ? db_begin(request->db, "SELECT " COLUMNS " FROM orders WHERE customer = ? ORDER BY id DESC LIMIT ?", "si",
	                   customer, request_limit(request))
	        : db_begin(request->db, "SELECT " COLUMNS " FROM orders ORDER BY id DESC LIMIT ?", "i", request_limit(request));
	while (db_row(rows))
		json_array_append_new(list, order_json(rows));
	if (!db_end(request->db, &request->trace, rows)) {
		json_decref(list);
		reply_problem(reply, 500, "not read", "the orders could not be read");
		return;
	}
	reply->status = 200;
	reply->body = json_pack("{s:o}", "orders", list);
}
