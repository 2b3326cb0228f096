/* Files that every .proto may import without having them: path, and the definitions in it (names, numbers and types are Protobuf's published interface;
 * written down anew, without what is only for people). A file of the source with the path goes before. */
#define KNOWN_OPTIONS(outer, go, more)                                                                                                                         \
	"syntax='proto3';package google.protobuf;option csharp_namespace='Google.Protobuf.WellKnownTypes';option java_package='com.google.protobuf';"         \
	"option java_outer_classname='" outer "Proto';option java_multiple_files=true;option objc_class_prefix='GPB';"                                         \
	"option go_package='google.golang.org/protobuf/types/known/" go "pb';" more
#define KNOWN_ARENAS "option cc_enable_arenas=true;"
PROTO_WELLKNOWN_ROW("google/protobuf/any.proto", KNOWN_OPTIONS("Any", "any", "") "message Any{string type_url=1;bytes value=2;}")
PROTO_WELLKNOWN_ROW("google/protobuf/duration.proto", KNOWN_OPTIONS("Duration", "duration", KNOWN_ARENAS) "message Duration{int64 seconds=1;int32 nanos=2;}")
PROTO_WELLKNOWN_ROW("google/protobuf/timestamp.proto", KNOWN_OPTIONS("Timestamp", "timestamp", KNOWN_ARENAS) "message Timestamp{int64 seconds=1;int32 nanos=2;}")
PROTO_WELLKNOWN_ROW("google/protobuf/empty.proto", KNOWN_OPTIONS("Empty", "empty", KNOWN_ARENAS) "message Empty{}")
PROTO_WELLKNOWN_ROW("google/protobuf/field_mask.proto", KNOWN_OPTIONS("FieldMask", "fieldmask", KNOWN_ARENAS) "message FieldMask{repeated string paths=1;}")
PROTO_WELLKNOWN_ROW("google/protobuf/source_context.proto", KNOWN_OPTIONS("SourceContext", "sourcecontext", "") "message SourceContext{string file_name=1;}")
PROTO_WELLKNOWN_ROW("google/protobuf/struct.proto", KNOWN_OPTIONS("Struct", "struct", KNOWN_ARENAS)
	"message Struct{map<string,Value> fields=1;}"
	"message Value{oneof kind{NullValue null_value=1;double number_value=2;string string_value=3;bool bool_value=4;Struct struct_value=5;ListValue list_value=6;}}"
	"enum NullValue{NULL_VALUE=0;}message ListValue{repeated Value values=1;}")
PROTO_WELLKNOWN_ROW("google/protobuf/wrappers.proto", KNOWN_OPTIONS("Wrappers", "wrappers", KNOWN_ARENAS)
	"message DoubleValue{double value=1;}message FloatValue{float value=1;}message Int64Value{int64 value=1;}message UInt64Value{uint64 value=1;}"
	"message Int32Value{int32 value=1;}message UInt32Value{uint32 value=1;}message BoolValue{bool value=1;}message StringValue{string value=1;}"
	"message BytesValue{bytes value=1;}")
PROTO_WELLKNOWN_ROW("google/protobuf/api.proto", KNOWN_OPTIONS("Api", "api", "")
	"import 'google/protobuf/source_context.proto';import 'google/protobuf/type.proto';"
	"message Api{string name=1;repeated Method methods=2;repeated Option options=3;string version=4;SourceContext source_context=5;repeated Mixin mixins=6;Syntax syntax=7;}"
	"message Method{string name=1;string request_type_url=2;bool request_streaming=3;string response_type_url=4;bool response_streaming=5;repeated Option options=6;"
	"Syntax syntax=7;}message Mixin{string name=1;string root=2;}")
PROTO_WELLKNOWN_ROW("google/protobuf/type.proto", KNOWN_OPTIONS("Type", "type", KNOWN_ARENAS)
	"import 'google/protobuf/any.proto';import 'google/protobuf/source_context.proto';"
	"message Type{string name=1;repeated Field fields=2;repeated string oneofs=3;repeated Option options=4;SourceContext source_context=5;Syntax syntax=6;}"
	"message Field{enum Kind{TYPE_UNKNOWN=0;TYPE_DOUBLE=1;TYPE_FLOAT=2;TYPE_INT64=3;TYPE_UINT64=4;TYPE_INT32=5;TYPE_FIXED64=6;TYPE_FIXED32=7;TYPE_BOOL=8;TYPE_STRING=9;"
	"TYPE_GROUP=10;TYPE_MESSAGE=11;TYPE_BYTES=12;TYPE_UINT32=13;TYPE_ENUM=14;TYPE_SFIXED32=15;TYPE_SFIXED64=16;TYPE_SINT32=17;TYPE_SINT64=18;}"
	"enum Cardinality{CARDINALITY_UNKNOWN=0;CARDINALITY_OPTIONAL=1;CARDINALITY_REQUIRED=2;CARDINALITY_REPEATED=3;}"
	"Kind kind=1;Cardinality cardinality=2;int32 number=3;string name=4;string type_url=6;int32 oneof_index=7;bool packed=8;repeated Option options=9;string json_name=10;"
	"string default_value=11;}"
	"message Enum{string name=1;repeated EnumValue enumvalue=2;repeated Option options=3;SourceContext source_context=4;Syntax syntax=5;}"
	"message EnumValue{string name=1;int32 number=2;repeated Option options=3;}message Option{string name=1;Any value=2;}enum Syntax{SYNTAX_PROTO2=0;SYNTAX_PROTO3=1;}")
PROTO_WELLKNOWN_ROW("google/protobuf/compiler/plugin.proto",
	"syntax='proto2';package google.protobuf.compiler;option java_package='com.google.protobuf.compiler';option java_outer_classname='PluginProtos';"
	"option go_package='google.golang.org/protobuf/types/pluginpb';import 'google/protobuf/descriptor.proto';"
	"message Version{optional int32 major=1;optional int32 minor=2;optional int32 patch=3;optional string suffix=4;}"
	"message CodeGeneratorRequest{repeated string file_to_generate=1;optional string parameter=2;repeated FileDescriptorProto proto_file=15;optional Version compiler_version=3;}"
	"message CodeGeneratorResponse{optional string error=1;optional uint64 supported_features=2;enum Feature{FEATURE_NONE=0;FEATURE_PROTO3_OPTIONAL=1;}"
	"message File{optional string name=1;optional string insertion_point=2;optional string content=15;optional GeneratedCodeInfo generated_code_info=16;}repeated File file=15;}")
PROTO_WELLKNOWN_ROW("google/protobuf/cpp_features.proto",
	"syntax='proto2';package pb;import 'google/protobuf/descriptor.proto';extend google.protobuf.FeatureSet{optional CppFeatures cpp=1000;}"
	"message CppFeatures{optional bool legacy_closed_enum=1;enum StringType{STRING_TYPE_UNKNOWN=0;VIEW=1;CORD=2;STRING=3;}optional StringType string_type=2;"
	"optional bool enum_name_uses_string_view=3;}")
PROTO_WELLKNOWN_ROW("google/protobuf/java_features.proto",
	"syntax='proto2';package pb;import 'google/protobuf/descriptor.proto';extend google.protobuf.FeatureSet{optional JavaFeatures java=1001;}"
	"message JavaFeatures{optional bool legacy_closed_enum=1;enum Utf8Validation{UTF8_VALIDATION_UNKNOWN=0;DEFAULT=1;VERIFY=2;}optional Utf8Validation utf8_validation=2;"
	"optional bool large_enum=3;optional bool use_old_outer_classname_default=4;}")
PROTO_WELLKNOWN_ROW("google/protobuf/go_features.proto",
	"syntax='proto2';package pb;import 'google/protobuf/descriptor.proto';extend google.protobuf.FeatureSet{optional GoFeatures go=1002;}"
	"message GoFeatures{optional bool legacy_unmarshal_json_enum=1;enum APILevel{API_LEVEL_UNSPECIFIED=0;API_OPEN=1;API_HYBRID=2;API_OPAQUE=3;}optional APILevel api_level=2;}")
PROTO_WELLKNOWN_ROW("google/protobuf/descriptor.proto",
	"syntax='proto2';package google.protobuf;option go_package='google.golang.org/protobuf/types/descriptorpb';option java_package='com.google.protobuf';"
	"option java_outer_classname='DescriptorProtos';option csharp_namespace='Google.Protobuf.Reflection';option objc_class_prefix='GPB';option cc_enable_arenas=true;"
	"option optimize_for=SPEED;message FileDescriptorSet{repeated FileDescriptorProto file=1;}"
	"enum Edition{EDITION_UNKNOWN=0;EDITION_LEGACY=900;EDITION_PROTO2=998;EDITION_PROTO3=999;EDITION_2023=1000;EDITION_2024=1001;EDITION_1_TEST_ONLY=1;EDITION_2_TEST_ONLY=2;"
	"EDITION_99997_TEST_ONLY=99997;EDITION_99998_TEST_ONLY=99998;EDITION_99999_TEST_ONLY=99999;EDITION_MAX=0x7FFFFFFF;}"
	"message FileDescriptorProto{optional string name=1;optional string package=2;repeated string dependency=3;repeated int32 public_dependency=10;"
	"repeated int32 weak_dependency=11;repeated string option_dependency=15;repeated DescriptorProto message_type=4;repeated EnumDescriptorProto enum_type=5;"
	"repeated ServiceDescriptorProto service=6;repeated FieldDescriptorProto extension=7;optional FileOptions options=8;optional SourceCodeInfo source_code_info=9;"
	"optional string syntax=12;optional Edition edition=14;}"
	"message DescriptorProto{optional string name=1;repeated FieldDescriptorProto field=2;repeated FieldDescriptorProto extension=6;repeated DescriptorProto nested_type=3;"
	"repeated EnumDescriptorProto enum_type=4;message ExtensionRange{optional int32 start=1;optional int32 end=2;optional ExtensionRangeOptions options=3;}"
	"repeated ExtensionRange extension_range=5;repeated OneofDescriptorProto oneof_decl=8;optional MessageOptions options=7;"
	"message ReservedRange{optional int32 start=1;optional int32 end=2;}repeated ReservedRange reserved_range=9;repeated string reserved_name=10;"
	"optional SymbolVisibility visibility=11;}"
	"message ExtensionRangeOptions{repeated UninterpretedOption uninterpreted_option=999;message Declaration{optional int32 number=1;optional string full_name=2;"
	"optional string type=3;optional bool reserved=5;optional bool repeated=6;}repeated Declaration declaration=2;optional FeatureSet features=50;"
	"enum VerificationState{DECLARATION=0;UNVERIFIED=1;}optional VerificationState verification=3[default=UNVERIFIED];extensions 1000 to max;}"
	"message FieldDescriptorProto{enum Type{TYPE_DOUBLE=1;TYPE_FLOAT=2;TYPE_INT64=3;TYPE_UINT64=4;TYPE_INT32=5;TYPE_FIXED64=6;TYPE_FIXED32=7;TYPE_BOOL=8;TYPE_STRING=9;"
	"TYPE_GROUP=10;TYPE_MESSAGE=11;TYPE_BYTES=12;TYPE_UINT32=13;TYPE_ENUM=14;TYPE_SFIXED32=15;TYPE_SFIXED64=16;TYPE_SINT32=17;TYPE_SINT64=18;}"
	"enum Label{LABEL_OPTIONAL=1;LABEL_REPEATED=3;LABEL_REQUIRED=2;}optional string name=1;optional int32 number=3;optional Label label=4;optional Type type=5;"
	"optional string type_name=6;optional string extendee=2;optional string default_value=7;optional int32 oneof_index=9;optional string json_name=10;"
	"optional FieldOptions options=8;optional bool proto3_optional=17;}"
	"message OneofDescriptorProto{optional string name=1;optional OneofOptions options=2;}"
	"message EnumDescriptorProto{optional string name=1;repeated EnumValueDescriptorProto value=2;optional EnumOptions options=3;"
	"message EnumReservedRange{optional int32 start=1;optional int32 end=2;}repeated EnumReservedRange reserved_range=4;repeated string reserved_name=5;"
	"optional SymbolVisibility visibility=6;}"
	"message EnumValueDescriptorProto{optional string name=1;optional int32 number=2;optional EnumValueOptions options=3;}"
	"message ServiceDescriptorProto{optional string name=1;repeated MethodDescriptorProto method=2;optional ServiceOptions options=3;}"
	"message MethodDescriptorProto{optional string name=1;optional string input_type=2;optional string output_type=3;optional MethodOptions options=4;"
	"optional bool client_streaming=5[default=false];optional bool server_streaming=6[default=false];}"
	"message FileOptions{optional string java_package=1;optional string java_outer_classname=8;optional bool java_multiple_files=10[default=false];"
	"optional bool java_generate_equals_and_hash=20[deprecated=true];optional bool java_string_check_utf8=27[default=false];"
	"enum OptimizeMode{SPEED=1;CODE_SIZE=2;LITE_RUNTIME=3;}optional OptimizeMode optimize_for=9[default=SPEED];optional string go_package=11;"
	"optional bool cc_generic_services=16[default=false];optional bool java_generic_services=17[default=false];optional bool py_generic_services=18[default=false];"
	"optional bool php_generic_services=42[default=false];optional bool deprecated=23[default=false];optional bool cc_enable_arenas=31[default=true];"
	"optional string objc_class_prefix=36;optional string csharp_namespace=37;optional string swift_prefix=39;optional string php_class_prefix=40;"
	"optional string php_namespace=41;optional string php_metadata_namespace=44;optional string ruby_package=45;optional FeatureSet features=50;"
	"repeated UninterpretedOption uninterpreted_option=999;extensions 1000 to max;reserved 38;}"
	"message MessageOptions{optional bool message_set_wire_format=1[default=false];optional bool no_standard_descriptor_accessor=2[default=false];"
	"optional bool deprecated=3[default=false];reserved 4,5,6,8,9;optional bool map_entry=7;optional bool deprecated_legacy_json_field_conflicts=11[deprecated=true];"
	"optional FeatureSet features=12;repeated UninterpretedOption uninterpreted_option=999;extensions 1000 to max;}"
	"message FieldOptions{optional CType ctype=1[default=STRING];enum CType{STRING=0;CORD=1;STRING_PIECE=2;}optional bool packed=2;"
	"optional JSType jstype=6[default=JS_NORMAL];enum JSType{JS_NORMAL=0;JS_STRING=1;JS_NUMBER=2;}optional bool lazy=5[default=false];"
	"optional bool unverified_lazy=15[default=false];optional bool deprecated=3[default=false];optional bool weak=10[default=false];optional bool debug_redact=16[default=false];"
	"enum OptionRetention{RETENTION_UNKNOWN=0;RETENTION_RUNTIME=1;RETENTION_SOURCE=2;}optional OptionRetention retention=17;"
	"enum OptionTargetType{TARGET_TYPE_UNKNOWN=0;TARGET_TYPE_FILE=1;TARGET_TYPE_EXTENSION_RANGE=2;TARGET_TYPE_MESSAGE=3;TARGET_TYPE_FIELD=4;TARGET_TYPE_ONEOF=5;"
	"TARGET_TYPE_ENUM=6;TARGET_TYPE_ENUM_ENTRY=7;TARGET_TYPE_SERVICE=8;TARGET_TYPE_METHOD=9;}repeated OptionTargetType targets=19;"
	"message EditionDefault{optional Edition edition=3;optional string value=2;}repeated EditionDefault edition_defaults=20;optional FeatureSet features=21;"
	"message FeatureSupport{optional Edition edition_introduced=1;optional Edition edition_deprecated=2;optional string deprecation_warning=3;"
	"optional Edition edition_removed=4;}optional FeatureSupport feature_support=22;repeated UninterpretedOption uninterpreted_option=999;extensions 1000 to max;reserved 4,18;}"
	"message OneofOptions{optional FeatureSet features=1;repeated UninterpretedOption uninterpreted_option=999;extensions 1000 to max;}"
	"message EnumOptions{optional bool allow_alias=2;optional bool deprecated=3[default=false];reserved 5;"
	"optional bool deprecated_legacy_json_field_conflicts=6[deprecated=true];optional FeatureSet features=7;repeated UninterpretedOption uninterpreted_option=999;"
	"extensions 1000 to max;}"
	"message EnumValueOptions{optional bool deprecated=1[default=false];optional FeatureSet features=2;optional bool debug_redact=3[default=false];"
	"optional FieldOptions.FeatureSupport feature_support=4;repeated UninterpretedOption uninterpreted_option=999;extensions 1000 to max;}"
	"message ServiceOptions{optional FeatureSet features=34;optional bool deprecated=33[default=false];repeated UninterpretedOption uninterpreted_option=999;"
	"extensions 1000 to max;}"
	"message MethodOptions{optional bool deprecated=33[default=false];enum IdempotencyLevel{IDEMPOTENCY_UNKNOWN=0;NO_SIDE_EFFECTS=1;IDEMPOTENT=2;}"
	"optional IdempotencyLevel idempotency_level=34[default=IDEMPOTENCY_UNKNOWN];optional FeatureSet features=35;repeated UninterpretedOption uninterpreted_option=999;"
	"extensions 1000 to max;}"
	"message UninterpretedOption{message NamePart{required string name_part=1;required bool is_extension=2;}repeated NamePart name=2;optional string identifier_value=3;"
	"optional uint64 positive_int_value=4;optional int64 negative_int_value=5;optional double double_value=6;optional bytes string_value=7;optional string aggregate_value=8;}"
	"message FeatureSet{enum FieldPresence{FIELD_PRESENCE_UNKNOWN=0;EXPLICIT=1;IMPLICIT=2;LEGACY_REQUIRED=3;}optional FieldPresence field_presence=1;"
	"enum EnumType{ENUM_TYPE_UNKNOWN=0;OPEN=1;CLOSED=2;}optional EnumType enum_type=2;"
	"enum RepeatedFieldEncoding{REPEATED_FIELD_ENCODING_UNKNOWN=0;PACKED=1;EXPANDED=2;}optional RepeatedFieldEncoding repeated_field_encoding=3;"
	"enum Utf8Validation{UTF8_VALIDATION_UNKNOWN=0;VERIFY=2;NONE=3;reserved 1;}optional Utf8Validation utf8_validation=4;"
	"enum MessageEncoding{MESSAGE_ENCODING_UNKNOWN=0;LENGTH_PREFIXED=1;DELIMITED=2;}optional MessageEncoding message_encoding=5;"
	"enum JsonFormat{JSON_FORMAT_UNKNOWN=0;ALLOW=1;LEGACY_BEST_EFFORT=2;}optional JsonFormat json_format=6;"
	"enum EnforceNamingStyle{ENFORCE_NAMING_STYLE_UNKNOWN=0;STYLE2024=1;STYLE_LEGACY=2;}optional EnforceNamingStyle enforce_naming_style=7;"
	"message VisibilityFeature{enum DefaultSymbolVisibility{DEFAULT_SYMBOL_VISIBILITY_UNKNOWN=0;EXPORT_ALL=1;EXPORT_TOP_LEVEL=2;LOCAL_ALL=3;STRICT=4;}reserved 1 to max;}"
	"optional VisibilityFeature.DefaultSymbolVisibility default_symbol_visibility=8;extensions 1000 to 9994;extensions 9995 to 9999;extensions 10000;reserved 999;}"
	"message SourceCodeInfo{repeated Location location=1;message Location{repeated int32 path=1[packed=true];repeated int32 span=2[packed=true];"
	"optional string leading_comments=3;optional string trailing_comments=4;repeated string leading_detached_comments=6;}extensions 536000000;}"
	"message GeneratedCodeInfo{repeated Annotation annotation=1;message Annotation{repeated int32 path=1[packed=true];optional string source_file=2;optional int32 begin=3;"
	"optional int32 end=4;enum Semantic{NONE=0;SET=1;ALIAS=2;}optional Semantic semantic=5;}}"
	"enum SymbolVisibility{VISIBILITY_UNSET=0;VISIBILITY_LOCAL=1;VISIBILITY_EXPORT=2;}")
PROTO_WELLKNOWN_ROW("google/api/http.proto",
	"syntax='proto3';package google.api;message Http{repeated HttpRule rules=1;bool fully_decode_reserved_expansion=2;}"
	"message HttpRule{string selector=1;oneof pattern{string get=2;string put=3;string post=4;string delete=5;string patch=6;CustomHttpPattern custom=8;}string body=7;"
	"string response_body=12;repeated HttpRule additional_bindings=11;}message CustomHttpPattern{string kind=1;string path=2;}")
PROTO_WELLKNOWN_ROW("google/api/annotations.proto",
	"syntax='proto3';package google.api;import 'google/api/http.proto';import 'google/protobuf/descriptor.proto';extend google.protobuf.MethodOptions{HttpRule http=72295728;}")
PROTO_WELLKNOWN_ROW("google/api/field_behavior.proto",
	"syntax='proto3';package google.api;import 'google/protobuf/descriptor.proto';extend google.protobuf.FieldOptions{repeated FieldBehavior field_behavior=1052[packed=false];}"
	"enum FieldBehavior{FIELD_BEHAVIOR_UNSPECIFIED=0;OPTIONAL=1;REQUIRED=2;OUTPUT_ONLY=3;INPUT_ONLY=4;IMMUTABLE=5;UNORDERED_LIST=6;NON_EMPTY_DEFAULT=7;IDENTIFIER=8;}")
PROTO_WELLKNOWN_ROW("google/api/client.proto",
	"syntax='proto3';package google.api;import 'google/protobuf/descriptor.proto';extend google.protobuf.MethodOptions{repeated string method_signature=1051;}"
	"extend google.protobuf.ServiceOptions{string default_host=1049;string oauth_scopes=1050;string api_version=525000001;}")
PROTO_WELLKNOWN_ROW("google/rpc/status.proto",
	"syntax='proto3';package google.rpc;import 'google/protobuf/any.proto';message Status{int32 code=1;string message=2;repeated google.protobuf.Any details=3;}")
#define VALIDATE_INTEGER(name, type) "message " name "Rules{optional " type " const=1;oneof less_than{" type " lt=2;" type " lte=3;}oneof greater_than{" type       \
	" gt=4;" type " gte=5;}repeated " type " in=6;repeated " type " not_in=7;repeated " type " example=8;}"
#define VALIDATE_REAL(name, type) "message " name "Rules{optional " type " const=1;oneof less_than{" type " lt=2;" type " lte=3;}oneof greater_than{" type          \
	" gt=4;" type " gte=5;}repeated " type " in=6;repeated " type " not_in=7;optional bool finite=8;repeated " type " example=9;}"
PROTO_WELLKNOWN_ROW("buf/validate/validate.proto",
	"syntax='proto2';package buf.validate;import 'google/protobuf/descriptor.proto';import 'google/protobuf/duration.proto';import 'google/protobuf/timestamp.proto';import 'google/protobuf/field_mask.proto';"
	"extend google.protobuf.MessageOptions{optional MessageRules message=1159;}extend google.protobuf.OneofOptions{optional OneofRules oneof=1159;}"
	"extend google.protobuf.FieldOptions{optional FieldRules field=1159;}message Rule{optional string id=1;optional string message=2;optional string expression=3;}"
	"message MessageRules{repeated string cel_expression=5;repeated Rule cel=3;repeated MessageOneofRule oneof=4;optional bool disabled=1;}"
	"message MessageOneofRule{repeated string fields=1;optional bool required=2;}message OneofRules{optional bool required=1;}"
	"enum Ignore{IGNORE_UNSPECIFIED=0;IGNORE_IF_ZERO_VALUE=1;IGNORE_ALWAYS=3;}"
	"message FieldRules{repeated string cel_expression=29;repeated Rule cel=23;optional bool required=25;optional Ignore ignore=27;oneof type{FloatRules float=1;DoubleRules double=2;"
	"Int32Rules int32=3;Int64Rules int64=4;UInt32Rules uint32=5;UInt64Rules uint64=6;SInt32Rules sint32=7;SInt64Rules sint64=8;Fixed32Rules fixed32=9;"
	"Fixed64Rules fixed64=10;SFixed32Rules sfixed32=11;SFixed64Rules sfixed64=12;BoolRules bool=13;StringRules string=14;BytesRules bytes=15;EnumRules enum=16;"
	"RepeatedRules repeated=18;MapRules map=19;AnyRules any=20;DurationRules duration=21;FieldMaskRules field_mask=28;TimestampRules timestamp=22;}}"
	VALIDATE_REAL("Float", "float") VALIDATE_REAL("Double", "double") VALIDATE_INTEGER("Int32", "int32") VALIDATE_INTEGER("Int64", "int64")
	VALIDATE_INTEGER("UInt32", "uint32") VALIDATE_INTEGER("UInt64", "uint64") VALIDATE_INTEGER("SInt32", "sint32") VALIDATE_INTEGER("SInt64", "sint64")
	VALIDATE_INTEGER("Fixed32", "fixed32") VALIDATE_INTEGER("Fixed64", "fixed64") VALIDATE_INTEGER("SFixed32", "sfixed32") VALIDATE_INTEGER("SFixed64", "sfixed64")
	"message BoolRules{optional bool const=1;repeated bool example=2;}"
	"message StringRules{optional string const=1;optional uint64 len=19;optional uint64 min_len=2;optional uint64 max_len=3;optional uint64 len_bytes=20;"
	"optional uint64 min_bytes=4;optional uint64 max_bytes=5;optional string pattern=6;optional string prefix=7;optional string suffix=8;optional string contains=9;"
	"optional string not_contains=23;repeated string in=10;repeated string not_in=11;oneof well_known{bool email=12;bool hostname=13;bool ip=14;bool ipv4=15;bool ipv6=16;"
	"bool uri=17;bool uri_ref=18;bool address=21;bool uuid=22;bool tuuid=33;bool ip_with_prefixlen=26;bool ipv4_with_prefixlen=27;bool ipv6_with_prefixlen=28;"
	"bool ip_prefix=29;bool ipv4_prefix=30;bool ipv6_prefix=31;bool host_and_port=32;KnownRegex well_known_regex=24;}optional bool strict=25;repeated string example=34;}"
	"message BytesRules{optional bytes const=1;optional uint64 len=13;optional uint64 min_len=2;optional uint64 max_len=3;optional string pattern=4;optional bytes prefix=5;"
	"optional bytes suffix=6;optional bytes contains=7;repeated bytes in=8;repeated bytes not_in=9;oneof well_known{bool ip=10;bool ipv4=11;bool ipv6=12;bool uuid=15;}"
	"repeated bytes example=14;}"
	"message EnumRules{optional int32 const=1;optional bool defined_only=2;repeated int32 in=3;repeated int32 not_in=4;repeated int32 example=5;}"
	"message RepeatedRules{optional uint64 min_items=1;optional uint64 max_items=2;optional bool unique=3;optional FieldRules items=4;extensions 1000 to max;}"
	"message MapRules{optional uint64 min_pairs=1;optional uint64 max_pairs=2;optional FieldRules keys=4;optional FieldRules values=5;}"
	"message AnyRules{repeated string in=2;repeated string not_in=3;}"
	"message DurationRules{optional google.protobuf.Duration const=2;oneof less_than{google.protobuf.Duration lt=3;google.protobuf.Duration lte=4;}"
	"oneof greater_than{google.protobuf.Duration gt=5;google.protobuf.Duration gte=6;}repeated google.protobuf.Duration in=7;repeated google.protobuf.Duration not_in=8;}"
	"message FieldMaskRules{optional google.protobuf.FieldMask const=1;repeated string in=2;repeated string not_in=3;}"
	"message TimestampRules{optional google.protobuf.Timestamp const=2;oneof less_than{google.protobuf.Timestamp lt=3;google.protobuf.Timestamp lte=4;bool lt_now=7;}"
	"oneof greater_than{google.protobuf.Timestamp gt=5;google.protobuf.Timestamp gte=6;bool gt_now=8;}optional google.protobuf.Duration within=9;}"
	"enum KnownRegex{KNOWN_REGEX_UNSPECIFIED=0;KNOWN_REGEX_HTTP_HEADER_NAME=1;KNOWN_REGEX_HTTP_HEADER_VALUE=2;}")
#undef VALIDATE_INTEGER
#undef VALIDATE_REAL
#undef KNOWN_OPTIONS
#undef KNOWN_ARENAS
