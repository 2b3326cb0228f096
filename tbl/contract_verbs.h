/* What `pleach contract` does: symbol, verb, arguments as shown, fewest, most, options of tbl/options.h that it takes (blank-separated), summary. */
VERB_ROW(DIFF, "diff", "[OLD] [NEW]", 0, 2, "format level fail-on category rules explain output", "Compare two versions; each is a file, a folder, REV:PATH, lock:FILE or deployed:SERVICE[@VERSION]")
VERB_ROW(LOCK, "lock", "[PATH]", 0, 1, "check accept-breaking format output explain", "Write contract.lock beside the contract; with --check see that nothing differs from it")
VERB_ROW(CHECK, "check", "[PATH]...", 0, 60, "against format level fail-on category rules explain output", "Read contracts and compare each with its lock, or with a revision")
VERB_ROW(SHOW, "show", "PATH", 1, 1, "output", "Print a contract as documentation")
VERB_ROW(RULES, "rules", "[CHECKER]", 0, 1, "output", "List the kinds of change that are known, and the rules of other checkers")
VERB_ROW(EXPLAIN, "explain", "KIND|ID [OLD] [NEW]", 1, 3, "output", "Explain a kind of change, or one change of a comparison by its id")
VERB_ROW(VERIFY, "verify", "[PACT]...", 0, 60, "provider provider-name provider-version broker selector pending wip-since publish branch tag build-url states teardown messages grpc header interaction state no-state consumer timeout parallel fail-fast format output", "Run the interactions of pacts (files, folders, URLs, or a broker's) against a running provider")
VERB_ROW(STUB, "stub", "PACT...", 1, 60, "listen cors state", "Serve the interactions of pacts in place of their provider")
