/* The names that Confluent's Schema Registry gives to incompatibilities. Columns: see tbl/rules.h. */
/* Avro (they are those of Avro's own SchemaCompatibility) */
RULE_ROW(CONFLUENT_AVRO_NAME_MISMATCH, "confluent-avro", "NAME_MISMATCH", "avro", "A named type must keep its name, or the reader must know the writer's as an alias.")
RULE_ROW(CONFLUENT_AVRO_FIXED_SIZE_MISMATCH, "confluent-avro", "FIXED_SIZE_MISMATCH", "avro", "A fixed type must keep its size.")
RULE_ROW(CONFLUENT_AVRO_MISSING_ENUM_SYMBOLS, "confluent-avro", "MISSING_ENUM_SYMBOLS", "avro", "The reader's enum must have all of the writer's symbols, or a default.")
RULE_ROW(CONFLUENT_AVRO_READER_FIELD_MISSING_DEFAULT_VALUE, "confluent-avro", "READER_FIELD_MISSING_DEFAULT_VALUE", "avro",
	"A reader's field that the writer does not have must have a default.")
RULE_ROW(CONFLUENT_AVRO_TYPE_MISMATCH, "confluent-avro", "TYPE_MISMATCH", "avro", "The writer's type must be the reader's or promote to it.")
RULE_ROW(CONFLUENT_AVRO_MISSING_UNION_BRANCH, "confluent-avro", "MISSING_UNION_BRANCH", "avro", "The reader's union must have a branch for each type that is written.")
