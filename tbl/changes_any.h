/* Kinds of change that every format knows. Columns: see tbl/changes.h. */
CHANGE_ROW(CONTRACT_REMOVED, "any", "contract-removed", BREAKING, CHANGE_WIRE | CHANGE_JSON | CHANGE_SOURCE | CHANGE_BEHAVIOUR, "A contract is gone",
	"Whoever was built against it finds neither its operations nor its types.",
	"Keep the file until nobody calls what it describes; mark it deprecated with a date, and remove it when the date has passed.")
CHANGE_ROW(CONTRACT_ADDED, "any", "contract-added", INFO, 0, "A contract is new", "", "")
CHANGE_ROW(APPROVAL_EXPIRED, "any", "approval-expired", BREAKING, CHANGE_BEHAVIOUR, "The approval of a break has expired",
	"The break was approved until a date that has passed; it stands unapproved.",
	"Finish the migration and make the change again in steps, or agree on a new date with the owner and write it into the approvals file.")
