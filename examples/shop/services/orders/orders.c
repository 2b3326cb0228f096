/* orders: takes what customers order and has it invoiced.
 *
 *   POST /v1/orders        {"customer": "...", "items": [{"sku": "...", "quantity": 2, "price_cents": 1250}]}
 *   GET  /v1/orders/{id}
 *   GET  /v1/orders?limit=20&customer=...
 *
 * 201: placed and invoiced. 202: placed, the invoice is raised later, because invoicing failed just now.
 * 422: refused, by orders (what was sent makes no sense) or by invoicing (the amount). */
#include <stdio.h>

#include "client.h"
#include "log.h"
#include "order.h"

enum { INVOICING_TIMEOUT_MS = 800 };

struct invoice_result {
	enum invoice_state state;
	int64_t invoice_id;
	char reason[512]; /* of a refusal */
};

static void log_invoicing(const struct trace *trace, const struct order *order, const struct answer *answer,
                          const struct invoice_result *result)
{
	char message[sizeof answer->why + 64];
	json_t *fields = json_pack("{s:I, s:s, s:f, s:i}", "order_id", (json_int_t)order->id, "dependency", "invoicing",
	                           "duration_ms", answer->duration_ms, "status", (int)answer->status);
	switch (result->state) {
	case INVOICE_RAISED:
		json_object_set_new(fields, "invoice_id", json_integer(result->invoice_id));
		log_line(LOG_INFO, trace, "the order was invoiced", fields);
		break;
	case INVOICE_REFUSED:
		snprintf(message, sizeof message, "the order is refused: %s", result->reason);
		log_line(LOG_WARN, trace, message, fields);
		break;
	case INVOICE_PENDING:
		snprintf(message, sizeof message, "%s; the order stands, its invoice is raised later", answer->why);
		log_line(LOG_ERROR, trace, message, fields);
		break;
	}
}

/* Asks invoicing for the order's invoice and notes what came of it. */
static bool ask_invoicing(struct db *db, const struct trace *trace, const struct order *order, struct invoice_result *result)
{
	*result = (struct invoice_result){.state = INVOICE_PENDING};
	json_t *body = json_pack("{s:I, s:s, s:I}", "order_id", (json_int_t)order->id, "customer", order->customer, "amount_cents",
	                         (json_int_t)order->total_cents);
	struct call call = {
	    .dependency = "invoicing", .path = "/v1/invoices", .body = body, .timeout_ms = INVOICING_TIMEOUT_MS, .trace = trace};
	struct answer answer;
	if (client_post(&call, &answer)) {
		result->state = INVOICE_RAISED;
		result->invoice_id = json_integer_value(json_object_get(answer.body, "id"));
	} else if (answer.status == 422) {
		const char *detail = json_string_value(json_object_get(answer.body, "detail"));
		result->state = INVOICE_REFUSED;
		snprintf(result->reason, sizeof result->reason, "%s", detail ? detail : answer.why);
	}
	log_invoicing(trace, order, &answer, result);
	answer_release(&answer);
	json_decref(body);
	return result->state == INVOICE_PENDING || order_note(db, trace, order->id, result->state, result->invoice_id,
	                                                      result->state == INVOICE_REFUSED ? result->reason : NULL);
}

static void answer_order(const struct order *order, const struct invoice_result *result, struct reply *reply)
{
	if (result->state == INVOICE_REFUSED) {
		reply_problem(reply, 422, "order refused", result->reason);
		return;
	}
	bool raised = result->state == INVOICE_RAISED;
	reply->status = raised ? 201 : 202;
	reply->body = json_pack("{s:I, s:s, s:I, s:s}", "id", (json_int_t)order->id, "customer", order->customer, "total_cents",
	                        (json_int_t)order->total_cents, "invoice", raised ? "raised" : "pending");
	if (raised)
		json_object_set_new(reply->body, "invoice_id", json_integer(result->invoice_id));
	snprintf(reply->location, sizeof reply->location, "orders/%lld", (long long)order->id);
}

static void place_order(struct request *request, struct reply *reply)
{
	struct order order;
	struct invoice_result result;
	char wrong[256];
	if (!order_read(request->body, &order, wrong, sizeof wrong)) {
		reply_problem(reply, 422, "order refused", wrong);
		return;
	}
	if (!order_store(request->db, &request->trace, &order)) {
		reply_problem(reply, 500, "not stored", "the order could not be stored");
		return;
	}
	log_line(LOG_INFO, &request->trace, "order received",
	         json_pack("{s:I, s:s, s:I, s:I}", "order_id", (json_int_t)order.id, "customer", order.customer, "items",
	                   (json_int_t)json_array_size(order.items), "amount_cents", (json_int_t)order.total_cents));
	if (ask_invoicing(request->db, &request->trace, &order, &result))
		answer_order(&order, &result, reply);
	else
		reply_problem(reply, 500, "not stored", "what became of the invoice could not be stored");
}

static bool raise_late_invoice(struct db *db)
{
	struct order order;
	struct trace trace;
	struct invoice_result result;
	if (!order_claim_due(db, &order))
		return false;
	trace_begin(&trace);
	log_line(LOG_INFO, &trace, "asking for an invoice that was put off",
	         json_pack("{s:I, s:I}", "order_id", (json_int_t)order.id, "tries", (json_int_t)order.tries));
	ask_invoicing(db, &trace, &order, &result);
	if (result.state == INVOICE_PENDING)
		order_put_off(db, &trace, &order);
	trace_release(&trace);
	return true;
}

static const struct route routes[] = {
    {"POST", "/v1/orders", place_order},
    {"GET", "/v1/orders", order_list},
    {"GET", "/v1/orders/{id}", order_show},
};

int main(int argc, char **argv)
{
	const struct service service = {
	    .name = "orders",
	    .schema = order_schema,
	    .routes = routes,
	    .route_count = sizeof routes / sizeof routes[0],
	    .catch_up = raise_late_invoice,
	};
	return service_run(&service, argc, argv);
}
