/* The model of Protocol Buffers contracts: files, messages, enums, services, resolved and ready to compare. Read from .proto text (proto2, proto3, editions
 * 2023 and 2024) and from descriptor sets (protoc -o, buf images) into the same structures.
 *
 * Everything lives in the model's arena; names point into the source's texts where they can, so the source must outlive the model. Arrays are exact and
 * do not move once the model is read. Names, numbers and types follow google/protobuf/descriptor.proto.
 * Limits: PROTO_DEPTH_MAX levels of nesting in text, types and option values; PROTO_FIELDS_MAX fields a message, PROTO_VALUES_MAX values an enum, PROTO_RESERVED_MAX ranges
 * and names reserved in either; PROTO_MODEL_BYTES of memory a model. */
#ifndef PLEACH_CONTRACT_PROTO_PROTO_H
#define PLEACH_CONTRACT_PROTO_PROTO_H
#include "base/map.h"
#include "contract/format.h"

enum { PROTO_DEPTH_MAX = 100, PROTO_MODEL_BYTES = 2000 << 20, PROTO_NUMBER_MAX = 536870911, PROTO_NAMES_MAX = 64 << 20, PROTO_FIELDS_MAX = 10000,
	PROTO_VALUES_MAX = 20000, PROTO_RESERVED_MAX = 4096 };
enum proto_type {
	PROTO_DOUBLE = 1, PROTO_FLOAT, PROTO_INT64, PROTO_UINT64, PROTO_INT32, PROTO_FIXED64, PROTO_FIXED32, PROTO_BOOL, PROTO_STRING, PROTO_GROUP, PROTO_MESSAGE,
	PROTO_BYTES, PROTO_UINT32, PROTO_ENUM, PROTO_SFIXED32, PROTO_SFIXED64, PROTO_SINT32, PROTO_SINT64, PROTO_TYPE_COUNT
};
enum proto_label { PROTO_OPTIONAL = 1, PROTO_REQUIRED, PROTO_REPEATED };
enum proto_syntax { PROTO_2, PROTO_3, PROTO_EDITIONS };

/* Resolved features (FeatureSet of descriptor.proto); proto2 and proto3 are sets of them. Values as there; 0: not set. */
struct proto_features { uint8_t presence, enum_type, repeated, utf8, encoding, json, cpp_string, java_utf8; };
enum { PRESENCE_EXPLICIT = 1, PRESENCE_IMPLICIT, PRESENCE_REQUIRED };
enum { ENUM_OPEN = 1, ENUM_CLOSED };
enum { REPEATED_PACKED = 1, REPEATED_EXPANDED };
enum { UTF8_VERIFY = 2, UTF8_NONE };
enum { ENCODING_LENGTH = 1, ENCODING_DELIMITED };
enum { JSON_ALLOW = 1, JSON_BEST_EFFORT };

struct proto_file;
struct proto_message;
struct proto_enum;

/* One option as it stands in the text. `number` is that of the field of the options message that it sets (of the extension, for a custom one); 0: not known. */
enum proto_value_kind { PROTO_VALUE_NAME, PROTO_VALUE_INT, PROTO_VALUE_FLOAT, PROTO_VALUE_TEXT, PROTO_VALUE_AGGREGATE };
struct proto_option {
	struct proto_option *next;
	struct str name;       /* "java_package", "(google.api.http).get", without blanks */
	uint32_t offset, number;
	uint8_t kind;
	bool negative;
	union { uint64_t integer; double real; struct str text; }; /* text: the name, the unescaped string, what stands between the braces */
};
/* `bytes`: the options message, encoded; what a descriptor would hold. */
struct proto_options { struct proto_option *first, *last; struct str bytes; };

struct proto_range { int32_t first, last; uint32_t offset; struct proto_options *options; }; /* both inclusive */
struct proto_name { struct str name; uint32_t offset; };

struct proto_field {
	struct str name, json_name; /* json_name: as set, else made by the rule */
	int32_t number;
	uint32_t offset, doc;       /* where it begins; where its comment begins + 1 */
	uint8_t type, label;
	bool synthetic, has_default, has_json_name, packed, presence, type_given;
	int32_t oneof;              /* index, -1: none */
	struct proto_features features;
	struct str type_name;       /* as written */
	union { struct proto_message *message; struct proto_enum *enumeration; };
	struct str default_text;    /* as descriptor.proto's default_value */
	struct proto_options *options;
};
struct proto_extension { struct proto_field field; struct str extendee_name, full; struct proto_message *extendee; struct proto_file *file; struct proto_message *scope; };
struct proto_oneof { struct str name; uint32_t offset, doc; bool synthetic; struct proto_options *options; struct proto_features features; };
struct proto_value { struct str name; int32_t number; uint32_t offset, doc; struct proto_options *options; };
struct proto_enum {
	struct str name, full;
	struct proto_file *file;
	struct proto_message *parent;
	uint32_t offset, doc, id;   /* id: dense over the model */
	struct proto_value *values;
	struct proto_range *reserved;
	struct proto_name *reserved_names;
	uint32_t value_count, reserved_count, reserved_name_count;
	uint8_t visibility;
	struct proto_features features;
	struct proto_options *options;
};
struct proto_message {
	struct str name, full;
	struct proto_file *file;
	struct proto_message *parent;
	uint32_t offset, doc, id;
	struct proto_field *fields;
	uint32_t *by_number;        /* indexes of fields, sorted by number */
	struct proto_oneof *oneofs;
	struct proto_message *messages;
	struct proto_enum *enums;
	struct proto_extension *extensions;
	struct proto_range *ranges, *reserved;
	struct proto_name *reserved_names;
	uint32_t field_count, oneof_count, message_count, enum_count, extension_count, range_count, reserved_count, reserved_name_count;
	bool map_entry, group, message_set;
	uint8_t visibility;
	struct proto_features features;
	struct proto_options *options;
};
struct proto_method {
	struct str name, input_name, output_name;
	struct proto_message *input, *output;
	uint32_t offset, doc;
	bool client_streaming, server_streaming;
	struct proto_options *options;
};
struct proto_service { struct str name, full; struct proto_file *file; uint32_t offset, doc; struct proto_method *methods; uint32_t method_count; struct proto_options *options; };
enum proto_import_kind { PROTO_IMPORT_PLAIN, PROTO_IMPORT_PUBLIC, PROTO_IMPORT_WEAK, PROTO_IMPORT_OPTION };
struct proto_import { struct str path; uint32_t offset; uint8_t kind; struct proto_file *file; }; /* file NULL: allowed to be missing */
struct proto_file {
	struct str path, text, package; /* text: empty where it came from a descriptor set */
	struct str source_path;         /* of the file of the source that holds it */
	uint32_t package_offset, syntax_offset, doc;
	uint8_t syntax;
	bool imported;                  /* only there for others (well-known types, imports of an image): not compared, not described */
	bool syntax_given;
	uint16_t edition;               /* 2023, 2024; 0: none */
	struct proto_import *imports;
	struct proto_message *messages;
	struct proto_enum *enums;
	struct proto_extension *extensions;
	struct proto_service *services;
	uint32_t import_count, message_count, enum_count, extension_count, service_count;
	struct proto_features features;
	struct proto_options *options;
	uint32_t index;                 /* in the model */
	struct line_index lines;        /* built on the first question */
};
struct proto_symbol;
struct proto_model {
	struct contract_model base;
	struct arena arena;
	const struct source *source;
	struct proto_file **files;
	uint32_t file_count, message_count, enum_count;
	size_t file_capacity;
	struct map by_path, by_name;    /* struct proto_file; struct proto_symbol */
};

/* Symbols by full name. */
enum proto_symbol_kind { PROTO_SYMBOL_PACKAGE, PROTO_SYMBOL_MESSAGE, PROTO_SYMBOL_ENUM, PROTO_SYMBOL_SERVICE, PROTO_SYMBOL_EXTENSION };
struct proto_symbol {
	enum proto_symbol_kind kind;
	uint32_t visible;               /* package: the mark of the last file that saw it; used while names are looked up */
	union { struct proto_message *message; struct proto_enum *enumeration; struct proto_service *service; struct proto_extension *extension; void *any; };
	struct proto_file *file;
};

struct contract_model *proto_read(const struct source *s, struct err *e);
void proto_free(struct contract_model *m);
bool proto_compare(const struct contract_model *old_model, const struct contract_model *new_model, const struct contract_options *options, struct changes *out, struct err *e);
void proto_describe(const struct contract_model *m, struct json_out *o);

/* A FileDescriptorSet of all files, imports before what imports them; `with_imports`: also files that are only there for others. */
bool proto_write_set(const struct proto_model *m, bool with_imports, struct buf *out);

/* The place of an offset; line and column 0 where the file came from a descriptor set. The line index is built in the model's arena. */
struct change_place proto_place(struct proto_model *m, struct proto_file *f, uint32_t offset);
const struct proto_field *proto_field_by_number(const struct proto_message *m, int32_t number);
const struct proto_field *proto_field_by_name(const struct proto_message *m, struct str name);
const struct proto_value *proto_value_by_number(const struct proto_enum *e, int32_t number);
const struct proto_value *proto_value_by_name(const struct proto_enum *e, struct str name);
static inline bool proto_is_message(const struct proto_field *f) { return f->type == PROTO_MESSAGE || f->type == PROTO_GROUP; }
static inline bool proto_is_map(const struct proto_field *f) { return f->type == PROTO_MESSAGE && f->label == PROTO_REPEATED && f->message && f->message->map_entry; }
extern const struct str proto_type_names[PROTO_TYPE_COUNT];
/* How the bytes of a type are read: within one, a reader of either understands both, as far as its range goes. */
enum proto_wire { CLASS_VARINT, CLASS_ZIGZAG, CLASS_FIXED32, CLASS_FIXED64, CLASS_FLOAT, CLASS_DOUBLE, CLASS_TEXT, CLASS_MESSAGE, CLASS_GROUP };
enum proto_wire proto_wire(uint8_t type);
/* "int32", "map<string, shop.v1.Item>", "shop.v1.Order"; in the arena. */
struct str proto_type_text(struct arena *a, const struct proto_field *f);
const struct proto_option *proto_option_find(const struct proto_options *o, uint32_t number);
#endif
