/* JSON documents: simdjson's on-demand parser walked once, whole, into the tree of doc.h. Texts without escapes are not copied: they point into the file's
 * text. Offsets come from simdjson's tokens. No exception leaves this file, nothing of simdjson outlives a call. What simdjson's walk would let pass
 * (content behind the value) is checked here; where a text is wrong is found by base/json_place. */
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#define SIMDJSON_EXCEPTIONS 0 /* nothing here can throw by an overlooked conversion */
#include <simdjson.h>

extern "C" {
#include "base/json_place.h"
#include "contract/doc/doc_impl.h"
}

namespace
{

namespace ondemand = simdjson::ondemand;

enum class built { ok, fault, full, told };

/* Members and items of the containers that are not complete: one stack for each kind, its top is the innermost container. */
template <typename T> struct stack {
	T *items = nullptr;
	size_t count = 0, capacity = 0;
	~stack() { free(items); }
	bool push(const T &value)
	{
		if (count == capacity) {
			size_t more = capacity ? capacity * 2 : 256;
			T *moved = static_cast<T *>(realloc(static_cast<void *>(items), more * sizeof(T)));
			if (!moved)
				return false;
			items = moved;
			capacity = more;
		}
		items[count++] = value;
		return true;
	}
};

struct walker {
	struct doc_file *file;
	struct err *err;
	const char *copy; /* the padded copy that simdjson reads; offsets are the same as in the text */
	size_t base;      /* of the copy in the text: behind a byte order mark */
	stack<struct doc> items;
	stack<struct doc_member> members;

	size_t offset(const char *p) const { return static_cast<size_t>(p - copy) + base; }

	/* The text between the quotes when nothing in it is escaped. */
	bool plain(size_t start, struct str *to) const
	{
		const char *from = file->text.p + start;
		const char *end = static_cast<const char *>(memchr(from, '"', file->text.len - start));
		if (!end || memchr(from, '\\', static_cast<size_t>(end - from)))
			return false;
		*to = str_from(from, static_cast<size_t>(end - from));
		return true;
	}

	bool keep(std::string_view from, struct str *to)
	{
		*to = arena_str(file->arena, str_from(from.data(), from.size()));
		return to->p != nullptr;
	}

	built text(ondemand::value from, struct doc *to)
	{
		struct str s;
		if (plain(to->offset + 1, &s)) {
			if (from.get_raw_json_string().error())
				return built::fault;
		} else {
			std::string_view unescaped;
			if (from.get_string().get(unescaped))
				return built::fault;
			if (!keep(unescaped, &s))
				return built::full;
		}
		if (s.len > DOC_COUNT_MAX)
			return built::full;
		to->type = DOC_STRING;
		to->count = static_cast<uint32_t>(s.len) & DOC_COUNT_MAX;
		to->p = s.p;
		return built::ok;
	}

	/* What simdjson does not take as a number: integers beyond uint64, and numbers that are wrong. */
	built big_number(struct doc *to)
	{
		size_t end = to->offset;
		while (end < file->text.len && file->text.p[end] && strchr("+-.0123456789eE", file->text.p[end]))
			end++;
		struct json_fault fault;
		struct str token = str_sub(file->text, to->offset, end);
		double d;
		if (json_find_fault(token, &fault) || !str_to_f64(token, &d))
			return built::fault;
		to->type = DOC_DOUBLE;
		to->d = d;
		return built::ok;
	}

	built number(ondemand::value from, struct doc *to)
	{
		ondemand::number n;
		if (from.get_number().get(n))
			return big_number(to);
		to->type = n.get_number_type() == ondemand::number_type::signed_integer ? DOC_INT : DOC_DOUBLE;
		if (to->type == DOC_INT)
			to->i = n.get_int64();
		else
			to->d = n.as_double();
		return built::ok;
	}

	built array(ondemand::value from, struct doc *to, unsigned depth)
	{
		ondemand::array list;
		size_t bottom = items.count;
		if (from.get_array().get(list))
			return built::fault;
		for (auto item : list) {
			ondemand::value v;
			struct doc node = {};
			if (item.get(v))
				return built::fault;
			built result = value(v, &node, depth);
			if (result != built::ok)
				return result;
			if (!items.push(node))
				return built::full;
		}
		bool ok = doc_make_array(file->arena, to, items.items + bottom, items.count - bottom);
		items.count = bottom;
		return ok ? built::ok : built::full;
	}

	built member(ondemand::field field, struct doc_member *m, unsigned depth)
	{
		struct str key;
		m->key_offset = static_cast<uint32_t>(offset(field.key().raw()) - 1);
		if (!plain(m->key_offset + 1, &key)) {
			std::string_view unescaped;
			if (field.unescaped_key().get(unescaped))
				return built::fault;
			if (!keep(unescaped, &key))
				return built::full;
		}
		m->key = key.p;
		m->key_len = static_cast<uint32_t>(key.len);
		return value(field.value(), &m->value, depth);
	}

	built object(ondemand::value from, struct doc *to, unsigned depth)
	{
		ondemand::object pairs;
		size_t bottom = members.count;
		if (from.get_object().get(pairs))
			return built::fault;
		for (auto item : pairs) {
			ondemand::field field;
			struct doc_member m = {};
			if (std::move(item).get(field))
				return built::fault;
			built result = member(field, &m, depth);
			if (result != built::ok)
				return result;
			if (!members.push(m))
				return built::full;
		}
		uint32_t first = 0, twice;
		if (!doc_make_object(file->arena, to, members.items + bottom, members.count - bottom, &first, &twice))
			return built::full;
		if (twice != UINT32_MAX) {
			doc_fail_twice(file, err, &to->members[first], &to->members[twice]);
			return built::told;
		}
		members.count = bottom;
		return built::ok;
	}

	built nested(ondemand::value from, struct doc *to, unsigned depth, bool is_object)
	{
		if (depth == DOC_DEPTH_MAX) {
			doc_fail(file, err, to->offset, "nested too deeply; 512 levels are allowed. Move inner parts into definitions of their own");
			return built::told;
		}
		return is_object ? object(from, to, depth + 1) : array(from, to, depth + 1);
	}

	built word(ondemand::value from, struct doc *to, bool is_null)
	{
		bool truth = false;
		simdjson::simdjson_result<bool> answer = is_null ? from.is_null() : from.get_bool();
		if (std::move(answer).get(truth) || (is_null && !truth))
			return built::fault;
		to->type = is_null ? DOC_NULL : truth ? DOC_TRUE : DOC_FALSE;
		return built::ok;
	}

	built value(ondemand::value from, struct doc *to, unsigned depth)
	{
		std::string_view token = from.raw_json_token();
		if (token.empty())
			return built::fault;
		to->offset = static_cast<uint32_t>(offset(token.data()));
		switch (token[0]) {
		case '{':
		case '[':
			return nested(from, to, depth, token[0] == '{');
		case '"':
			return text(from, to);
		case 't':
		case 'f':
		case 'n':
			return word(from, to, token[0] == 'n');
		default:
			return number(from, to);
		}
	}
};

/* The first fault of the text, in words; halves of surrogate pairs are legal JSON that no UTF-8 can hold. */
void fail_at_fault(struct doc_file *f, struct err *e)
{
	struct json_fault fault;
	size_t base = str_starts(f->text, STR("\xef\xbb\xbf")) ? 3 : 0;
	if (!json_find_fault_deep(str_skip(f->text, base), DOC_DEPTH_MAX, &fault)) {
		err_set(e, ERR_FILE_INVALID, "not valid JSON: a text holds half of a surrogate pair (\\ud800 to \\udfff stand in pairs only), or a number is too large");
		err_place(e, f->path, 0, 0);
		return;
	}
	err_set(e, ERR_FILE_INVALID, "not valid JSON: %s", fault.what);
	err_place(e, f->path, fault.line, fault.column);
}

built walk(walker &w, ondemand::parser &parser, const simdjson::padded_string &padded, struct doc *root)
{
	ondemand::document document;
	ondemand::value top;
	if (parser.iterate(padded).get(document) || document.get_value().get(top))
		return built::fault;
	built result = w.value(top, root, 0);
	/* The walk ends with the value; whatever follows it would be passed over. */
	return result == built::ok && document.current_location().error() != simdjson::OUT_OF_BOUNDS ? built::fault : result;
}

} // namespace

extern "C" bool doc_read_json(struct doc_file *f, struct err *e)
{
	size_t base = str_starts(f->text, STR("\xef\xbb\xbf")) ? 3 : 0;
	ondemand::parser parser(SIZE_MAX);
	simdjson::padded_string padded(f->text.p + base, f->text.len - base);
	struct doc *root = ARENA_NEW(f->arena, struct doc);
	if (!padded.data() || !root)
		return doc_fail_full(f, e);
	walker w = { f, e, padded.data(), base, {}, {} };
	built result = walk(w, parser, padded, root);
	if (result == built::fault)
		fail_at_fault(f, e);
	else if (result == built::full)
		doc_fail_full(f, e);
	f->root = root;
	return result == built::ok;
}
