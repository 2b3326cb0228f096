/* Kinds of change of Protobuf contracts. Columns: see tbl/changes.h. */
#define PROTO_ALL (CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE)
#define PROTO_DEPRECATE "Mark it deprecated and keep it until nobody uses it; then remove it and reserve its number and its name."
#define PROTO_SECOND_FIELD "Add a second field with a new number, write both, move the readers, then remove the old one and reserve its number and name."
#define PROTO_NEW_METHOD "Add a second method, move the callers, then remove the old one."
CHANGE_ROW(PROTO_FILE_REMOVED, "proto", "file-removed", BREAKING, PROTO_ALL, "A file is gone", "Whoever imports it does not compile, and its messages, enums and services are no longer there.",
	"Keep the file until nobody imports it and nobody calls its services; mark what is in it deprecated.")
CHANGE_ROW(PROTO_FILE_MOVED, "proto", "file-moved", BREAKING, CHANGE_SOURCE, "A file's contents are in another file", "Whoever imports the old path does not compile.",
	"Leave a file at the old path that publicly imports the new one.")
CHANGE_ROW(PROTO_PACKAGE_CHANGED, "proto", "package-changed", BREAKING, PROTO_ALL, "A file has another package",
	"The names of all its messages, enums and services change: paths of gRPC calls, type URLs in Any, generated names.",
	"Add the new package beside the old one (orders.v1 and orders.v2), serve both, move the callers, then remove the old.")
CHANGE_ROW(PROTO_SYNTAX_CHANGED, "proto", "syntax-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE | CHANGE_BEHAVIOUR, "A file has another syntax",
	"Presence, defaults, enums and UTF-8 checks of its fields follow from the syntax, and so does the generated code.",
	"Change to an edition with features that keep what the old syntax meant, and change one feature at a time.")
CHANGE_ROW(PROTO_FILE_OPTION_CHANGED, "proto", "file-option-changed", BREAKING, CHANGE_SOURCE, "An option for generated code changed",
	"Generated code gets other names or other contents; whoever was built against it does not compile.",
	"Keep the option; where the new name is needed, publish it as a new package beside the old one.")
CHANGE_ROW(PROTO_FILE_ADDED, "proto", "file-added", INFO, 0, "A file is new", "", "")
CHANGE_ROW(PROTO_PUBLIC_IMPORT_REMOVED, "proto", "public-import-removed", BREAKING, CHANGE_SOURCE, "A public import is gone", "Files that relied on it for names no longer find them.",
	"Keep the public import until those who rely on it import the file themselves.")

CHANGE_ROW(PROTO_MESSAGE_REMOVED, "proto", "message-removed", BREAKING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "A message is gone",
	"Code that was generated from it does not compile; an Any that holds it cannot be unpacked.", PROTO_DEPRECATE)
CHANGE_ROW(PROTO_MESSAGE_RENAMED, "proto", "message-renamed", BREAKING, CHANGE_SOURCE, "A message has another name",
	"Bytes and JSON stay the same, but generated code gets another name, and an Any names the message by its old one.",
	"Keep the old name; or add the new message beside the old one and move the users.")
CHANGE_ROW(PROTO_MESSAGE_MOVED, "proto", "message-moved", BREAKING, CHANGE_SOURCE, "A message is in another file",
	"Bytes and JSON stay the same, but whoever imports the old file for it does not compile, and in some languages generated code is elsewhere.",
	"Let the old file publicly import the new one.")
CHANGE_ROW(PROTO_MESSAGE_ADDED, "proto", "message-added", INFO, 0, "A message is new", "", "")
CHANGE_ROW(PROTO_MESSAGE_JSON_FORMAT, "proto", "message-json-format", BREAKING, CHANGE_JSON, "A message's JSON is no longer checked",
	"Its JSON names may collide from now on, and not every language can read it.", "Keep features.json_format at ALLOW.")
CHANGE_ROW(PROTO_MESSAGE_ACCESSOR, "proto", "message-accessor-removed", BREAKING, CHANGE_SOURCE, "A message lost its descriptor accessor",
	"Generated code no longer has descriptor().", "Leave no_standard_descriptor_accessor out.")
CHANGE_ROW(PROTO_MESSAGE_SET, "proto", "message-set-changed", BREAKING, CHANGE_WIRE, "A message changed to or from the MessageSet format",
	"Its extensions are encoded in another way; bytes of the old form are not read.", "Add a new message of the other form and a field for it.")
CHANGE_ROW(PROTO_RESERVATION_REMOVED, "proto", "reservation-removed", WARNING, CHANGE_WIRE | CHANGE_JSON, "A reservation is gone",
	"The number or name can be given to a new field, which then reads what old writers meant by it.", "Keep what is reserved reserved for ever.")
CHANGE_ROW(PROTO_RESERVED_REUSED, "proto", "reserved-reused", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A reserved number or name is used again",
	"Data of old writers under this number or name is read as the new field.", "Give the new field a number and a name that were never used.")
CHANGE_ROW(PROTO_EXTENSION_RANGE_REMOVED, "proto", "extension-range-removed", BREAKING, CHANGE_SOURCE, "An extension range is gone",
	"Extensions with numbers in it no longer compile, and their data is not read.", "Keep the range until no extension uses it.")
CHANGE_ROW(PROTO_EXTENSION_REMOVED, "proto", "extension-removed", BREAKING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "An extension is gone", "Code that sets or reads it does not compile; its data is ignored.",
	PROTO_DEPRECATE)
CHANGE_ROW(PROTO_EXTENSION_RENAMED, "proto", "extension-renamed", BREAKING, CHANGE_SOURCE | CHANGE_JSON, "An extension has another name",
	"Bytes stay the same, but code that sets or reads it does not compile, and JSON names it by its old name.", "Keep the name, or add a second extension.")
CHANGE_ROW(PROTO_EXTENSION_EXTENDEE_CHANGED, "proto", "extension-extendee-changed", BREAKING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "An extension extends another message",
	"Code that sets it on the old message does not compile; what stands there is no longer read.", "Keep it, and add a second extension for the other message.")
CHANGE_ROW(PROTO_EXTENSION_MOVED, "proto", "extension-moved", BREAKING, CHANGE_SOURCE, "An extension is in another file", "Whoever imports the old file for it does not compile.",
	"Let the old file publicly import the new one.")

CHANGE_ROW(PROTO_FIELD_REMOVED, "proto", "field-removed", BREAKING, PROTO_ALL | CHANGE_BEHAVIOUR, "A field is gone",
	"What old writers put there is ignored, old readers find nothing, JSON with its name is refused, and generated code has no accessor.", PROTO_DEPRECATE)
CHANGE_ROW(PROTO_FIELD_ADDED, "proto", "field-added", INFO, 0, "A field is new", "", "")
CHANGE_ROW(PROTO_REQUIRED_FIELD_ADDED, "proto", "required-field-added", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A required field is new", "Messages of old writers lack it and are refused.",
	"Make it optional and check it where it is used.")
CHANGE_ROW(PROTO_FIELD_RENAMED, "proto", "field-renamed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A field has another name",
	"Bytes stay the same, but JSON under the old name is refused and generated accessors have another name.",
	"Keep the name; or add a second field with the new name and a new number, write both, move the readers, then remove the old one.")
CHANGE_ROW(PROTO_FIELD_NUMBER_CHANGED, "proto", "field-number-changed", BREAKING, CHANGE_WIRE | CHANGE_BEHAVIOUR, "A field has another number",
	"Bytes under the old number are ignored or read as something else.", PROTO_SECOND_FIELD)
CHANGE_ROW(PROTO_FIELD_TYPE_CHANGED, "proto", "field-type-changed", BREAKING, PROTO_ALL, "A field has another type", "Bytes, JSON or generated code of the other side do not fit the new type.",
	PROTO_SECOND_FIELD)
CHANGE_ROW(PROTO_FIELD_TYPE_RENAMED, "proto", "field-type-renamed", BREAKING, CHANGE_SOURCE, "A field's message has another name but the same contents",
	"Bytes and JSON stay the same; generated code has another type here.", "Keep the name of the type, or add a second field.")
CHANGE_ROW(PROTO_FIELD_CARDINALITY_CHANGED, "proto", "field-cardinality-changed", BREAKING, PROTO_ALL, "A field became single, repeated or a map",
	"One side writes several values or packs them where the other reads one.", PROTO_SECOND_FIELD)
CHANGE_ROW(PROTO_FIELD_REQUIRED_CHANGED, "proto", "field-required-changed", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A field became required or is no longer",
	"Messages without the field are refused by the side that requires it.", "Leave `required` as it is; check the value where it is used.")
CHANGE_ROW(PROTO_FIELD_PRESENCE_CHANGED, "proto", "field-presence-changed", BREAKING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "A field tells, or no longer tells, whether it is set",
	"\"Not set\" and the zero value become the same, or different; generated code has or lacks has_…().", "Keep `optional` as it is; add a second field where presence is needed.")
CHANGE_ROW(PROTO_FIELD_ONEOF_CHANGED, "proto", "field-oneof-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A field moved into or out of a oneof",
	"Of the members of a oneof only the last one stays: data that had both loses one; generated code differs.", PROTO_SECOND_FIELD)
CHANGE_ROW(PROTO_FIELD_JSON_NAME_CHANGED, "proto", "field-json-name-changed", BREAKING, CHANGE_JSON, "A field has another JSON name", "JSON with the old name is refused, and readers of JSON do not find it.",
	"Keep json_name; add a second field with the new one.")
CHANGE_ROW(PROTO_FIELD_DEFAULT_CHANGED, "proto", "field-default-changed", BREAKING, CHANGE_BEHAVIOUR, "A field has another default",
	"The same bytes, without the field, mean another value for old and new readers.", "Keep the default; write the value where it matters.")
CHANGE_ROW(PROTO_FIELD_JSTYPE_CHANGED, "proto", "field-jstype-changed", BREAKING, CHANGE_SOURCE, "A field has another JavaScript type", "Generated JavaScript has a string where a number was, or the reverse.", "Keep jstype.")
CHANGE_ROW(PROTO_FIELD_CPP_TYPE_CHANGED, "proto", "field-cpp-string-type-changed", BREAKING, CHANGE_SOURCE, "A field has another C++ string type", "Generated C++ has other types of accessors.", "Keep ctype, or features.(pb.cpp).string_type.")
CHANGE_ROW(PROTO_FIELD_UTF8_CHANGED, "proto", "field-utf8-validation-changed", BREAKING, CHANGE_WIRE, "A string is checked for UTF-8, or no longer",
	"Bytes that one side takes are refused by the other.", "Keep features.utf8_validation; use `bytes` for what is no text.")
CHANGE_ROW(PROTO_FIELD_JAVA_UTF8_CHANGED, "proto", "field-java-utf8-changed", BREAKING, CHANGE_BEHAVIOUR, "Java checks a string for UTF-8, or no longer",
	"Java refuses bytes that it took, or takes bytes that it refused.", "Keep features.(pb.java).utf8_validation and java_string_check_utf8.")
CHANGE_ROW(PROTO_JSON_NAME_COLLISION, "proto", "json-name-collision", BREAKING, CHANGE_JSON, "Two fields have the same JSON name",
	"JSON with that name fills only one of them.", "Give one of them another name, or a json_name of its own.")
CHANGE_ROW(PROTO_FIELD_BECAME_REQUIRED, "proto", "field-behavior-required", BREAKING, CHANGE_BEHAVIOUR, "A field must now be set (google.api.field_behavior)",
	"Requests of old callers without the field are refused.", "Give it a default on the server; require it in a new method or a new version of the API.")
CHANGE_ROW(PROTO_FIELD_BEHAVIOR_CHANGED, "proto", "field-behavior-changed", WARNING, CHANGE_BEHAVIOUR, "Who may set a field changed (google.api.field_behavior)",
	"A value that callers set may be ignored or refused (OUTPUT_ONLY, IMMUTABLE), or no longer be returned (INPUT_ONLY).", "Keep taking the value and say in the documentation from when on it is ignored.")
CHANGE_ROW(PROTO_VALIDATION_TIGHTENED, "proto", "validation-tightened", BREAKING, CHANGE_BEHAVIOUR, "A validation rule is stricter",
	"Values that were valid are refused.", "Log violations first; tighten the rule when no caller violates it, or in a new version of the API.")
CHANGE_ROW(PROTO_VALIDATION_LOOSENED, "proto", "validation-loosened", WARNING, CHANGE_BEHAVIOUR, "A validation rule is looser",
	"Readers that relied on the rule may meet values that it ruled out.", "Tell the readers before writers use the new values.")

CHANGE_ROW(PROTO_ONEOF_REMOVED, "proto", "oneof-removed", BREAKING, CHANGE_SOURCE, "A oneof is gone or has another name", "Generated code no longer says under its name which member is set; members that stand alone can be set together, and old readers keep only the last.", "Keep the oneof; add new fields beside it.")
CHANGE_ROW(PROTO_ENUM_REMOVED, "proto", "enum-removed", BREAKING, CHANGE_SOURCE, "An enum is gone", "Code that was generated from it does not compile.", PROTO_DEPRECATE)
CHANGE_ROW(PROTO_ENUM_RENAMED, "proto", "enum-renamed", BREAKING, CHANGE_SOURCE, "An enum has another name", "Bytes and JSON stay the same, but generated code gets another name.", "Keep the name, or add the new enum beside the old one.")
CHANGE_ROW(PROTO_ENUM_MOVED, "proto", "enum-moved", BREAKING, CHANGE_SOURCE, "An enum is in another file", "Whoever imports the old file for it does not compile.", "Let the old file publicly import the new one.")
CHANGE_ROW(PROTO_ENUM_ADDED, "proto", "enum-added", INFO, 0, "An enum is new", "", "")
CHANGE_ROW(PROTO_ENUM_VALUE_REMOVED, "proto", "enum-value-removed", BREAKING, PROTO_ALL | CHANGE_BEHAVIOUR, "An enum value is gone",
	"Its number is read as unknown, JSON with its name is refused, and generated code lacks it.", "Mark it deprecated; when nobody uses it, remove it and reserve its number and its name.")
CHANGE_ROW(PROTO_ENUM_VALUE_RENAMED, "proto", "enum-value-renamed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "An enum number has another name",
	"Bytes stay the same, but JSON with the old name is refused and generated code has another name.",
	"Add the new name as an alias (allow_alias) and keep the old one until nobody uses it.")
CHANGE_ROW(PROTO_ENUM_VALUE_ADDED, "proto", "enum-value-added", INFO, 0, "An enum value is new", "", "")
CHANGE_ROW(PROTO_ENUM_VALUE_ADDED_CLOSED, "proto", "closed-enum-value-added", WARNING, CHANGE_WIRE, "A closed enum has a new value", "Old readers do not know the number: they find the field not set.",
	"Let the readers know the value before anybody writes it.")
CHANGE_ROW(PROTO_ENUM_OPENNESS_CHANGED, "proto", "enum-openness-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An enum became open or closed",
	"A closed enum drops numbers that it does not know, an open one keeps them.", "Keep features.enum_type.")
CHANGE_ROW(PROTO_ENUM_JSON_FORMAT, "proto", "enum-json-format", BREAKING, CHANGE_JSON, "An enum's JSON is no longer checked", "Not every language can read it.", "Keep features.json_format at ALLOW.")
CHANGE_ROW(PROTO_ENUM_DEFAULT_CHANGED, "proto", "enum-default-changed", BREAKING, CHANGE_BEHAVIOUR, "An enum has another first value", "A field that is not set means another value.", "Keep the first value first.")

CHANGE_ROW(PROTO_SERVICE_REMOVED, "proto", "service-removed", BREAKING, PROTO_ALL, "A service is gone", "Calls of its methods are answered UNIMPLEMENTED.", "Keep it until the calls have ended; mark it deprecated.")
CHANGE_ROW(PROTO_SERVICE_MOVED, "proto", "service-moved", BREAKING, CHANGE_SOURCE, "A service is in another file", "Calls stay the same, but whoever imports the old file for it does not compile.", "Let the old file publicly import the new one.")
CHANGE_ROW(PROTO_SERVICE_ADDED, "proto", "service-added", INFO, 0, "A service is new", "", "")
CHANGE_ROW(PROTO_METHOD_REMOVED, "proto", "method-removed", BREAKING, PROTO_ALL, "A method is gone", "Calls of it are answered UNIMPLEMENTED.", "Mark it deprecated and keep it until the calls have ended.")
CHANGE_ROW(PROTO_METHOD_ADDED, "proto", "method-added", INFO, 0, "A method is new", "", "")
CHANGE_ROW(PROTO_METHOD_REQUEST_CHANGED, "proto", "method-request-changed", BREAKING, PROTO_ALL, "A method takes another message", "Requests of old callers are read as something else.", PROTO_NEW_METHOD)
CHANGE_ROW(PROTO_METHOD_RESPONSE_CHANGED, "proto", "method-response-changed", BREAKING, PROTO_ALL, "A method gives another message", "Old callers read the response as something else.", PROTO_NEW_METHOD)
CHANGE_ROW(PROTO_METHOD_TYPE_RENAMED, "proto", "method-type-renamed", BREAKING, CHANGE_SOURCE, "A method's message has another name but the same contents", "Bytes and JSON stay the same; generated code has another type here.",
	"Keep the name of the message.")
CHANGE_ROW(PROTO_METHOD_CLIENT_STREAMING, "proto", "method-client-streaming-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A method takes a stream, or no longer",
	"The old caller's messages do not fit what the new server waits for.", PROTO_NEW_METHOD)
CHANGE_ROW(PROTO_METHOD_SERVER_STREAMING, "proto", "method-server-streaming-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A method gives a stream, or no longer",
	"The new server's messages do not fit what the old caller waits for.", PROTO_NEW_METHOD)
CHANGE_ROW(PROTO_METHOD_IDEMPOTENCY, "proto", "method-idempotency-changed", BREAKING, CHANGE_BEHAVIOUR, "A method's idempotency changed",
	"Callers and proxies repeat calls, or call by GET, because of the old level.", "Keep idempotency_level; add a second method with the other level.")
CHANGE_ROW(PROTO_HTTP_RULE_CHANGED, "proto", "http-rule-changed", BREAKING, CHANGE_JSON, "A method's HTTP path, verb or body changed (google.api.http)",
	"HTTP callers of the old path or form get 404 or are read differently.", "Add the new form under additional_bindings and keep the old one until its calls have ended.")
CHANGE_ROW(PROTO_HTTP_RULE_REMOVED, "proto", "http-rule-removed", BREAKING, CHANGE_JSON, "A method lost its HTTP path (google.api.http)", "HTTP callers get 404.", "Keep the rule until its calls have ended.")
CHANGE_ROW(PROTO_HTTP_RULE_ADDED, "proto", "http-rule-added", INFO, 0, "A method has a new HTTP path", "", "")
CHANGE_ROW(PROTO_DEPRECATED, "proto", "deprecated", INFO, 0, "Something is deprecated", "", "")
#undef PROTO_ALL
#undef PROTO_DEPRECATE
#undef PROTO_SECOND_FIELD
#undef PROTO_NEW_METHOD
