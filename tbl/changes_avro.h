/* Kinds of change of Avro schemas. Columns: see tbl/changes.h. Each is told once, for both directions: backward (new readers of old records) and forward (old readers
 * of new records) stand in its reach as request and response. */
CHANGE_ROW(AVRO_FIELD_ADDED_WITHOUT_DEFAULT, "avro", "field-added-without-default", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A field was added without a default",
	"A reader with the new schema finds no value in records that were written before, and has none to take instead: it fails on each of them.",
	"Give the field a default. Where no value would be honest, make it a union with null first and null as default, and drop null when no old record is left.")
CHANGE_ROW(AVRO_FIELD_REMOVED_WITHOUT_DEFAULT, "avro", "field-removed-without-default", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A field was removed that readers need",
	"Readers that still have the old schema find no value in new records, and their schema has no default: they fail on each of them.",
	"First give the field a default and wait until all readers have that schema; then remove it.")
CHANGE_ROW(AVRO_FIELD_RENAMED, "avro", "field-renamed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A field has another name",
	"Fields are found by name. A side that does not know the new name as the field, or the old one as its alias, finds no value.",
	"Keep the old name; or add the new name as a second field with a default, write both, move the readers, and remove the old one. An alias helps readers of the new schema only.")
CHANGE_ROW(AVRO_TYPE_CHANGED, "avro", "type-changed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A type became another",
	"Records that were written with one of the two types cannot be read with the other, in neither direction.",
	"Add a field of the new type with a default under a new name, write both, move the readers, and remove the old one.")
CHANGE_ROW(AVRO_TYPE_NARROWED, "avro", "type-narrowed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A type takes less than before",
	"Avro widens values (int to long, float, double) but never narrows them: readers with the new schema fail on old records.",
	"Keep the wider type; or add a field of the narrower type with a default under a new name, write both, move the readers, and remove the old one.")
CHANGE_ROW(AVRO_TYPE_WIDENED, "avro", "type-widened", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A type takes more than before",
	"Readers that still have the old schema fail on new records: Avro widens values but never narrows them.",
	"Give all readers the new schema first, and only then let writers use it.")
CHANGE_ROW(AVRO_BRANCH_REMOVED, "avro", "branch-removed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A value may no longer be of a type",
	"Old records that hold a value of this type cannot be read with the new schema.",
	"Stop writing the type first; remove the branch when no record that holds it will be read any more.")
CHANGE_ROW(AVRO_BRANCH_ADDED, "avro", "branch-added", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A value may be of a further type",
	"Readers that still have the old schema fail on records that hold a value of this type.",
	"Give all readers the new schema first, and only then let writers use the new branch.")
CHANGE_ROW(AVRO_SYMBOL_REMOVED, "avro", "symbol-removed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A symbol was removed from an enum",
	"Old records that hold the symbol cannot be read with the new schema, which has no default symbol.",
	"Keep the symbol and stop writing it; or give the enum a \"default\" that stands for symbols it does not know.")
CHANGE_ROW(AVRO_SYMBOL_ADDED, "avro", "symbol-added", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A symbol was added to an enum",
	"Readers that still have the old schema fail on records that hold the new symbol, as their enum has no default symbol.",
	"Give the enum a \"default\" and all readers that schema; then add the symbol.")
CHANGE_ROW(AVRO_SIZE_CHANGED, "avro", "fixed-size-changed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A fixed type has another size",
	"A fixed value is read with exactly the size that it was written with.",
	"Define a new fixed type, add a field of it with a default, write both, move the readers, and remove the old field.")
CHANGE_ROW(AVRO_TYPE_RENAMED, "avro", "type-renamed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A named type has another name",
	"Records, enums and fixed types are matched by name. A reader that knows neither the name nor an alias of it refuses what was written.",
	"Keep the name. An alias (\"aliases\": [\"OldName\"]) in the new schema lets its readers read old records; give it to all readers before a writer uses the new name.")
CHANGE_ROW(AVRO_LOGICAL_CHANGED, "avro", "logical-type-changed", BREAKING, CHANGE_BEHAVIOUR | CHANGE_SOURCE, "A value means something else",
	"Avro reads the bytes as before and does not notice: the same number is another moment, or another amount.",
	"Add a field with the new logical type and a default under a new name, write both, move the readers, and remove the old one.")
CHANGE_ROW(AVRO_FIELD_ADDED, "avro", "field-added", INFO, 0, "A field with a default was added", "", "")
CHANGE_ROW(AVRO_FIELD_REMOVED, "avro", "field-removed", INFO, 0, "A field with a default was removed", "", "")
CHANGE_ROW(AVRO_DEFAULT_CHANGED, "avro", "default-changed", INFO, 0, "The default of a field changed", "", "")
CHANGE_ROW(AVRO_SYMBOL_DEFAULTED, "avro", "symbol-defaulted", INFO, 0, "A symbol that one side does not know is read as the enum's default", "", "")
