#!/bin/sh
# An order of orders has its invoice at invoicing. It needs both of them running: ORDERS_URL and INVOICING_URL say where (of a shop under Pleach:
# http://127.0.0.1:8080/orders and http://127.0.0.1:8080/invoicing).
set -eu
ask() { curl -sS --fail-with-body -H "baggage: test.case.name=e2e/invoice.sh" "$@"; }
number() { sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p"; }

order=$(ask -H 'content-type: application/json' -d '{"customer":"Studio Okapi","items":[{"sku":"mug","quantity":2,"price_cents":1250}]}' "$ORDERS_URL/v1/orders" | number id)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	invoice=$(ask "$ORDERS_URL/v1/orders/$order" | number invoice_id)
	[ -z "$invoice" ] || break
	sleep 1
done
[ "$(ask "$INVOICING_URL/v1/invoices/$invoice" | number order_id)" = "$order" ]
echo "order $order has the invoice $invoice"
