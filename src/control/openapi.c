/* GET /api/openapi.json: OpenAPI 3.1, made from the rows of tbl/routes.h and the schemas of tbl/schemas.json (embedded at build time). */
#include "base/check.h"
#include "control/console.h"
#include "control/state.h"

static const struct row {
	struct str part, method, path, id, summary, parameters, schema;
} rows[] = {
#define ROUTE_ROW(part_, method_, path_, id_, summary_, parameters_, schema_)                                                                  \
	{ STR_INIT(part_), STR_INIT(method_), STR_INIT(path_), STR_INIT(#id_), STR_INIT(summary_), STR_INIT(parameters_), STR_INIT(schema_) },
#include "tbl/routes.h"
#undef ROUTE_ROW
};

static void parameter(struct json_out *o, struct str name, struct str where)
{
	json_out_object(o);
	json_kv_str(o, "name", name);
	json_kv_str(o, "in", where);
	json_kv_bool(o, "required", str_eq(where, STR("path")));
	json_out_key(o, STR("schema"));
	json_out_raw(o, STR("{\"type\":\"string\"}"));
	json_out_end(o);
}

static void parameters(struct json_out *o, const struct row *r)
{
	struct str path = r->path, list = r->parameters;
	json_out_key(o, STR("parameters"));
	json_out_array(o);
	while (path.p) {
		struct str segment = str_split(&path, '/');
		if (str_starts(segment, STR("{")))
			parameter(o, str_sub(segment, 1, segment.len - 1), STR("path"));
	}
	while (list.p) {
		struct str name = str_split(&list, ' ');
		if (name.len)
			parameter(o, name, STR("query"));
	}
	json_out_end(o);
}

static void schema_ref(struct json_out *o, struct arena *a, struct str name)
{
	json_out_key(o, STR("content"));
	json_out_object(o);
	json_out_key(o, STR("application/json"));
	json_out_object(o);
	json_out_key(o, STR("schema"));
	json_out_object(o);
	json_kv_str(o, "$ref", arena_printf(a, "#/components/schemas/%.*s", STR_FMT(name)));
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

static void operation(struct json_out *o, struct arena *a, const struct row *r)
{
	char method[8] = { 0 };
	for (size_t i = 0; i < r->method.len && i + 1 < sizeof(method); i++)
		method[i] = (char)(r->method.p[i] | 0x20);
	json_out_key(o, str_z(method));
	json_out_object(o);
	json_kv_str(o, "operationId", r->id);
	json_kv_str(o, "summary", r->summary);
	json_out_key(o, STR("tags"));
	json_out_array(o);
	json_out_str(o, r->part);
	json_out_end(o);
	parameters(o, r);
	json_out_key(o, STR("responses"));
	json_out_object(o);
	json_out_key(o, STR("2XX"));
	json_out_object(o);
	json_kv_str(o, "description", r->summary);
	if (r->schema.len)
		schema_ref(o, a, r->schema);
	json_out_end(o);
	json_out_key(o, STR("default"));
	json_out_object(o);
	json_kv_str(o, "description", STR("An error, under its name or code"));
	schema_ref(o, a, str_starts(r->path, STR(CONTROL_REGISTRY_PATH)) ? STR("RegistryError") :
		       str_starts(r->path, STR(CONTROL_BROKER_PATH)) ? STR("BrokerError") : STR("Error"));
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
}

void api_openapi(struct http_exchange *x)
{
	struct buf b;
	struct json_out o;
	buf_init(&b, 4u << 20);
	json_out_init(&o, &b);
	json_out_object(&o);
	json_kv_str(&o, "openapi", STR("3.1.0"));
	json_out_key(&o, STR("info"));
	json_out_raw(&o, STR("{\"title\":\"Pleach\",\"version\":\"" PLEACH_VERSION "\"}"));
	json_out_key(&o, STR("paths"));
	json_out_object(&o);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first &= !str_eq(rows[k].path, rows[i].path);
		if (!first)
			continue;
		json_out_key(&o, rows[i].path);
		json_out_object(&o);
		for (size_t k = i; k < ARRAY_LEN(rows); k++)
			if (str_eq(rows[k].path, rows[i].path))
				operation(&o, http_arena(x), &rows[k]);
		json_out_end(&o);
	}
	json_out_end(&o);
	json_out_key(&o, STR("components"));
	json_out_object(&o);
	json_out_key(&o, STR("schemas"));
	json_out_raw(&o, str_strip(asset_get(STR("schemas"))));
	json_out_end(&o);
	json_out_end(&o);
	api_answer(x, &b);
}
