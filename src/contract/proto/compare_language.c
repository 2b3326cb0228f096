/* Options of a field that change generated code of one language (JavaScript, C++, Java), and whether strings are checked for UTF-8. */
#include "contract/proto/compare_field.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

enum { FIELD_OPTION_CTYPE = 1, FIELD_OPTION_JSTYPE = 6, FILE_OPTION_JAVA_CHECK = 27, CPP_VIEW = 1, CPP_CORD = 2, CPP_STRING = 3, JAVA_VERIFY = 2 };
static uint8_t cpp_type(const struct proto_field *f, const struct proto_file *file)
{
	uint64_t ctype = wire_get(proto_options_bytes(f->options), FIELD_OPTION_CTYPE, 99);
	if (ctype == 1)
		return CPP_CORD;
	return f->features.cpp_string ? f->features.cpp_string : file->edition >= 2024 ? CPP_VIEW : CPP_STRING;
}

static bool java_checks(const struct proto_field *f, const struct proto_file *file)
{
	return f->features.utf8 == UTF8_VERIFY || f->features.java_utf8 == JAVA_VERIFY || wire_get(proto_options_bytes(file->options), FILE_OPTION_JAVA_CHECK, 0) != 0;
}

void compare_language_options(const struct field_pair *p)
{
	const struct proto_field *f = p->f, *g = p->g;
	struct comparer *c = p->c;
	struct str a = proto_options_bytes(f->options), b = proto_options_bytes(g->options);
	struct change *x;
	if (f->type != g->type)
		return;
	if (wire_get(a, FIELD_OPTION_JSTYPE, 0) != wire_get(b, FIELD_OPTION_JSTYPE, 0)) {
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_JSTYPE_CHANGED, STR(""));
		compare_say(c, x, "the JavaScript type of `%.*s` of %.*s changed", STR_FMT(p->name), STR_FMT(p->where));
		field_rule(p, x, RULE_BUF_FIELD_SAME_JSTYPE);
		field_prove_code(p, x, "has the old type in JavaScript", "has another type in JavaScript");
	}
	if (f->type != PROTO_STRING && f->type != PROTO_BYTES)
		return;
	if (cpp_type(f, p->a->file) != cpp_type(g, p->b->file) && p->same_syntax) {
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_CPP_TYPE_CHANGED, STR(""));
		compare_say(c, x, "the C++ string type of `%.*s` of %.*s changed", STR_FMT(p->name), STR_FMT(p->where));
		field_rule(p, x, RULE_BUF_FIELD_SAME_CPP_STRING_TYPE);
		field_prove_code(p, x, "has the old type in C++", "has another type in C++");
	}
	if (f->type != PROTO_STRING)
		return;
	bool java = java_checks(f, p->a->file) != java_checks(g, p->b->file);
	if (f->features.utf8 != g->features.utf8) {
		if (!p->same_syntax)
			return;
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_UTF8_CHANGED, STR(""));
		compare_say(c, x, "`%.*s` of %.*s is %s checked for UTF-8", STR_FMT(p->name), STR_FMT(p->where), g->features.utf8 == UTF8_VERIFY ? "now" : "no longer");
		field_rule(p, x, RULE_BUF_FIELD_SAME_UTF8_VALIDATION);
		if (java)
			field_rule(p, x, RULE_BUF_FIELD_SAME_JAVA_UTF8_VALIDATION);
		field_prove(p, x);
	} else if (java) {
		x = field_change(p, CHANGE_KIND_PROTO_FIELD_JAVA_UTF8_CHANGED, STR(""));
		compare_say(c, x, "Java %s checks `%.*s` of %.*s for UTF-8", java_checks(g, p->b->file) ? "now" : "no longer", STR_FMT(p->name), STR_FMT(p->where));
		field_rule(p, x, RULE_BUF_FIELD_SAME_JAVA_UTF8_VALIDATION);
	}
}
