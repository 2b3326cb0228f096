/* Kinds of change of GraphQL schemas. Columns: see tbl/changes.h. */
CHANGE_ROW(GRAPHQL_ROOT_REMOVED, "graphql", "root-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A kind of operation is gone", "Every such operation is refused.",
	"Keep the type with its fields marked @deprecated until nobody calls them, then remove it.")
CHANGE_ROW(GRAPHQL_ROOT_CHANGED, "graphql", "root-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "Another type holds the operations",
	"Operations whose fields the new type lacks, and fragments on the old type, are refused.",
	"Keep the root type and add the new fields to it; mark the old ones @deprecated and remove them when nobody uses them.")
CHANGE_ROW(GRAPHQL_ROOT_ADDED, "graphql", "root-added", INFO, 0, "A kind of operation is new", "", "")
CHANGE_ROW(GRAPHQL_TYPE_REMOVED, "graphql", "type-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A type is gone", "Fragments on the type and variables of it are refused.",
	"Mark the fields that lead to the type @deprecated, wait until nobody asks for them, then remove fields and type.")
CHANGE_ROW(GRAPHQL_TYPE_RENAMED, "graphql", "type-renamed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A type has another name",
	"Fragments on the old name and variables of it are refused, and __typename answers another name.",
	"Add the new type beside the old one with fields of its own, mark the old fields @deprecated, and remove the old type when nobody uses it.")
CHANGE_ROW(GRAPHQL_TYPE_KIND_CHANGED, "graphql", "type-kind-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A type is of another kind",
	"What was written for the old kind (fields chosen, values given) is refused or answered differently.",
	"Add a type of the new kind under a new name, with new fields that lead to it; mark the old fields @deprecated and remove them later.")
CHANGE_ROW(GRAPHQL_TYPE_ADDED, "graphql", "type-added", INFO, 0, "A type is new", "", "")
CHANGE_ROW(GRAPHQL_FIELD_REMOVED, "graphql", "field-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A field is gone", "Every query that asks for it is refused as a whole.",
	"Mark the field @deprecated with a reason that names its successor, wait until nobody asks for it, then remove it.")
CHANGE_ROW(GRAPHQL_FIELD_ADDED, "graphql", "field-added", INFO, 0, "A field is new", "", "")
CHANGE_ROW(GRAPHQL_FIELD_TYPE_CHANGED, "graphql", "field-type-changed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A field answers another type",
	"Clients get values that their code does not expect, or their queries are refused.",
	"Add a field of the new type under a new name, mark the old one @deprecated, and remove it when nobody asks for it.")
CHANGE_ROW(GRAPHQL_FIELD_TYPE_TIGHTENED, "graphql", "field-type-tightened", INFO, 0, "A field is never null any more", "", "")
CHANGE_ROW(GRAPHQL_FIELD_MERGE, "graphql", "field-type-no-longer-merges", WARNING, CHANGE_WIRE, "A field no longer has the type of another that it can be merged with",
	"Queries that give fields of several types one name in the answer are refused when only one of them may be null.",
	"Change all fields that share the name in one step, or leave the field nullable.")
CHANGE_ROW(GRAPHQL_ARGUMENT_REMOVED, "graphql", "argument-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An argument is gone", "Every query that gives it is refused.",
	"Mark the argument @deprecated, accept and ignore it until nobody gives it, then remove it.")
CHANGE_ROW(GRAPHQL_ARGUMENT_ADDED, "graphql", "argument-added", WARNING, CHANGE_BEHAVIOUR, "An argument is new", "The field may answer differently to those who do not give it.",
	"Let the field do without the argument what it did before.")
CHANGE_ROW(GRAPHQL_REQUIRED_ARGUMENT_ADDED, "graphql", "required-argument-added", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An argument is new and must be given",
	"Every query that was written before does not give it and is refused.",
	"Add the argument as nullable or with a default first; require it when everybody gives it.")
CHANGE_ROW(GRAPHQL_ARGUMENT_TYPE_CHANGED, "graphql", "argument-type-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An argument takes another type",
	"Values and variables of the old type are refused.", "Add an argument of the new type under a new name, mark the old one @deprecated, and remove it when nobody gives it.")
CHANGE_ROW(GRAPHQL_ARGUMENT_DEFAULT_CHANGED, "graphql", "argument-default-changed", WARNING, CHANGE_BEHAVIOUR, "An argument has another default",
	"Those who do not give the argument get another answer than before.", "Keep the default; let those who want the other value give it, or add a field that has it.")
CHANGE_ROW(GRAPHQL_INPUT_FIELD_REMOVED, "graphql", "input-field-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A field of an input is gone",
	"Every operation that gives it is refused.", "Mark the field @deprecated, accept and ignore it until nobody gives it, then remove it.")
CHANGE_ROW(GRAPHQL_INPUT_FIELD_ADDED, "graphql", "input-field-added", INFO, 0, "A field of an input is new", "", "")
CHANGE_ROW(GRAPHQL_DEFAULTED_INPUT_FIELD_ADDED, "graphql", "defaulted-input-field-added", WARNING, CHANGE_BEHAVIOUR, "A field of an input is new and has a default",
	"Those who do not give it get the default's effect without asking for it.", "Choose a default that keeps what happened before.")
CHANGE_ROW(GRAPHQL_REQUIRED_INPUT_FIELD_ADDED, "graphql", "required-input-field-added", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A field of an input is new and must be given",
	"Every operation that was written before does not give it and is refused.", "Add the field as nullable or with a default first; require it when everybody gives it.")
CHANGE_ROW(GRAPHQL_INPUT_FIELD_TYPE_CHANGED, "graphql", "input-field-type-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A field of an input takes another type",
	"Values and variables of the old type are refused.", "Add a field of the new type under a new name, mark the old one @deprecated, and remove it when nobody gives it.")
CHANGE_ROW(GRAPHQL_INPUT_FIELD_DEFAULT_CHANGED, "graphql", "input-field-default-changed", WARNING, CHANGE_BEHAVIOUR, "A field of an input has another default",
	"Those who do not give the field get another effect than before.", "Keep the default; let those who want the other value give it.")
CHANGE_ROW(GRAPHQL_ONE_OF_ADDED, "graphql", "one-of-added", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "An input takes exactly one of its fields now",
	"Operations that give none or several of its fields are refused.", "Add a new @oneOf input with a new argument for it, mark the old argument @deprecated, and remove it later.")
CHANGE_ROW(GRAPHQL_ONE_OF_REMOVED, "graphql", "one-of-removed", INFO, 0, "An input takes any of its fields together now", "", "")
CHANGE_ROW(GRAPHQL_ENUM_VALUE_REMOVED, "graphql", "enum-value-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A value of an enum is gone",
	"Operations that give it are refused, and code that names it no longer builds.", "Mark the value @deprecated, accept it until nobody gives it, then remove it.")
CHANGE_ROW(GRAPHQL_ENUM_VALUE_ADDED, "graphql", "enum-value-added", WARNING, CHANGE_JSON | CHANGE_SOURCE, "A value of an enum is new",
	"Clients that know all values of the enum may fail on an answer with a new one.",
	"Tell clients to treat values that they do not know as a case of their own before you answer the new one.")
CHANGE_ROW(GRAPHQL_UNION_MEMBER_REMOVED, "graphql", "union-member-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A union no longer holds a type",
	"Fragments on the type within the union are refused.", "Stop answering the type first, and keep it in the union until no query has a fragment on it.")
CHANGE_ROW(GRAPHQL_UNION_MEMBER_ADDED, "graphql", "union-member-added", WARNING, CHANGE_JSON | CHANGE_SOURCE, "A union holds another type",
	"Clients that know all types of the union may fail on an answer with a new one.",
	"Tell clients to treat types that they do not know as a case of their own before you answer the new one.")
CHANGE_ROW(GRAPHQL_INTERFACE_REMOVED, "graphql", "interface-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A type no longer implements an interface",
	"Fragments on the type within the interface, and the other way round, are refused.", "Keep the interface until no query has such a fragment.")
CHANGE_ROW(GRAPHQL_INTERFACE_ADDED, "graphql", "interface-added", WARNING, CHANGE_JSON | CHANGE_SOURCE, "A type implements another interface",
	"Clients that know all types of the interface may fail on an answer with a new one.",
	"Tell clients to treat types that they do not know as a case of their own before you answer the new one.")
CHANGE_ROW(GRAPHQL_DIRECTIVE_REMOVED, "graphql", "directive-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A directive is gone", "Operations that use it are refused.",
	"Keep the directive without effect until nobody uses it, then remove it.")
CHANGE_ROW(GRAPHQL_DIRECTIVE_ADDED, "graphql", "directive-added", INFO, 0, "A directive is new", "", "")
CHANGE_ROW(GRAPHQL_DIRECTIVE_LOCATION_REMOVED, "graphql", "directive-location-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A directive is no longer allowed in a place",
	"Operations that use it there are refused.", "Keep the place until nobody uses the directive there.")
CHANGE_ROW(GRAPHQL_DIRECTIVE_LOCATION_ADDED, "graphql", "directive-location-added", INFO, 0, "A directive is allowed in another place", "", "")
CHANGE_ROW(GRAPHQL_DIRECTIVE_REPEATABLE_REMOVED, "graphql", "directive-repeatable-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A directive may stand only once in a place",
	"Operations that repeat it are refused.", "Keep it repeatable until nobody repeats it.")
CHANGE_ROW(GRAPHQL_DIRECTIVE_REPEATABLE_ADDED, "graphql", "directive-repeatable-added", INFO, 0, "A directive may be repeated", "", "")
CHANGE_ROW(GRAPHQL_USE_ADDED, "graphql", "directive-use-added", WARNING, CHANGE_BEHAVIOUR, "A directive is applied to a part of the schema",
	"What the server does on account of it is not said by the schema.", "Say in the description what the directive does for clients, or apply it to a new part only.")
CHANGE_ROW(GRAPHQL_USE_REMOVED, "graphql", "directive-use-removed", WARNING, CHANGE_BEHAVIOUR, "A directive is no longer applied to a part of the schema",
	"What the server did on account of it is not said by the schema.", "Say in the description what changes for clients before you remove the directive.")
CHANGE_ROW(GRAPHQL_USE_CHANGED, "graphql", "directive-use-changed", WARNING, CHANGE_BEHAVIOUR, "A directive is applied with other arguments",
	"What the server does on account of it is not said by the schema.", "Say in the description what changes for clients.")
CHANGE_ROW(GRAPHQL_DEPRECATION_ADDED, "graphql", "deprecation-added", INFO, 0, "Something is deprecated", "", "")
CHANGE_ROW(GRAPHQL_DEPRECATION_REMOVED, "graphql", "deprecation-removed", INFO, 0, "Something is no longer deprecated", "", "")
CHANGE_ROW(GRAPHQL_DEPRECATION_CHANGED, "graphql", "deprecation-reason-changed", INFO, 0, "The reason of a deprecation is another", "", "")
CHANGE_ROW(GRAPHQL_DESCRIPTION_CHANGED, "graphql", "description-changed", INFO, 0, "A description is another", "", "")
