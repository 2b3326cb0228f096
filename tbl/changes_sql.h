/* Kinds of change of the tables that a service lets others read. Columns: see tbl/changes.h. */
CHANGE_ROW(SQL_TABLE_REMOVED, "sql", "table-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A table is gone", "Reports that select from it fail, and capture of its changes stops.",
	"Tell the readers, keep the table (or a view of its name over what replaces it) until none of them reads it, then drop it.")
CHANGE_ROW(SQL_TABLE_RENAMED, "sql", "table-renamed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A table has another name", "Reports that select from the old name fail.",
	"Rename it and create a view of the old name over it in the same migration; drop the view when nobody reads it.")
CHANGE_ROW(SQL_TABLE_ADDED, "sql", "table-added", INFO, 0, "A table is new", "", "")
CHANGE_ROW(SQL_COLUMN_REMOVED, "sql", "column-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A column is gone", "Reports that select it fail.",
	"Add what replaces it first, move the readers over, then drop the column in a later migration.")
CHANGE_ROW(SQL_COLUMN_RENAMED, "sql", "column-renamed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A column has another name", "Reports that select the old name fail.",
	"Add a column of the new name, fill it from the old one and keep both in step, move the readers over, then drop the old one.")
CHANGE_ROW(SQL_COLUMN_ADDED, "sql", "column-added", INFO, 0, "A column is new", "", "")
CHANGE_ROW(SQL_TYPE_CHANGED, "sql", "column-type-changed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE, "A column is of another type",
	"Readers get values that they cannot take, and comparisons and sums mean something else.",
	"Add a column of the new type under a new name, fill both, move the readers over, then drop the old one.")
CHANGE_ROW(SQL_TYPE_NARROWED, "sql", "column-type-narrowed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A column holds less than before",
	"Values that were there are cut or refused, so that readers miss them.",
	"Add a narrower column under a new name, decide what becomes of the values that do not fit, move the readers over, then drop the old one.")
CHANGE_ROW(SQL_TYPE_WIDENED, "sql", "column-type-widened", INFO, 0, "A column holds more than before", "", "")
CHANGE_ROW(SQL_TYPE_MEANING, "sql", "column-type-meaning-changed", WARNING, CHANGE_BEHAVIOUR, "A column holds the same values with another meaning",
	"The same text or instant is stored, compared or shown otherwise: time zones, padding, order of keys.",
	"Add a column of the new type under a new name, fill both, move the readers over, then drop the old one.")
CHANGE_ROW(SQL_NULL_ALLOWED, "sql", "null-allowed", BREAKING, CHANGE_WIRE | CHANGE_JSON, "A column may be null now", "Readers meet a null where there never was one; sums, joins and loading fail or lose rows.",
	"Fill the column with a value that says \"unknown\" instead, or tell the readers and let them handle null before the first one is written.")
CHANGE_ROW(SQL_NULL_REFUSED, "sql", "null-refused", INFO, 0, "A column is never null any more", "", "")
CHANGE_ROW(SQL_ENUM_VALUE_REMOVED, "sql", "enum-value-removed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A value of an enum is gone",
	"Reports that ask for it fail (PostgreSQL) or find nothing.", "Stop writing the value first, move the rows and the readers to its successor, then remove it.")
CHANGE_ROW(SQL_ENUM_VALUE_ADDED, "sql", "enum-value-added", WARNING, CHANGE_JSON | CHANGE_SOURCE, "A value of an enum is new", "Reports that know all values may leave out or misplace rows with the new one.",
	"Tell the readers to treat values that they do not know as a case of their own before the first row has the new one.")
CHANGE_ROW(SQL_DOMAIN_CHANGED, "sql", "domain-changed", BREAKING, CHANGE_WIRE | CHANGE_SOURCE, "A domain is of another type or may be null now", "Every column of the domain changes with it.",
	"Create a new domain, add columns of it, fill both, move the readers over, then drop the old ones.")
CHANGE_ROW(SQL_PRIMARY_KEY_CHANGED, "sql", "primary-key-changed", BREAKING, CHANGE_BEHAVIOUR, "The primary key is another",
	"Capture of changes finds rows by it: updates and deletes are applied to the wrong row or to none, and what was one row by the old key may be several.",
	"Keep the old key unique until every reader has loaded the table anew by the new one.")
CHANGE_ROW(SQL_DEFAULT_CHANGED, "sql", "default-changed", WARNING, CHANGE_BEHAVIOUR, "A column has another default", "Rows that are written without it mean something else than those before.",
	"Write the value explicitly, and tell the readers from when on the default is another.")
CHANGE_ROW(SQL_UNIT_CHANGED, "sql", "unit-changed", WARNING, CHANGE_BEHAVIOUR, "The comment names another unit", "Readers go on taking the numbers for the old unit.",
	"Put the new unit into a new column whose name says it, fill both, move the readers over, then drop the old one.")
CHANGE_ROW(SQL_COMMENT_CHANGED, "sql", "comment-changed", INFO, 0, "A comment is another", "", "")
CHANGE_ROW(SQL_VIEW_CHANGED, "sql", "view-changed", WARNING, CHANGE_BEHAVIOUR, "A view selects otherwise", "It has the same columns, but perhaps other rows or other values in them.",
	"Create a view under a new name; drop the old one when nobody reads it.")
