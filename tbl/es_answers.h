/* What Elasticsearch's clients ask before, beside and after _bulk, and what they are told: methods (blank-separated; GET answers HEAD too), path
 * ({x}: any one segment), status, body. None of it changes anything: an index, a template or a policy is neither needed nor kept here. The
 * version is above any client's own: Beats refuse servers older than themselves. Rows are looked at in their order. */
#define ES_VERSION "9.99.0"
#define ES_LICENSE "\"license\":{\"uid\":\"00000000-0000-0000-0000-000000000000\",\"type\":\"oss\",\"status\":\"active\",\"expiry_date_in_millis\":4000000000000}"
#define ES_HEALTH                                                                                                                              \
	"{\"cluster_name\":\"pleach\",\"status\":\"green\",\"timed_out\":false,\"number_of_nodes\":1,\"number_of_data_nodes\":1,\"active_primary_shards\":1," \
	"\"active_shards\":1,\"relocating_shards\":0,\"initializing_shards\":0,\"unassigned_shards\":0,\"active_shards_percent_as_number\":100.0}"
#define ES_DONE "{\"acknowledged\":true}"
ES_ANSWER_ROW("GET", "/", 200,
	"{\"name\":\"pleach\",\"cluster_name\":\"pleach\",\"cluster_uuid\":\"pleach\",\"version\":{\"number\":\"" ES_VERSION "\",\"build_flavor\":\"default\","
	"\"build_type\":\"tar\",\"build_hash\":\"pleach\",\"build_date\":\"2026-01-01T00:00:00Z\",\"build_snapshot\":false,\"lucene_version\":\"10.0.0\","
	"\"minimum_wire_compatibility_version\":\"8.0.0\",\"minimum_index_compatibility_version\":\"8.0.0\"},\"tagline\":\"You Know, for Search\"}")
ES_ANSWER_ROW("GET", "/_license", 200, "{" ES_LICENSE "}")
ES_ANSWER_ROW("GET", "/_xpack", 200, "{\"build\":{\"hash\":\"pleach\",\"date\":\"2026-01-01T00:00:00Z\"}," ES_LICENSE ",\"features\":{}}")
ES_ANSWER_ROW("GET", "/_cluster/health", 200, ES_HEALTH)
ES_ANSWER_ROW("GET", "/_cluster/health/{index}", 200, ES_HEALTH)
ES_ANSWER_ROW("GET", "/_cat/health", 200, "[{\"cluster\":\"pleach\",\"status\":\"green\"}]")
ES_ANSWER_ROW("GET", "/_nodes/http", 200, "{\"_nodes\":{\"total\":0,\"successful\":0,\"failed\":0},\"cluster_name\":\"pleach\",\"nodes\":{}}")
ES_ANSWER_ROW("GET", "/_nodes/{node}/http", 200, "{\"_nodes\":{\"total\":0,\"successful\":0,\"failed\":0},\"cluster_name\":\"pleach\",\"nodes\":{}}")
ES_ANSWER_ROW("GET POST", "/_refresh", 200, "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}")
ES_ANSWER_ROW("GET POST", "/{index}/_refresh", 200, "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}")
ES_ANSWER_ROW("GET POST", "/{index}/_flush", 200, "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}")
ES_ANSWER_ROW("GET", "/_ilm/policy/{name}", 200, "{}")
ES_ANSWER_ROW("PUT POST DELETE", "/_ilm/policy/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_index_template/{name}", 200, "{}")
ES_ANSWER_ROW("PUT POST DELETE", "/_index_template/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_component_template/{name}", 200, "{}")
ES_ANSWER_ROW("PUT POST DELETE", "/_component_template/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_template/{name}", 200, "{}")
ES_ANSWER_ROW("PUT POST DELETE", "/_template/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_ingest/pipeline/{name}", 200, "{}")
ES_ANSWER_ROW("PUT DELETE", "/_ingest/pipeline/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_data_stream/{name}", 200, "{\"data_streams\":[]}")
ES_ANSWER_ROW("PUT DELETE", "/_data_stream/{name}", 200, ES_DONE)
ES_ANSWER_ROW("GET", "/_alias/{name}", 200, "{}")
ES_ANSWER_ROW("GET", "/_logstash/pipeline", 200, "{}")
ES_ANSWER_ROW("GET", "/_logstash/pipeline/{name}", 200, "{}")
ES_ANSWER_ROW("HEAD", "/{index}", 200, "")
ES_ANSWER_ROW("PUT", "/{index}", 200, "{\"acknowledged\":true,\"shards_acknowledged\":true}")
