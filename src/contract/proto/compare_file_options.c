/* Options of a file that generated code depends on: packages, prefixes, class names, services. */
#include "contract/proto/compare.h"
#include "contract/proto/wire.h"
#include "contract/proto/witness.h"

/* File options that generated code depends on: number in FileOptions, name, the peers' rule, the value that leaving it out means. */
static const struct { uint32_t number; struct str name; enum rule_id rule; bool text; uint64_t otherwise; } file_options[] = {
	{ 1, STR_INIT("java_package"), RULE_BUF_FILE_SAME_JAVA_PACKAGE, true, 0 },
	{ 8, STR_INIT("java_outer_classname"), RULE_BUF_FILE_SAME_JAVA_OUTER_CLASSNAME, true, 0 },
	{ 9, STR_INIT("optimize_for"), RULE_BUF_FILE_SAME_OPTIMIZE_FOR, false, 1 },
	{ 10, STR_INIT("java_multiple_files"), RULE_BUF_FILE_SAME_JAVA_MULTIPLE_FILES, false, 0 },
	{ 11, STR_INIT("go_package"), RULE_BUF_FILE_SAME_GO_PACKAGE, true, 0 },
	{ 16, STR_INIT("cc_generic_services"), RULE_BUF_FILE_SAME_CC_GENERIC_SERVICES, false, 0 },
	{ 17, STR_INIT("java_generic_services"), RULE_BUF_FILE_SAME_JAVA_GENERIC_SERVICES, false, 0 },
	{ 18, STR_INIT("py_generic_services"), RULE_BUF_FILE_SAME_PY_GENERIC_SERVICES, false, 0 },
	{ 31, STR_INIT("cc_enable_arenas"), RULE_BUF_FILE_SAME_CC_ENABLE_ARENAS, false, 1 },
	{ 36, STR_INIT("objc_class_prefix"), RULE_BUF_FILE_SAME_OBJC_CLASS_PREFIX, true, 0 },
	{ 37, STR_INIT("csharp_namespace"), RULE_BUF_FILE_SAME_CSHARP_NAMESPACE, true, 0 },
	{ 39, STR_INIT("swift_prefix"), RULE_BUF_FILE_SAME_SWIFT_PREFIX, true, 0 },
	{ 40, STR_INIT("php_class_prefix"), RULE_BUF_FILE_SAME_PHP_CLASS_PREFIX, true, 0 },
	{ 41, STR_INIT("php_namespace"), RULE_BUF_FILE_SAME_PHP_NAMESPACE, true, 0 },
	{ 44, STR_INIT("php_metadata_namespace"), RULE_BUF_FILE_SAME_PHP_METADATA_NAMESPACE, true, 0 },
	{ 45, STR_INIT("ruby_package"), RULE_BUF_FILE_SAME_RUBY_PACKAGE, true, 0 },
};

static uint32_t option_offset(const struct proto_file *f, uint32_t number)
{
	const struct proto_option *o = proto_option_find(f->options, number);
	return o ? o->offset : f->package_offset;
}

void compare_file_options(struct comparer *c, struct proto_file *f, struct proto_file *g)
{
	struct str a = proto_options_bytes(f->options), b = proto_options_bytes(g->options);
	if (str_eq(a, b))
		return;
	for (size_t i = 0; i < sizeof(file_options) / sizeof(file_options[0]); i++) {
		uint32_t number = file_options[i].number;
		struct str s = wire_get_bytes(a, number), t = wire_get_bytes(b, number);
		uint64_t v = wire_get(a, number, file_options[i].otherwise), w = wire_get(b, number, file_options[i].otherwise);
		if (file_options[i].text ? str_eq(s, t) : v == w)
			continue;
		struct change *x = compare_add(c, CHANGE_KIND_PROTO_FILE_OPTION_CHANGED, f->path, file_options[i].name, f, option_offset(f, number), g, option_offset(g, number));
		compare_rule(c, x, file_options[i].rule);
		if (file_options[i].text)
			compare_say(c, x, "%.*s of %.*s changed from \"%.*s\" to \"%.*s\"", STR_FMT(file_options[i].name), STR_FMT(f->path), STR_FMT(s), STR_FMT(t));
		else
			compare_say(c, x, "%.*s of %.*s changed from %llu to %llu", STR_FMT(file_options[i].name), STR_FMT(f->path), (unsigned long long)v, (unsigned long long)w);
		witness_code(c, x, file_options[i].text && s.len ? s : file_options[i].name, "is what code was generated with", "is something else");
	}
}
