/* Every command: symbol, name, positional arguments as shown, fewest, most, group, summary, examples (one a line: command, two blanks or more,
 * what it does), description. Help, completion, manual pages and the reference page are made from these rows and those of tbl/options.h.
 * Group "" hides a command from help (Pleach's own use). */
COMMAND_ROW(UP, "up", "", 0, 0, "Run", "Start the fleet and wait until every service is healthy",
	"pleach up                  start what pleach.yaml describes, in the background\n"
	"pleach up --foreground     stay; Ctrl-C stops the fleet",
	"Reads pleach.yaml (from here upwards) and the service.yaml files it names, starts a node, and the node starts the store, the gateway, "
	"control and the services. A wrong file is reported with its place and remedy, and nothing is started or touched. Changes of the files are "
	"taken up by the running fleet; there is no reload.")
COMMAND_ROW(DOWN, "down", "", 0, 0, "Run", "Stop the fleet gracefully, in order",
	"pleach down                callers stop before the services they call",
	"Each process gets SIGTERM and, after its grace (run.stop_grace, 10 s by default), SIGKILL. What was acknowledged by the store stays.")
COMMAND_ROW(STATUS, "status", "[SERVICE]", 0, 1, "Look", "Show the instances: wanted, running, healthy, and why not",
	"pleach status              one line an instance\n"
	"pleach status invoicing    one service with its last output",
	"Exit status 0 when everything wanted is healthy, 1 otherwise, 4 when the fleet is not running.")
COMMAND_ROW(LOGS, "logs", "[QUERY]...", 0, 64, "Look", "Search log lines, count them, or follow them",
	"pleach logs level:error --from 30m         errors of the last half hour\n"
	"pleach logs -f service:invoicing           follow one service\n"
	"pleach logs '\"card declined\" -test'        a phrase, without lines that say test\n"
	"pleach logs 'level:error | patterns'       what kinds of errors there are\n"
	"pleach logs '* | stats count(), p95(ms) by service' --from 1d\n"
	"pleach logs --histogram timeout            with the course of time before the lines\n"
	"pleach logs trace:4bf92f3577b34da6a3ce929d0e0e4736",
	"Words are searched in every field, without case. Several words must all occur; \"a phrase\", -not, or, field:value, field>=500, field:*, "
	"level>=warn, /regex/, last:30m. Behind the search come pipes: where, parse, stats, top, patterns, sort, limit, fields, context, compare "
	"(docs/query.md; quote them from the shell). The newest lines are shown, oldest first; --limit says how many.")
COMMAND_ROW(TRACE, "trace", "TRACE", 1, 1, "Look", "Show one request: its calls, attempts and log lines in time",
	"pleach trace 4bf92f3577b34da6a3ce929d0e0e4736\n"
	"pleach trace --slowest     the slowest of the last hour\n"
	"pleach trace --failed      the newest that failed",
	"The id is in the answer header `pleach-trace` of every call through the gateway and in the body of the answers that the gateway makes itself.")
COMMAND_ROW(MAP, "map", "", 0, 0, "Look", "Show who calls whom: rate, errors and latency of each edge",
	"pleach map                 the last 5 minutes\n"
	"pleach map --from 1h",
	"Calls are counted as they pass the gateway. A declared dependency that nobody called is listed with no calls.")
COMMAND_ROW(FINDINGS, "findings", "[SERVICE]", 0, 1, "Look", "List where the fleet and its description disagree, and what to do",
	"pleach findings            everything, most severe first\n"
	"pleach findings orders     of one service",
	"A finding names the service, its owner, since when, the evidence and the remedy.")
COMMAND_ROW(WHY, "why", "TRACE", 1, 1, "Look", "Explain a request in words: what failed first, why, who owns it",
	"pleach why 4bf92f3577b34da6a3ce929d0e0e4736\n"
	"pleach why --failed        the newest request that failed",
	"Who called whom, which call failed first, how each attempt ended, which log lines say why, and whom to ask.")
COMMAND_ROW(DELETE, "delete", "QUERY...", 1, 64, "Keep", "Remove log lines or spans that match a query, for good",
	"pleach delete user.email:ada@example.org        how many lines would go, of which services\n"
	"pleach delete user.email:ada@example.org --yes  remove them and wait until it is done\n"
	"pleach delete service:orders --to 30d --yes     what is older than 30 days\n"
	"pleach delete 'trace:4bf92f3577b34da6a3ce929d0e0e4736' --kind all --yes",
	"Without --yes nothing is removed. With it the files that hold matching rows are written anew without them, those of snapshots too; when the command "
	"ends, no file of the store holds them. Rows that came in after it was asked stay. It goes on after a crash or an interruption; "
	"`GET /api/deletions` tells how far it is. The query is kept nowhere once it is done: it is often the very thing that has to go.")
COMMAND_ROW(SNAPSHOT, "snapshot", "[NAME]", 0, 1, "Keep", "Make a snapshot of the store, list them, remove one",
	"pleach snapshot                  one named after the time\n"
	"pleach snapshot before-upgrade\n"
	"pleach snapshot --list\n"
	"pleach snapshot before-upgrade --remove",
	"A snapshot is a folder of hard links, .pleach/store/snapshots/NAME: made at once, and without a copy. Its space counts for nothing in "
	"store.keep.size, so remove what is not needed any more. To go back to one: stop the fleet, move .pleach/store away, copy the snapshot's folder to "
	".pleach/store, start the fleet.")
COMMAND_ROW(CHECK, "check", "[DIRECTORY]", 0, 1, "Look", "Validate pleach.yaml, the service.yaml files and the contracts they name",
	"pleach check               the fleet here\n"
	"pleach check ../shop --json\n"
	"pleach check --against origin/main --format github     in CI: what breaks, beside the lines\n"
	"pleach check --change origin/main..HEAD                whose services this touches, and who must agree\n"
	"pleach check --change origin/main..HEAD --approvals reviews.json",
	"Prints every error with file, line, column and the nearest right spelling. The schema of each version that a service serves is read and compared with the "
	"contract.lock beside it, or with a git revision (docs/contracts.md). With --change only ownership is judged, from git alone, so it also runs in a hook of a bare "
	"repository (docs/ownership.md): exit status 1 when the owner of a strongly owned service has not agreed. Nothing is started or changed. Exit status 0 when all is well, 1 when a contract "
	"breaks somebody and nobody approved it, 2 when a file is wrong.")
COMMAND_ROW(CONTRACT, "contract", "VERB [ARGUMENT]...", 1, 62, "Look", "Compare versions of a contract, lock it, explain what breaks",
	"pleach contract diff                         what changed here since the lock, else since HEAD\n"
	"pleach contract diff main:api/ api/          a branch against what is here\n"
	"pleach contract diff old.proto new.proto --rules buf:FILE\n"
	"pleach contract diff deployed:orders api/openapi.yaml\n"
	"pleach contract lock api/                    write api/contract.lock; the review shows what it changes\n"
	"pleach contract lock --check                 fail when a contract differs from its lock\n"
	"pleach contract check --format sarif --output contracts.sarif\n"
	"pleach contract explain 3f2a9c01d2e4         one change, with all it reaches\n"
	"pleach contract show api/openapi.yaml\n"
	"pleach contract consumers orders             who uses which operation\n"
	"pleach contract verify --provider orders --provider-version 2.0 --publish\n"
	"pleach contract can-i-deploy web 1.4 --to production",
	"Contracts are Protocol Buffers, OpenAPI, AsyncAPI, JSON Schema, Avro, GraphQL and SQL files. Each finding is one cause with its places, whom it reaches, and a proof: a "
	"value that was valid before and is not now. A break that was agreed on is one line in contract-approvals.yaml, with owner, reason and last day "
	"(docs/contracts.md). Where a fleet runs here, breaks are judged by who uses what (docs/consumers.md). Pacts: docs/pacts.md, docs/pact-broker.md. Exit status 0 when nothing breaks, "
	"1 when something does, 2 for wrong use or a file that cannot be read, 4 when the fleet is not running.")
COMMAND_ROW(TESTS, "tests", "", 0, 0, "Look", "List the tests that call services of other teams, whose they are, and what to have instead",
	"pleach tests               of the fleet here\n"
	"pleach tests --strict      in CI: exit status 1 when there is one\n"
	"pleach tests --json",
	"Looks through the services' folders and the fleet's for tests by their usual names, and at which services they call: by variable, host, path at the edge, imported client, "
	"port. Whose a test is, CODEOWNERS says, else the service in whose folder it is. When the fleet runs, tests are also known by the traces that they began (docs/tests.md). "
	"Exit status 0, or 1 with --strict when a test crosses a border, 2 when a file is wrong.")
COMMAND_ROW(COMPLETION, "completion", "SHELL", 1, 1, "Help", "Print shell completion for bash, zsh or fish",
	"source <(pleach completion bash)",
	"")
COMMAND_ROW(HELP, "help", "[COMMAND]", 0, 1, "Help", "Explain a command",
	"pleach help logs\n"
	"pleach help --manual logs  its manual page, as scdoc source",
	"")
COMMAND_ROW(VERSION, "version", "", 0, 0, "Help", "Print the version", "pleach version", "")
COMMAND_ROW(CATALOG, "catalog", "[SERVICE]", 0, 1, "Look", "Show every service: whose it is, how sure that is, what contradicts it, and which are nobody's",
	"pleach catalog                          all that is known, by the running fleet or read here and now\n"
	"pleach catalog invoicing                one service: every value, who says it, how sure it is\n"
	"pleach catalog --in ~/work              repositories of a folder; needs no fleet and no file\n"
	"pleach catalog --orphans                what nobody looks after, and who is likely to be next\n"
	"pleach catalog --score                  how well each can be run, and what to do next\n"
	"pleach catalog --alike                  the same interface in different services\n"
	"pleach catalog --copies                 the same code in different services\n"
	"pleach catalog --libraries              the same capability by different libraries\n"
	"pleach catalog --radar                  what to take and what to leave, by what is used\n"
	"pleach catalog --decisions              what is open, what was decided, and where differently\n"
	"pleach catalog label-printer --assign logistics   write it into its file; commit that\n"
	"pleach catalog --todo https://github.com/shop/operations   orphans as issues; GITHUB_TOKEN says who we are\n"
	"pleach catalog --owner billing          of one team\n"
	"pleach catalog --format backstage       as entities of Backstage; cyclonedx as a bill of services and packages",
	"Reads what is there: service.yaml, the files of Backstage, OpsLevel, Cortex, Compass and Datadog, RUNBOOK.md, CODEOWNERS, OWNERS, compose files, Kubernetes manifests, Dockerfiles, "
	"decisions, and git's history (docs/catalog.md). Nothing of a repository is run. Of git the newest commit is read, not the working tree; but code for --copies and lock files for --libraries and --radar are those of the working tree.")
COMMAND_ROW(ADVISE, "advise", "", 0, 0, "Look", "Say which growing pains this fleet has now, which come next, what to do, and what would be wasted",
	"pleach advise                           of the running fleet; else of the files and repositories here\n"
	"pleach advise --in ~/work               of the repositories of a folder\n"
	"pleach advise --all                     with the pains that are not there yet, and what would be wasted on them",
	"From figures: services, teams, people, calls between them, circles, what is owned and by whom, what was found. Each reason is a figure; `pleach catalog` and `pleach findings` show "
	"what is behind it (docs/catalog.md).")
COMMAND_ROW(CRAWL, "crawl", "FOLDER...", 1, 64, "", "Read repositories and print what they say of services, one JSON object a line", "pleach crawl ~/work",
	"What `pleach catalog` and control run in a process of its own, which has given up all rights but reading.")
COMMAND_ROW(PART, "part", "NAME", 1, 1, "", "Run one part of Pleach in the foreground", "pleach part store --fleet .",
	"The node starts the parts in this way; a part can also run alone: store, gateway, control, node.")
