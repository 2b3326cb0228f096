/* Rules of this checker. Columns: see tbl/rules.h. */
