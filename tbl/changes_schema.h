/* Kinds of change of JSON Schema, in contracts of every format that uses it. Whether one breaks depends on the direction: what tightens breaks requests, what
 * loosens breaks responses, both break records; the level here is that in the direction that it breaks. Columns: see tbl/changes.h. */
CHANGE_ROW(SCHEMA_TYPE_NARROWED, "schema", "type-narrowed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A type was removed",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_TYPE_WIDENED, "schema", "type-widened", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A type was added",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_TYPE_CHANGED, "schema", "type-changed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "The type is another",
	"What one side writes the other cannot read.",
	"Add a property of the new type beside the old one, move readers and writers over, then remove the old one.")
CHANGE_ROW(SCHEMA_ENUM_VALUE_REMOVED, "schema", "enum-value-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A value of an enumeration is gone",
	"Values that were allowed are refused now.",
	"Keep taking the value, mark it deprecated in the description, and remove it when nobody sends it.")
CHANGE_ROW(SCHEMA_ENUM_VALUE_ADDED, "schema", "enum-value-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A value of an enumeration is new",
	"Readers that know the old values only meet one that they have no branch for.",
	"Have readers take unknown values as a default first (x-extensible-enum says so), then send the new value.")
CHANGE_ROW(SCHEMA_ENUM_ADDED, "schema", "enum-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Values are limited to a list now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ENUM_REMOVED, "schema", "enum-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Values are no longer limited to a list",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_CONST_ADDED, "schema", "const-added", BREAKING, CHANGE_JSON, "Only one value is allowed now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_CONST_REMOVED, "schema", "const-removed", BREAKING, CHANGE_JSON, "More than one value is allowed now",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_CONST_CHANGED, "schema", "const-changed", BREAKING, CHANGE_JSON, "The one value that is allowed is another",
	"What one side writes the other refuses.",
	"Allow both values for a while (enum), move both sides, then remove the old one.")
CHANGE_ROW(SCHEMA_MINIMUM_ADDED, "schema", "minimum-added", BREAKING, CHANGE_JSON, "A least number is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MINIMUM_RAISED, "schema", "minimum-raised", BREAKING, CHANGE_JSON, "A least number is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MINIMUM_LOWERED, "schema", "minimum-lowered", BREAKING, CHANGE_JSON, "A least number is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MINIMUM_REMOVED, "schema", "minimum-removed", BREAKING, CHANGE_JSON, "A least number is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MINIMUM_ADDED, "schema", "exclusive-minimum-added", BREAKING, CHANGE_JSON, "A number to be above of is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MINIMUM_RAISED, "schema", "exclusive-minimum-raised", BREAKING, CHANGE_JSON, "A number to be above of is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MINIMUM_LOWERED, "schema", "exclusive-minimum-lowered", BREAKING, CHANGE_JSON, "A number to be above of is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MINIMUM_REMOVED, "schema", "exclusive-minimum-removed", BREAKING, CHANGE_JSON, "A number to be above of is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAXIMUM_ADDED, "schema", "maximum-added", BREAKING, CHANGE_JSON, "A greatest number is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAXIMUM_LOWERED, "schema", "maximum-lowered", BREAKING, CHANGE_JSON, "A greatest number is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAXIMUM_RAISED, "schema", "maximum-raised", BREAKING, CHANGE_JSON, "A greatest number is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAXIMUM_REMOVED, "schema", "maximum-removed", BREAKING, CHANGE_JSON, "A greatest number is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MAXIMUM_ADDED, "schema", "exclusive-maximum-added", BREAKING, CHANGE_JSON, "A number to be below of is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MAXIMUM_LOWERED, "schema", "exclusive-maximum-lowered", BREAKING, CHANGE_JSON, "A number to be below of is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MAXIMUM_RAISED, "schema", "exclusive-maximum-raised", BREAKING, CHANGE_JSON, "A number to be below of is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_EXCLUSIVE_MAXIMUM_REMOVED, "schema", "exclusive-maximum-removed", BREAKING, CHANGE_JSON, "A number to be below of is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_LENGTH_ADDED, "schema", "min-length-added", BREAKING, CHANGE_JSON, "A least length is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_LENGTH_RAISED, "schema", "min-length-raised", BREAKING, CHANGE_JSON, "A least length is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_LENGTH_LOWERED, "schema", "min-length-lowered", BREAKING, CHANGE_JSON, "A least length is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_LENGTH_REMOVED, "schema", "min-length-removed", BREAKING, CHANGE_JSON, "A least length is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_LENGTH_ADDED, "schema", "max-length-added", BREAKING, CHANGE_JSON, "A greatest length is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_LENGTH_LOWERED, "schema", "max-length-lowered", BREAKING, CHANGE_JSON, "A greatest length is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_LENGTH_RAISED, "schema", "max-length-raised", BREAKING, CHANGE_JSON, "A greatest length is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_LENGTH_REMOVED, "schema", "max-length-removed", BREAKING, CHANGE_JSON, "A greatest length is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_ITEMS_ADDED, "schema", "min-items-added", BREAKING, CHANGE_JSON, "A least number of items is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_ITEMS_RAISED, "schema", "min-items-raised", BREAKING, CHANGE_JSON, "A least number of items is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_ITEMS_LOWERED, "schema", "min-items-lowered", BREAKING, CHANGE_JSON, "A least number of items is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_ITEMS_REMOVED, "schema", "min-items-removed", BREAKING, CHANGE_JSON, "A least number of items is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_ITEMS_ADDED, "schema", "max-items-added", BREAKING, CHANGE_JSON, "A greatest number of items is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_ITEMS_LOWERED, "schema", "max-items-lowered", BREAKING, CHANGE_JSON, "A greatest number of items is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_ITEMS_RAISED, "schema", "max-items-raised", BREAKING, CHANGE_JSON, "A greatest number of items is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_ITEMS_REMOVED, "schema", "max-items-removed", BREAKING, CHANGE_JSON, "A greatest number of items is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_PROPERTIES_ADDED, "schema", "min-properties-added", BREAKING, CHANGE_JSON, "A least number of properties is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_PROPERTIES_RAISED, "schema", "min-properties-raised", BREAKING, CHANGE_JSON, "A least number of properties is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_PROPERTIES_LOWERED, "schema", "min-properties-lowered", BREAKING, CHANGE_JSON, "A least number of properties is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_PROPERTIES_REMOVED, "schema", "min-properties-removed", BREAKING, CHANGE_JSON, "A least number of properties is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_PROPERTIES_ADDED, "schema", "max-properties-added", BREAKING, CHANGE_JSON, "A greatest number of properties is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_PROPERTIES_LOWERED, "schema", "max-properties-lowered", BREAKING, CHANGE_JSON, "A greatest number of properties is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_PROPERTIES_RAISED, "schema", "max-properties-raised", BREAKING, CHANGE_JSON, "A greatest number of properties is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_PROPERTIES_REMOVED, "schema", "max-properties-removed", BREAKING, CHANGE_JSON, "A greatest number of properties is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_CONTAINS_ADDED, "schema", "min-contains-added", BREAKING, CHANGE_JSON, "A least number of matching items is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_CONTAINS_RAISED, "schema", "min-contains-raised", BREAKING, CHANGE_JSON, "A least number of matching items is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MIN_CONTAINS_LOWERED, "schema", "min-contains-lowered", BREAKING, CHANGE_JSON, "A least number of matching items is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MIN_CONTAINS_REMOVED, "schema", "min-contains-removed", BREAKING, CHANGE_JSON, "A least number of matching items is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_CONTAINS_ADDED, "schema", "max-contains-added", BREAKING, CHANGE_JSON, "A greatest number of matching items is demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_CONTAINS_LOWERED, "schema", "max-contains-lowered", BREAKING, CHANGE_JSON, "A greatest number of matching items is tighter",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MAX_CONTAINS_RAISED, "schema", "max-contains-raised", BREAKING, CHANGE_JSON, "A greatest number of matching items is looser",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MAX_CONTAINS_REMOVED, "schema", "max-contains-removed", BREAKING, CHANGE_JSON, "A greatest number of matching items is no longer demanded",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MULTIPLE_OF_ADDED, "schema", "multiple-of-added", BREAKING, CHANGE_JSON, "Numbers must be multiples now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_MULTIPLE_OF_REMOVED, "schema", "multiple-of-removed", BREAKING, CHANGE_JSON, "Numbers need not be multiples any more",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_MULTIPLE_OF_CHANGED, "schema", "multiple-of-changed", BREAKING, CHANGE_JSON, "Numbers must be multiples of another number",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_PATTERN_ADDED, "schema", "pattern-added", BREAKING, CHANGE_JSON, "Texts must match a pattern now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_PATTERN_REMOVED, "schema", "pattern-removed", BREAKING, CHANGE_JSON, "Texts need not match a pattern any more",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_PATTERN_CHANGED, "schema", "pattern-changed", BREAKING, CHANGE_JSON, "The pattern of texts is another",
	"Texts that one pattern takes the other may refuse.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNIQUE_ITEMS_ADDED, "schema", "unique-items-added", BREAKING, CHANGE_JSON, "No item may stand twice now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNIQUE_ITEMS_REMOVED, "schema", "unique-items-removed", BREAKING, CHANGE_JSON, "Items may stand twice now",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_PROPERTY_BECAME_REQUIRED, "schema", "property-became-required", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A property became required",
	"Whoever leaves it out, as was allowed, is refused.",
	"Give it a default on the reading side, ask all writers to send it, watch that they do, then require it.")
CHANGE_ROW(SCHEMA_REQUIRED_PROPERTY_ADDED, "schema", "required-property-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A required property is new",
	"Nobody sends it yet, so everything that is sent today is refused.",
	"Add it as optional with a default, have all writers send it, then require it.")
CHANGE_ROW(SCHEMA_PROPERTY_BECAME_OPTIONAL, "schema", "property-became-optional", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A property need not be there any more",
	"Readers rely on it being there.",
	"Have readers live without it first, then stop requiring it.")
CHANGE_ROW(SCHEMA_REQUIRED_PROPERTY_REMOVED, "schema", "required-property-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A required property is gone",
	"Readers rely on it being there.",
	"Mark it deprecated, move readers to what replaces it, then remove it.")
CHANGE_ROW(SCHEMA_PROPERTY_REMOVED, "schema", "property-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A property is gone",
	"Whoever sends it is refused or ignored; whoever reads it finds nothing.",
	"Mark it deprecated, move everybody to what replaces it, then remove it.")
CHANGE_ROW(SCHEMA_PROPERTY_ADDED, "schema", "property-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "A property is new",
	"Where the old schema allowed no other properties, readers that check refuse it; where it allowed any, somebody may already use the name for something else.",
	"Have readers ignore unknown properties first; choose a name that nobody uses yet.")
CHANGE_ROW(SCHEMA_ADDITIONAL_PROPERTIES_CLOSED, "schema", "additional-properties-closed", BREAKING, CHANGE_JSON, "Other properties are refused now",
	"Whoever sends a property that is not listed, as was allowed, is refused.",
	"List what is really sent first, watch for others, then close.")
CHANGE_ROW(SCHEMA_ADDITIONAL_PROPERTIES_OPENED, "schema", "additional-properties-opened", BREAKING, CHANGE_JSON, "Other properties are allowed now",
	"Readers that check against the old schema refuse properties that it does not list.",
	"Have readers ignore unknown properties first.")
CHANGE_ROW(SCHEMA_ADDITIONAL_PROPERTIES_NARROWED, "schema", "additional-properties-narrowed", BREAKING, CHANGE_JSON, "Other properties must fit a schema now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ADDITIONAL_PROPERTIES_WIDENED, "schema", "additional-properties-widened", BREAKING, CHANGE_JSON, "Other properties may be anything now",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_PATTERN_PROPERTY_ADDED, "schema", "pattern-property-added", BREAKING, CHANGE_JSON, "Properties of a pattern are described now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_PATTERN_PROPERTY_REMOVED, "schema", "pattern-property-removed", BREAKING, CHANGE_JSON, "Properties of a pattern are no longer described",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_PROPERTY_NAMES_ADDED, "schema", "property-names-added", BREAKING, CHANGE_JSON, "Names of properties are limited now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_PROPERTY_NAMES_REMOVED, "schema", "property-names-removed", BREAKING, CHANGE_JSON, "Names of properties are no longer limited",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_DEPENDENT_REQUIRED_ADDED, "schema", "dependent-required-added", BREAKING, CHANGE_JSON, "A property demands another one now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_DEPENDENT_REQUIRED_REMOVED, "schema", "dependent-required-removed", BREAKING, CHANGE_JSON, "A property no longer demands another one",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_DEPENDENT_SCHEMA_ADDED, "schema", "dependent-schema-added", BREAKING, CHANGE_JSON, "A property brings a schema with it now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_DEPENDENT_SCHEMA_REMOVED, "schema", "dependent-schema-removed", BREAKING, CHANGE_JSON, "A property no longer brings a schema with it",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_ITEMS_CLOSED, "schema", "items-closed", BREAKING, CHANGE_JSON, "Further items are refused now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ITEMS_OPENED, "schema", "items-opened", BREAKING, CHANGE_JSON, "Further items are allowed now",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_ITEMS_NARROWED, "schema", "items-narrowed", BREAKING, CHANGE_JSON, "Items must fit a schema now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ITEMS_WIDENED, "schema", "items-widened", BREAKING, CHANGE_JSON, "Items may be anything now",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_PREFIX_ITEM_ADDED, "schema", "prefix-item-added", BREAKING, CHANGE_JSON, "An item at a position is described now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_PREFIX_ITEM_REMOVED, "schema", "prefix-item-removed", BREAKING, CHANGE_JSON, "An item at a position is no longer described",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_CONTAINS_ADDED, "schema", "contains-added", BREAKING, CHANGE_JSON, "An array must contain something now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_CONTAINS_REMOVED, "schema", "contains-removed", BREAKING, CHANGE_JSON, "An array need not contain something any more",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_CONTAINS_CHANGED, "schema", "contains-changed", BREAKING, CHANGE_JSON, "What an array must contain is another",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ANY_OF_ADDED, "schema", "any-of-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Alternatives (`anyOf`) are demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ANY_OF_REMOVED, "schema", "any-of-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Alternatives (`anyOf`) are gone",
	"What one alternative allowed is refused, or what none allowed is sent.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ANY_OF_BRANCH_REMOVED, "schema", "any-of-branch-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "An alternative of `anyOf` is gone",
	"Whoever sends values of this alternative is refused.",
	"Keep the alternative, mark it deprecated, and remove it when nobody sends it.")
CHANGE_ROW(SCHEMA_ANY_OF_BRANCH_ADDED, "schema", "any-of-branch-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "An alternative of `anyOf` is new",
	"Readers that know the old alternatives only meet one that they have no branch for.",
	"Teach the readers the new alternative first, then send it.")
CHANGE_ROW(SCHEMA_ONE_OF_ADDED, "schema", "one-of-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Alternatives (`oneOf`) are demanded now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ONE_OF_REMOVED, "schema", "one-of-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "Alternatives (`oneOf`) are gone",
	"What one alternative allowed is refused, or what none allowed is sent.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_ONE_OF_BRANCH_REMOVED, "schema", "one-of-branch-removed", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "An alternative of `oneOf` is gone",
	"Whoever sends values of this alternative is refused.",
	"Keep the alternative, mark it deprecated, and remove it when nobody sends it.")
CHANGE_ROW(SCHEMA_ONE_OF_BRANCH_ADDED, "schema", "one-of-branch-added", BREAKING, CHANGE_JSON | CHANGE_SOURCE, "An alternative of `oneOf` is new",
	"Readers that know the old alternatives only meet one that they have no branch for.",
	"Teach the readers the new alternative first, then send it.")
CHANGE_ROW(SCHEMA_NOT_ADDED, "schema", "not-added", BREAKING, CHANGE_JSON, "Some values are excluded (`not`) now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_NOT_REMOVED, "schema", "not-removed", BREAKING, CHANGE_JSON, "Some values are no longer excluded (`not`)",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_NOT_CHANGED, "schema", "not-changed", BREAKING, CHANGE_JSON, "What is excluded (`not`) is another",
	"What one side excludes the other may send.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_CONDITION_ADDED, "schema", "condition-added", BREAKING, CHANGE_JSON, "A condition (`if`) is new",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_CONDITION_REMOVED, "schema", "condition-removed", BREAKING, CHANGE_JSON, "A condition (`if`) is gone",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_CONDITION_CHANGED, "schema", "condition-changed", BREAKING, CHANGE_JSON, "A condition (`if`) is another",
	"Values fall under other branches than before.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNEVALUATED_PROPERTIES_ADDED, "schema", "unevaluated-properties-added", BREAKING, CHANGE_JSON, "Properties that nothing describes are limited now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNEVALUATED_PROPERTIES_REMOVED, "schema", "unevaluated-properties-removed", BREAKING, CHANGE_JSON, "Properties that nothing describes are no longer limited",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_UNEVALUATED_PROPERTIES_CHANGED, "schema", "unevaluated-properties-changed", BREAKING, CHANGE_JSON, "What properties that nothing describes must be is another",
	"What one side leaves open the other excludes.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNEVALUATED_ITEMS_ADDED, "schema", "unevaluated-items-added", BREAKING, CHANGE_JSON, "Items that nothing describes are limited now",
	"Values that were allowed are refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_UNEVALUATED_ITEMS_REMOVED, "schema", "unevaluated-items-removed", BREAKING, CHANGE_JSON, "Items that nothing describes are no longer limited",
	"Readers that were written against the old schema now meet values that it excluded.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_UNEVALUATED_ITEMS_CHANGED, "schema", "unevaluated-items-changed", BREAKING, CHANGE_JSON, "What items that nothing describes must be is another",
	"What one side leaves open the other excludes.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_VALUES_REFUSED, "schema", "values-refused", BREAKING, CHANGE_JSON, "Nothing is allowed here any more",
	"Every value that was allowed is refused now.",
	"Keep taking the old values beside the new ones, ask senders to move, and tighten when nobody sends the old ones any more.")
CHANGE_ROW(SCHEMA_VALUES_ALLOWED, "schema", "values-allowed", BREAKING, CHANGE_JSON, "Values are allowed where none were",
	"Readers that were written against the old schema meet values where it excluded all.",
	"Teach the readers the new values first, then begin to send them.")
CHANGE_ROW(SCHEMA_SCHEMA_CHANGED, "schema", "schema-changed", BREAKING, CHANGE_JSON, "A part that cannot be compared by rules is another",
	"The two schemas may allow different values.",
	"Compare the two by hand, or write them without $dynamicRef and with fewer alternatives.")
CHANGE_ROW(SCHEMA_FORMAT_CHANGED, "schema", "format-changed", WARNING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "The format is another",
	"Generated code and checks that follow `format` read the value differently.",
	"Add a property of the new format beside the old one, move everybody over, then remove the old one.")
CHANGE_ROW(SCHEMA_CONTENT_CHANGED, "schema", "content-changed", WARNING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "What a text contains (encoding, media type, schema) is another",
	"Readers decode the text as it was described before.",
	"Add a property for the new content beside the old one, move everybody over, then remove the old one.")
CHANGE_ROW(SCHEMA_DEFAULT_CHANGED, "schema", "default-changed", WARNING, CHANGE_BEHAVIOUR, "The default is another",
	"Whoever leaves the value out gets something else than before.",
	"Keep the default; let callers who want the other value send it.")
CHANGE_ROW(SCHEMA_READ_ONLY_CHANGED, "schema", "read-only-changed", WARNING, CHANGE_BEHAVIOUR, "Whether a property may be sent (`readOnly`) is another",
	"What callers send is ignored, or they are asked to send what they could not.",
	"Announce it, and watch that callers no longer send it.")
CHANGE_ROW(SCHEMA_WRITE_ONLY_CHANGED, "schema", "write-only-changed", WARNING, CHANGE_BEHAVIOUR, "Whether a property comes back (`writeOnly`) is another",
	"Readers find a property that was hidden, or no longer find one.",
	"Announce it, and watch that readers no longer use it.")
CHANGE_ROW(SCHEMA_DISCRIMINATOR_CHANGED, "schema", "discriminator-changed", WARNING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "How alternatives are told apart (`discriminator`) is another",
	"Generated code chooses the class by it.",
	"Keep the property and the old names in `mapping` beside the new ones.")
CHANGE_ROW(SCHEMA_EXTENSIBLE_ENUM_VALUE_REMOVED, "schema", "extensible-enum-value-removed", WARNING, CHANGE_SOURCE | CHANGE_BEHAVIOUR, "A value of `x-extensible-enum` is gone",
	"Whoever sends the value may be refused.",
	"Keep taking it until nobody sends it.")
CHANGE_ROW(SCHEMA_DEPRECATED_ADDED, "schema", "deprecated-added", INFO, 0, "Marked deprecated", "", "")
CHANGE_ROW(SCHEMA_DEPRECATED_REMOVED, "schema", "deprecated-removed", INFO, 0, "No longer marked deprecated", "", "")
