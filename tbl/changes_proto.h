/* Kinds of change of this format's contracts. Columns: see tbl/changes.h. */
