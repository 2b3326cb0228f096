/* The files that people write: their sections, the kinds of value, and every key. Parser, messages ("did you mean"), defaults, limits and
 * docs/files.md come from these rows (src/model/fleet_keys.c, fleet_doc.c).
 *
 * FLEET_SECTION(symbol, file, where in the file, title, what it is)
 * FLEET_KIND(symbol, node: SCALAR LIST MAPPING, words, example)
 * FLEET_KEY(section, key, kind, state, min, max, default as written ("" for none), meaning)
 *   state: NEEDED must be there; NOW is acted on; LATER is known, kept and not acted on yet (a warning says so)
 *   min, max: bounds of INT, NUMBER, DURATION (ns), SIZE (bytes); of lists: entries */
#ifndef FLEET_SECTION
#define FLEET_SECTION(symbol, file, where, title, meaning)
#endif
#ifndef FLEET_KIND
#define FLEET_KIND(symbol, node, words, example)
#endif
#ifndef FLEET_KEY
#define FLEET_KEY(section, key, kind, state, min, max, otherwise, meaning)
#endif

FLEET_SECTION(FLEET, "pleach.yaml", "", "pleach.yaml", "One file at the root of the fleet.")
FLEET_SECTION(TEAM, "pleach.yaml", "teams", "teams", "Each key under `teams` is the name of a team; owners of services are these names.")
FLEET_SECTION(GATEWAY, "pleach.yaml", "gateway", "gateway", "How calls come in and how long they may take.")
FLEET_SECTION(STORE, "pleach.yaml", "store", "store", "Where telemetry comes in, and how much of it is kept.")
FLEET_SECTION(KEEP, "pleach.yaml", "keep", "store.keep", "What is older or more than this is dropped, oldest first.")
FLEET_SECTION(FOLLOW, "pleach.yaml", "follow", "follow", "Log files on this machine that belong to no service that Pleach runs, one entry for each pattern. For files of a service see `logs` in [run](#run).")
FLEET_SECTION(CONTROL, "pleach.yaml", "control", "control", "The HTTP API and the console.")
FLEET_SECTION(CONTRACTS, "pleach.yaml", "contracts", "contracts", "When a break of a contract fails a check, by what consumers were seen to use ([consumers](consumers.md)).")
FLEET_SECTION(CATALOG, "pleach.yaml", "catalog", "catalog", "What the catalogue is made of, beside this fleet ([catalogue](catalog.md)).")
FLEET_SECTION(SERVICE, "service.yaml", "", "service.yaml", "One file beside each service's code.")
FLEET_SECTION(RUN, "service.yaml", "run", "run", "How to start it. Without this section Pleach does not start the service: it runs elsewhere, or not at all.")
FLEET_SECTION(LIMITS, "service.yaml", "limits", "run.limits", "What one instance may use.")
FLEET_SECTION(SERVED, "service.yaml", "serves", "serves", "One entry for each version of its API. A call goes to the entry with the longest matching path; without this section every path is served, without a version.")
FLEET_SECTION(BROWNOUT, "service.yaml", "brownouts", "serves.brownouts", "One entry for each time, or series of times, at which a version that goes away is switched off for a while, so that callers who have missed every word of it notice (see [versions](versions.md)).")
FLEET_SECTION(CALL, "service.yaml", "calls", "calls", "Each key under `calls` is the name of a service that this one calls. It gets the address in its environment: `NOTIFICATION_URL` for `notification`.")

FLEET_KIND(NAME, SCALAR, "a name", "`order-lines`")
FLEET_KIND(TEXT, SCALAR, "text", "`\"#billing\"`")
FLEET_KIND(ROUTE, SCALAR, "a path", "`/v1`")
FLEET_KIND(FILE, SCALAR, "a file name", "`openapi-v1.yaml`")
FLEET_KIND(PATTERN, SCALAR, "a pattern of files", "`/var/log/nginx/*.log`")
FLEET_KIND(VERSION, SCALAR, "a version", "`v1`")
FLEET_KIND(INT, SCALAR, "a whole number", "`2`")
FLEET_KIND(NUMBER, SCALAR, "a number", "`1.5`")
FLEET_KIND(DURATION, SCALAR, "a duration", "`300ms`, `2s` or `1m30s`")
FLEET_KIND(SIZE, SCALAR, "a size", "`256M` or `20G`")
FLEET_KIND(ADDRESS, SCALAR, "an address", "`127.0.0.1:8080`, or `:8080` for this machine only")
FLEET_KIND(OFFSET, SCALAR, "an offset from UTC", "`+02:00`")
FLEET_KIND(URL, SCALAR, "a URL", "`http://127.0.0.1:9093`")
FLEET_KIND(DATE, SCALAR, "a date", "`2027-03-31`")
FLEET_KIND(MOMENT, SCALAR, "a date, or a date and a time", "`2027-03-31` or `2027-03-31T09:00:00Z`")
FLEET_KIND(OWNERSHIP, SCALAR, "`strong`, `weak` or `collective`", "`strong`")
FLEET_KIND(TIER, SCALAR, "`bronze`, `silver`, `gold` or `platinum`", "`gold`")
FLEET_KIND(WORDS, LIST, "a list", "`[one, two]`")
FLEET_KIND(PATTERNS, LIST, "a list of patterns of files", "`[./log/*.log]`")
FLEET_KIND(NAMES, LIST, "a list of services", "`[orders, invoicing]`")
FLEET_KIND(NETWORKS, LIST, "a list of addresses or networks", "`[127.0.0.1, 10.0.0.0/8]`")
FLEET_KIND(ENTRIES, LIST, "a list of mappings", "`- { key: value }`")
FLEET_KIND(SETTINGS, MAPPING, "a mapping", "`{ key: value }`")
FLEET_KIND(TABLE, MAPPING, "a mapping of names to mappings", "`name: { key: value }`")
FLEET_KIND(AGES, MAPPING, "a mapping of services to durations", "`{ orders: 3d, \"audit-*\": 400d }`")
FLEET_KIND(ENVIRONMENT, MAPPING, "a mapping of names to text", "`{ LOG_LEVEL: debug }`")

FLEET_KEY(FLEET, "fleet", NAME, NEEDED, 0, 0, "", "The fleet's name.")
FLEET_KEY(FLEET, "teams", TABLE, NOW, 0, 0, "", "The teams that own services.")
FLEET_KEY(FLEET, "services", WORDS, NOW, 0, 256, "", "Directories with a `service.yaml` in them, relative to this file. `*` stands for any part of a name, `?` for one character. Git repositories are not crawled yet.")
FLEET_KEY(FLEET, "discovery", SETTINGS, LATER, 0, 0, "", "Registries whose entries are merged with what was found in the directories.")
FLEET_KEY(FLEET, "gateway", SETTINGS, NOW, 0, 0, "", "See [gateway](#gateway).")
FLEET_KEY(FLEET, "store", SETTINGS, NOW, 0, 0, "", "See [store](#store).")
FLEET_KEY(FLEET, "follow", ENTRIES, NOW, 0, 256, "", "See [follow](#follow).")
FLEET_KEY(FLEET, "control", SETTINGS, NOW, 0, 0, "", "See [control](#control).")
FLEET_KEY(FLEET, "contracts", SETTINGS, NOW, 0, 0, "", "See [contracts](#contracts).")
FLEET_KEY(FLEET, "catalog", SETTINGS, NOW, 0, 0, "", "See [catalog](#catalog).")

FLEET_KEY(TEAM, "contact", TEXT, NOW, 0, 0, "", "Where to reach the team: a channel, an address, a telephone number. Shown wherever one of its services is in trouble.")
FLEET_KEY(TEAM, "members", WORDS, NOW, 0, 256, "", "Who belongs to it: `@ada` as the forge knows them, an e-mail address as git does, or a name. `pleach check --change` knows by it whether the team has agreed.")
FLEET_KEY(TEAM, "alerts", URL, LATER, 0, 0, "", "Alertmanager that gets the team's alerts.")

FLEET_KEY(GATEWAY, "listen", ADDRESS, NOW, 0, 0, ":8080", "Where calls from outside come in. `:8080` listens on this machine only; to be reached from others, write the address out.")
FLEET_KEY(GATEWAY, "ports", INT, NOW, 1024, 60000, "18100", "First port of the listeners for calls between services, one for each entry under `calls`; on this machine only.")
FLEET_KEY(GATEWAY, "trust", NETWORKS, NOW, 0, 256, "[127.0.0.0/8, \"::1\"]", "Callers whose trace ids are continued. Other callers get a new trace that links to theirs.")
FLEET_KEY(GATEWAY, "expose", NAMES, NOW, 0, 256, "all services", "Services that can be called from outside, each under `/<name>`.")
FLEET_KEY(GATEWAY, "timeout", DURATION, NOW, 1000000, 3600000000000, "15s", "A call from outside, from its first byte to the last byte of the answer; also for a service's call that has no `timeout` of its own.")
FLEET_KEY(GATEWAY, "connect_timeout", DURATION, NOW, 1000000, 60000000000, "1s", "Until an instance has accepted the connection.")
FLEET_KEY(GATEWAY, "first_byte_timeout", DURATION, NOW, 1000000, 3600000000000, "", "Until an instance begins to answer. When it is not said: 10 s, or the longest time-out written in any of the files.")
FLEET_KEY(GATEWAY, "max_body", SIZE, NOW, 0, 1099511627776, "64M", "The largest body of a request.")

FLEET_KEY(STORE, "listen", ADDRESS, NOW, 0, 0, "127.0.0.1:4318", "Where telemetry comes in over HTTP: OTLP, JSON lines, Elasticsearch bulk, Loki push.")
FLEET_KEY(STORE, "grpc", ADDRESS, NOW, 0, 0, "", "Where OTLP/gRPC comes in; usual is `127.0.0.1:4317`. Without it there is no gRPC.")
FLEET_KEY(STORE, "syslog", ADDRESS, NOW, 0, 0, "", "Where syslog comes in, over UDP and TCP (RFC 5424 and 3164). Off unless named; usual is `127.0.0.1:5514`.")
FLEET_KEY(STORE, "syslog_zone", OFFSET, NOW, -64800000000000, 64800000000000, "UTC", "The zone of syslog times that name none.")
FLEET_KEY(STORE, "forward", ADDRESS, NOW, 0, 0, "", "Where Fluent Forward comes in (Fluentd, Fluent Bit, Docker, loggers). Off unless named; usual is `127.0.0.1:24224`.")
FLEET_KEY(STORE, "forward_secret", FILE, NOW, 0, 0, "", "File with the secret that its senders must know (their `shared_key`); relative to this file. Without it everybody who reaches the port may send.")
FLEET_KEY(STORE, "memory", SIZE, NOW, 1048576, 17179869184, "32M", "What the store may hold of rows in memory: received and not yet on the disk, not yet written to a segment, or of a segment that is being written anew. What comes in beyond it is refused until there is room. Not in it: the buffers of one segment being written, and those of queries and connections, which have limits of their own; and a quarter as much again, in which queries keep what they have read of segments' indexes.")
FLEET_KEY(STORE, "keep", SETTINGS, NOW, 0, 0, "", "See [store.keep](#storekeep).")

FLEET_KEY(KEEP, "days", INT, NOW, 1, 3650, "14", "Days that logs and spans are kept.")
FLEET_KEY(KEEP, "services", AGES, NOW, 3600000000000, 315360000000000000, "", "Services whose logs and spans are kept for another time than `days`, shorter or longer. `*` stands for any part of a name, `?` for one character; a name goes before patterns, of those the longest counts. A call's span belongs to the service that sent it, so spans of calls through the gateway to `gateway`.")
FLEET_KEY(KEEP, "size", SIZE, NOW, 67108864, 1125899906842624, "20G", "Bytes that they may take on the disk. Beyond them the oldest go, whosoever they are. What only snapshots hold does not count.")

FLEET_KEY(FOLLOW, "files", PATTERN, NEEDED, 0, 0, "", "Files to follow, from their beginning; relative to this file. `*` stands for any part of a name, `?` for one character. Rotated files are followed to their end; write the pattern so that it matches them too (`app.log*`), then nothing is missed when files are rotated while Pleach does not run. Packed ones (`.gz`) are left alone.")
FLEET_KEY(FOLLOW, "service", NAME, NEEDED, 0, 0, "", "The service that their lines are shown under; it need not be in the catalogue.")

FLEET_KEY(CONTROL, "listen", ADDRESS, NOW, 0, 0, "127.0.0.1:7070", "Where the API and the console are.")

FLEET_KEY(CONTRACTS, "window", DURATION, NOW, 1000000000, 5184000000000000, "14d", "How far back use counts. A break that nobody was seen to use for so long is told and fails nothing; while calls have been watched for less, it fails.")
FLEET_KEY(CONTRACTS, "threshold", INT, NOW, 1, 1000000000, "1", "Fewest calls of a consumer within the window that count as use.")
FLEET_KEY(CONTRACTS, "environments", WORDS, NOW, 0, 64, "", "Environments of the broker whose deployed consumers count with their pacts. Without it the newest pact of each consumer counts.")

FLEET_KEY(CATALOG, "repositories", WORDS, NOW, 0, 60, "the folder of this file", "Folders whose repositories are read, relative to this file: a clone, or a folder with clones in it. Git's newest commit is read, not the working tree.")

FLEET_KEY(SERVICE, "service", NAME, NEEDED, 0, 0, "", "The service's name; each may occur once in a fleet.")
FLEET_KEY(SERVICE, "owner", TEXT, NOW, 0, 0, "", "The team that owns it. A service without one is a finding.")
FLEET_KEY(SERVICE, "ownership", OWNERSHIP, NOW, 0, 0, "strong", "Who may change it, as `pleach check --change` sees to it: `strong` its owner, and others once the owner agrees; `weak` others too, and the owner is reminded; `collective` everybody.")
FLEET_KEY(SERVICE, "tier", TIER, NOW, 0, 0, "", "How much depends on it.")
FLEET_KEY(SERVICE, "run", SETTINGS, NOW, 0, 0, "", "See [run](#run).")
FLEET_KEY(SERVICE, "address", ADDRESS, NOW, 0, 0, "", "Where it answers, when it runs elsewhere; not together with `run`. Host names are not resolved yet.")
FLEET_KEY(SERVICE, "serves", ENTRIES, NOW, 0, 64, "", "See [serves](#serves).")
FLEET_KEY(SERVICE, "calls", TABLE, NOW, 0, 0, "", "See [calls](#calls).")
FLEET_KEY(SERVICE, "release", SETTINGS, LATER, 0, 0, "", "Steps of a release and what guards them.")
FLEET_KEY(SERVICE, "journeys", WORDS, NOW, 0, 256, "", "Files with the journeys of a customer, relative to this file. `pleach tests` says whose services they cross ([tests](tests.md)); they are not run yet.")
FLEET_KEY(SERVICE, "reports", ENTRIES, LATER, 0, 256, "", "Tables that feed the reporting database.")

FLEET_KEY(RUN, "command", WORDS, NEEDED, 1, 256, "", "Program and arguments. A program with a `/` in it is relative to this file's directory, else it is looked for in `PATH`. `${PORT}` is the port to listen on; `${NAME}` any variable of its environment.")
FLEET_KEY(RUN, "instances", INT, NOW, 1, 1000, "1", "How many of it run.")
FLEET_KEY(RUN, "health", ROUTE, NOW, 0, 0, "", "Path that answers 2xx when the instance is well. Without it an instance is well when it accepts connections.")
FLEET_KEY(RUN, "limits", SETTINGS, NOW, 0, 0, "", "See [run.limits](#runlimits).")
FLEET_KEY(RUN, "env", ENVIRONMENT, NOW, 0, 0, "", "Further environment variables.")
FLEET_KEY(RUN, "logs", PATTERNS, NOW, 0, 64, "", "Log files that it writes, where it writes any besides its output: patterns relative to this file's directory, as in [follow](#follow).")
FLEET_KEY(RUN, "stop_grace", DURATION, NOW, 0, 3600000000000, "10s", "Between the polite request to end (SIGTERM) and the impolite one (SIGKILL).")

FLEET_KEY(LIMITS, "memory", SIZE, NOW, 1048576, 17592186044416, "", "Memory.")
FLEET_KEY(LIMITS, "cpus", NUMBER, NOW, 0.01, 1024, "", "Processors' worth of time.")

FLEET_KEY(SERVED, "version", VERSION, NEEDED, 0, 0, "", "The API's version, as it is shown on the map.")
FLEET_KEY(SERVED, "path", ROUTE, NEEDED, 0, 0, "", "Beginning of the paths that belong to it, in whole segments: `/v1` is also `/v1/orders`, not `/v10`.")
FLEET_KEY(SERVED, "schema", FILE, NOW, 0, 0, "", "Its contract: a file (or a folder of files) of Protocol Buffers, OpenAPI, AsyncAPI, JSON Schema, Avro, GraphQL or SQL, relative to this file. `pleach check` compares it with the lock beside it or with a git revision, and control keeps each version that it has seen ([contracts](contracts.md)).")
FLEET_KEY(SERVED, "deprecated", DATE, NOW, 0, 0, "", "The day from which nobody should begin to use it; may lie ahead. Answers then carry `Deprecation` (RFC 9745).")
FLEET_KEY(SERVED, "sunset", DATE, NOW, 0, 0, "", "The day after which it may be gone; not before `deprecated`. Answers carry `Sunset` (RFC 8594); findings say who still calls it as the day nears.")
FLEET_KEY(SERVED, "successor", VERSION, NOW, 0, 0, "", "The version of this service that takes its place. Answers link to it.")
FLEET_KEY(SERVED, "documentation", URL, NOW, 0, 0, "", "A page that says what changes and how to move. Answers link to it.")
FLEET_KEY(SERVED, "brownouts", ENTRIES, NOW, 0, 64, "", "See [serves.brownouts](#servesbrownouts).")
FLEET_KEY(SERVED, "served_by", VERSION, NOW, 0, 0, "", "The version whose provider answers the calls: the beginning of the path is replaced by that version's.")
FLEET_KEY(SERVED, "transform", FILE, NOW, 0, 0, "", "What the gateway changes in requests and answers on that way, relative to this file; see [versions](versions.md#transforms). Needs `served_by`.")

FLEET_KEY(BROWNOUT, "from", MOMENT, NEEDED, 0, 0, "", "When it begins; the first time of a series. Times are UTC unless they say otherwise.")
FLEET_KEY(BROWNOUT, "to", MOMENT, NOW, 0, 0, "", "When it ends, and with it a series.")
FLEET_KEY(BROWNOUT, "for", DURATION, NOW, 1000000000, 2592000000000000, "", "How long it lasts each time. Without it: until `to`.")
FLEET_KEY(BROWNOUT, "every", DURATION, NOW, 60000000000, 31536000000000000, "", "It comes again after this time, counted from `from`. Needs `for`; ends with `to`, or the sunset.")
FLEET_KEY(BROWNOUT, "status", INT, NOW, 410, 503, "503", "What callers get: 503 (come again later) or 410 (gone).")

FLEET_KEY(CALL, "timeout", DURATION, NOW, 1000000, 3600000000000, "", "How long the whole call may take. Without it the gateway's `timeout` holds, and a finding says so.")
FLEET_KEY(CALL, "on_failure", TEXT, NOW, 0, 0, "", "What the caller does when the call fails, in words. A dependency without it is a finding.")
#undef FLEET_SECTION
#undef FLEET_KIND
#undef FLEET_KEY
