/* JSON reading: simdjson's DOM behind the C interface of base/json.h, copied into a tree in the caller's arena. The only C++ file: no
 * exception leaves it (simdjson is used through its error codes), and nothing of simdjson outlives a call but one small parser a
 * thread, kept because its buffers cost more to make than a log line costs to parse. Texts above KEEP_BYTES get a parser of their own,
 * so that one large body does not leave its memory behind (simdjson takes about ten times the text). */
#include <climits>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

extern "C" {
#include "base/json.h"
#include "base/json_place.h"
}

namespace
{

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t KEEP_BYTES = 64 * 1024;
/* simdjson counts its own levels; ours are counted while building, so it only has to be above. */
constexpr size_t PARSER_DEPTH = JSON_MAX_DEPTH + 8;
/* Array and object sizes on simdjson's tape saturate here. */
constexpr size_t SIZE_SATURATED = 0xFFFFFF;

enum class built { ok, full, deep };

struct builder {
	struct arena *arena;

	bool text(std::string_view from, struct str *to)
	{
		*to = arena_str(arena, str_from(from.data(), from.size()));
		return to->p != nullptr;
	}

	built array(simdjson::dom::array from, struct json *to, int depth)
	{
		size_t n = from.size();
		if (n >= SIZE_SATURATED) {
			n = 0;
			for (element item : from) {
				(void)item;
				n++;
			}
		}
		to->type = JSON_ARRAY;
		to->count = (uint32_t)n;
		to->items = ARENA_ARRAY(arena, n, struct json);
		if (!to->items)
			return built::full;
		struct json *at = to->items;
		for (element item : from) {
			built result = value(item, at++, depth);
			if (result != built::ok)
				return result;
		}
		return built::ok;
	}

	built object(simdjson::dom::object from, struct json *to, int depth)
	{
		size_t n = from.size();
		if (n >= SIZE_SATURATED) {
			n = 0;
			for (auto field : from) {
				(void)field;
				n++;
			}
		}
		to->type = JSON_OBJECT;
		to->count = (uint32_t)n;
		to->members = ARENA_ARRAY(arena, n, struct json_member);
		if (!to->members)
			return built::full;
		struct json_member *at = to->members;
		for (auto field : from) {
			if (!text(field.key, &at->key))
				return built::full;
			built result = value(field.value, &at->value, depth);
			if (result != built::ok)
				return result;
			at++;
		}
		return built::ok;
	}

	built value(element from, struct json *to, int depth)
	{
		switch (from.type()) {
		case element_type::ARRAY:
			return depth == JSON_MAX_DEPTH ? built::deep : array(from.get_array().value_unsafe(), to, depth + 1);
		case element_type::OBJECT:
			return depth == JSON_MAX_DEPTH ? built::deep : object(from.get_object().value_unsafe(), to, depth + 1);
		case element_type::INT64:
			to->type = JSON_INT;
			to->i = from.get_int64().value_unsafe();
			return built::ok;
		case element_type::UINT64:
			to->type = JSON_UINT;
			to->u = from.get_uint64().value_unsafe();
			return built::ok;
		case element_type::DOUBLE:
			to->type = JSON_DOUBLE;
			to->d = from.get_double().value_unsafe();
			return built::ok;
		case element_type::STRING:
			to->type = JSON_STRING;
			return text(from.get_string().value_unsafe(), &to->s) ? built::ok : built::full;
		case element_type::BOOL:
			to->type = from.get_bool().value_unsafe() ? JSON_TRUE : JSON_FALSE;
			return built::ok;
		case element_type::NULL_VALUE:
			to->type = JSON_NULL;
			return built::ok;
		}
		__builtin_unreachable();
	}
};

/* Every failure of the text itself: where and what by our own scan, in simdjson's words where the scan finds nothing. */
void fail(struct err *e, struct str text, simdjson::error_code code)
{
	struct json_fault fault;
	if (!json_find_fault(text, &fault)) {
		err_set(e, ERR_INPUT, "not valid JSON: %s", simdjson::error_message(code));
		return;
	}
	if (!err_is_set(e)) {
		err_set(e, ERR_INPUT, "not valid JSON: %s", fault.what);
		err_place(e, str_from(nullptr, 0), fault.line, fault.column);
	}
}

simdjson::error_code parse(simdjson::dom::parser &parser, struct str text, element *root)
{
	/* simdjson reads up to SIMDJSON_PADDING bytes beyond the text; the `true` makes it copy into a padded buffer of its own. */
	return parser.parse(text.p, text.len, true).get(*root);
}

simdjson::error_code parse_relaxed(simdjson::dom::parser &parser, struct str text, element *root)
{
	simdjson::error_code code = parse(parser, text, root);
	if (code != simdjson::NUMBER_ERROR && code != simdjson::STRING_ERROR)
		return code;
	struct buf relaxed;
	buf_init(&relaxed, text.len * 2 + 64);
	if (json_relax(text, &relaxed))
		code = parse(parser, buf_str(&relaxed), root);
	buf_release(&relaxed);
	return code;
}

} // namespace

extern "C" const struct json *json_parse(struct arena *a, struct str text, struct err *e)
{
	static thread_local simdjson::dom::parser kept;
	std::unique_ptr<simdjson::dom::parser> own;
	simdjson::dom::parser *parser = &kept;
	if (text.len > UINT32_MAX / 2) {
		err_set(e, ERR_TOO_LARGE, "a JSON text of %zu bytes is too large", text.len);
		return nullptr;
	}
	if (text.len > KEEP_BYTES) {
		own.reset(new (std::nothrow) simdjson::dom::parser);
		parser = own.get();
	}
	if (!parser || (parser->max_depth() != PARSER_DEPTH && parser->allocate(KEEP_BYTES / 16, PARSER_DEPTH) != simdjson::SUCCESS)) {
		err_set(e, ERR_NO_MEMORY, "no memory to parse a JSON text of %zu bytes", text.len);
		return nullptr;
	}
	element root;
	simdjson::error_code code = parse_relaxed(*parser, text.len ? text : STR(""), &root);
	if (code == simdjson::MEMALLOC || code == simdjson::CAPACITY) {
		err_set(e, ERR_NO_MEMORY, "no memory to parse a JSON text of %zu bytes", text.len);
		return nullptr;
	}
	if (code != simdjson::SUCCESS) {
		fail(e, text, code);
		return nullptr;
	}
	builder build = { a };
	struct json *tree = ARENA_NEW(a, struct json);
	built result = tree ? build.value(root, tree, 0) : built::full;
	if (result == built::deep)
		fail(e, text, simdjson::DEPTH_ERROR);
	else if (result == built::full)
		err_set(e, ERR_TOO_LARGE, "the JSON text needs more than %zu bytes when read", a->limit);
	return result == built::ok ? tree : nullptr;
}
