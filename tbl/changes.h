/* Every kind of change of a contract, by format; the rows stand in the files named here: symbol, format, stable name, usual level (INFO, WARNING, BREAKING), categories
 * (of CHANGE_WIRE, CHANGE_JSON, CHANGE_SOURCE, CHANGE_BEHAVIOUR; 0 for none), title, why somebody fails ("" where nobody does), the way to
 * the same goal without breaking anyone (expand, migrate, contract; "" where none is needed). */
#include "tbl/changes_any.h"
#include "tbl/changes_proto.h"
#include "tbl/changes_schema.h"
#include "tbl/changes_openapi.h"
#include "tbl/changes_asyncapi.h"
#include "tbl/changes_avro.h"
#include "tbl/changes_graphql.h"
#include "tbl/changes_sql.h"
