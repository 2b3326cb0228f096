/* Writing the reference of the files; see fleet_doc.h. */
#include "model/fleet_doc.h"
#include "model/fleet_keys.h"

const struct str fleet_example_pleach = STR_INIT("fleet: shop\n"
						 "teams:\n"
						 "  billing:   { contact: \"#billing\" }\n"
						 "  logistics: { contact: \"#logistics\" }\n"
						 "services:                       # directories with a service.yaml in them\n"
						 "  - ./services/*\n"
						 "gateway:\n"
						 "  listen: \":8080\"               # this machine only; 0.0.0.0:8080 for every network\n"
						 "  expose: [invoicing]           # notification is called by services only\n"
						 "  timeout: 10s\n"
						 "store:\n"
						 "  keep: { days: 14, size: 20G }\n"
						 "control:\n"
						 "  listen: 127.0.0.1:7070\n");

const struct str fleet_example_service = STR_INIT("service: invoicing\n"
						  "owner: billing                  # a team of pleach.yaml\n"
						  "ownership: strong               # strong, weak, collective\n"
						  "tier: gold\n"
						  "run:\n"
						  "  command: [./invoicing, --port, \"${PORT}\"]\n"
						  "  instances: 2\n"
						  "  health: /healthz\n"
						  "  limits: { memory: 256M, cpus: 1 }\n"
						  "  env: { LOG_LEVEL: info }\n"
						  "serves:\n"
						  "  - { version: v1, path: /v1 }\n"
						  "  - { version: v2, path: /v2 }\n"
						  "calls:\n"
						  "  notification:                 # its address: the variable NOTIFICATION_URL\n"
						  "    timeout: 300ms\n"
						  "    on_failure: the invoice stands, the message is sent later\n");

static void put_key(struct buf *out, const struct fleet_key *k)
{
	buf_printf(out, "| `%.*s` | %.*s | ", STR_FMT(k->name), STR_FMT(fleet_kinds[k->kind].words));
	if (k->state == KEY_NEEDED)
		buf_add(out, STR("*required*"));
	else if (k->kind == KIND_NAMES)
		buf_add(out, k->otherwise); /* words, not a value */
	else if (!str_empty(k->otherwise))
		buf_printf(out, "`%.*s`", STR_FMT(k->otherwise));
	buf_printf(out, " | %s%.*s", k->state == KEY_LATER ? "*Not acted on yet.* " : "", STR_FMT(k->meaning));
	if (k->max > 0 && fleet_kinds[k->kind].node == YAML_SCALAR) {
		buf_add(out, STR(" From "));
		fleet_put_bound(out, k->kind, k->min);
		buf_add(out, STR(" to "));
		fleet_put_bound(out, k->kind, k->max);
		buf_char(out, '.');
	}
	buf_add(out, STR(" |\n"));
}

static void put_section(struct buf *out, enum fleet_section s)
{
	const struct fleet_section_info *info = &fleet_sections[s];
	buf_printf(out, "\n%s %.*s\n\n%.*s\n\n", str_empty(info->where) ? "##" : "###", STR_FMT(info->title), STR_FMT(info->meaning));
	buf_add(out, STR("| key | kind | default | meaning |\n|---|---|---|---|\n"));
	for (size_t i = 0; i < fleet_keys_count; i++) {
		if (fleet_keys[i].section == s)
			put_key(out, &fleet_keys[i]);
	}
}

static void put_kinds(struct buf *out)
{
	buf_add(out, STR("\n## Kinds of value\n\n| kind | for example |\n|---|---|\n"));
	for (size_t i = 0; i < KIND_COUNT; i++)
		buf_printf(out, "| %.*s | %.*s |\n", STR_FMT(fleet_kinds[i].words), STR_FMT(fleet_kinds[i].example));
	buf_add(out, STR("\nA name is made of lower-case letters and digits, with single `-`, `_` or `.` between them, at most 63 characters. Names that\n"
			 "begin with `pleach`, and `edge`, `gateway`, `store`, `control`, `node` and `report`, are those of Pleach's own parts.\n"
			 "A duration always has a unit: `ms`, `s`, `m`, `h`, `d`. A size counts in powers of 1024: `K`, `M`, `G`, `T`; without a\n"
			 "letter it is bytes.\n"));
}

void fleet_reference(struct buf *out)
{
	buf_add(out, STR("# The files that a person writes\n\n"
			 "A fleet is described by one `pleach.yaml` at its root and one `service.yaml` beside the code of each service. Both are\n"
			 "YAML 1.2, without anchors and aliases. `pleach check` judges them without touching what runs; a mistake is named with file,\n"
			 "line, column, what was expected and the nearest right spelling:\n\n"
			 "```\nservices/invoicing/service.yaml:7:3: unknown key `instnces` in `run`; did you mean `instances`?\n```\n\n"
			 "While a file is wrong the fleet goes on with the last good state. A change is taken up as soon as the file is saved.\n\n"
			 "## A complete example\n\n`pleach.yaml`:\n\n```yaml\n"));
	buf_add(out, fleet_example_pleach);
	buf_add(out, STR("```\n\n`services/invoicing/service.yaml`:\n\n```yaml\n"));
	buf_add(out, fleet_example_service);
	buf_add(out, STR("```\n\nOnly `fleet`, and `service` in each service.yaml, are required; what else is missing has the default of the tables below, or is\n"
			 "a finding that says what to add. A key marked *not acted on yet* is read and kept, and has no effect in this version.\n"));
	for (int s = 0; s < SECTION_COUNT; s++)
		put_section(out, (enum fleet_section)s);
	put_kinds(out);
}
