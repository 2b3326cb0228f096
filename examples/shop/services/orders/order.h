/* An order and its table. Used by orders.c, which takes the requests and asks for the invoice. */
#ifndef SHOP_ORDER_H
#define SHOP_ORDER_H

#include "service.h"

enum { CUSTOMER_MAX = 120, SKU_MAX = 64, ITEMS_MAX = 100, QUANTITY_MAX = 1000, PRICE_MAX_CENTS = 10000000 };

/* What became of an order's invoice. Pending: to be raised later. Refused: invoicing said no, and so does the order. */
enum invoice_state { INVOICE_PENDING, INVOICE_RAISED, INVOICE_REFUSED };

struct order {
	int64_t id;
	char customer[CUSTOMER_MAX + 1];
	json_t *items; /* borrowed from the request */
	int64_t total_cents;
	int64_t tries;
};

extern const char order_schema[];

/* Checks what the caller sent; false, and `wrong` says what. */
bool order_read(json_t *body, struct order *order, char *wrong, size_t size);

/* Stores it with its invoice pending and sets its id. */
bool order_store(struct db *db, const struct trace *trace, struct order *order);

/* Notes what became of the invoice; `reason` for a refusal, otherwise NULL. */
bool order_note(struct db *db, const struct trace *trace, int64_t id, enum invoice_state state, int64_t invoice_id,
                const char *reason);

/* Claims the order whose invoice is longest due to be asked for again; false where none is. */
bool order_claim_due(struct db *db, struct order *order);
void order_put_off(struct db *db, const struct trace *trace, const struct order *order);

/* Both set the reply. */
void order_show(struct request *request, struct reply *reply);
void order_list(struct request *request, struct reply *reply);

#endif
