/* What may stand before a path of the store's: senders set up for another receiver keep their paths. The rest of the path is looked up as if it
 * stood alone; rows are looked at in their order. */
ROUTE_PREFIX_ROW("/insert/elasticsearch")
ROUTE_PREFIX_ROW("/insert/opentelemetry")
ROUTE_PREFIX_ROW("/insert")
ROUTE_PREFIX_ROW("/elasticsearch")
ROUTE_PREFIX_ROW("/otlp")
