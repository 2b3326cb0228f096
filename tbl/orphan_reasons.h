/* Why a service is in nobody's hands: symbol, name, title. ORPHAN_REASON(symbol, name, title) */
ORPHAN_REASON(NO_OWNER, "no-owner", "Nobody is said to own it")
ORPHAN_REASON(UNKNOWN_OWNER, "unknown-owner", "Its owner is no team that is known")
ORPHAN_REASON(INACTIVE_OWNER, "inactive-owner", "No member of its owner has committed anything for a year")
ORPHAN_REASON(NO_ANSWER, "no-answer", "Its owner did not answer when somebody tried to reach them")
ORPHAN_REASON(ABANDONED, "abandoned", "Nobody has committed for a year, while calls still come")
ORPHAN_REASON(NEVER_SEEN, "never-seen", "It is registered, and was never seen to run")
ORPHAN_REASON(STRANGER, "stranger", "It was seen, and no file says what it is")
