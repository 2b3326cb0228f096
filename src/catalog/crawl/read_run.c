/* How services are built and run: Dockerfiles, compose files, Kubernetes manifests. */
#include "base/check.h"
#include "catalog/crawl/reading.h"

static struct str text_of(const struct yaml *y) { return y && y->type == YAML_SCALAR ? y->text : STR(""); }

/* "registry/team/postgres:14@sha256:…": postgres */
static struct str image_name(struct str image)
{
	struct str name = path_name(image);
	size_t at = str_find_char(name, '@');
	name = at == SIZE_MAX ? name : str_sub(name, 0, at);
	at = str_find_char(name, ':');
	return at == SIZE_MAX ? name : str_sub(name, 0, at);
}

static struct str resource_of(struct str image)
{
	static const struct { const char *image, *resource; } rows[] = {
#define CATALOG_RESOURCE(image, resource) { image, resource },
#include "tbl/catalog_resources.h"
#undef CATALOG_RESOURCE
	};
	struct str name = image_name(image);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_ci(name, str_z(rows[i].image)))
			return str_z(rows[i].resource);
	return STR("");
}

/* --- Dockerfile ---------------------------------------------------------------------------------------------------------------------------------- */

/* A folder that only holds the recipe is named so; what is built lies above it. */
static struct str built_folder(struct str folder)
{
	static const char *const recipes[] = { "docker", ".docker", "build", "deploy", "deployment", "ci", "container", ".devcontainer" };
	for (size_t i = 0; i < ARRAY_LEN(recipes); i++)
		if (str_eq_ci(path_name(folder), str_z(recipes[i])))
			return path_folder(folder);
	return folder;
}

static void ports(struct reading *r, struct subject *s, struct str list, uint32_t line)
{
	for (list = str_strip(list); list.p;) {
		struct str port = str_split(&list, ' ');
		size_t at = str_find_char(port, '/');
		port = at == SIZE_MAX ? port : str_sub(port, 0, at);
		if (port.len && port.p[0] >= '0' && port.p[0] <= '9')
			reading_claim(r, s, CLAIM_PORT, port, STR(""), line);
	}
}

static bool word_is(struct str *line, const char *word)
{
	size_t n = strlen(word);
	if (line->len <= n || !str_eq_ci(str_sub(*line, 0, n), str_z(word)) || (line->p[n] != ' ' && line->p[n] != '\t'))
		return false;
	*line = str_strip(str_skip(*line, n));
	return true;
}

bool read_dockerfile(struct reading *r, struct str word, struct err *e)
{
	struct str folder = built_folder(path_folder(r->file)), rest = r->text, from = STR("");
	uint32_t number = 0, from_line = 0;
	(void)word;
	(void)e;
	/* An image that is built for development or tests is no service of its own, but it tells of the folder. */
	struct subject *s = reading_subject(r, SUBJECT_INFERRED, folder.len ? path_name(folder) : path_name(r->repository->path), folder, SOURCE_DOCKERFILE, 1);
	while (rest.p) {
		struct str line = str_strip(str_split(&rest, '\n'));
		number++;
		if (word_is(&line, "FROM")) {
			from = str_starts(line, STR("--")) ? str_strip(str_skip(line, str_find_char(line, ' '))) : line;
			from = str_split(&from, ' ');
			from_line = number;
		} else if (word_is(&line, "EXPOSE")) {
			ports(r, s, line, number);
		} else if (word_is(&line, "HEALTHCHECK") && !str_eq_ci(line, STR("NONE"))) {
			reading_claim(r, s, CLAIM_HEALTH, line, STR("of the container"), number);
		}
	}
	reading_claim(r, s, CLAIM_RUNS, STR("container"), STR(""), 1);
	reading_claim(r, s, CLAIM_IMAGE, from, STR("is built from it"), from_line);
	return true;
}

/* --- compose ------------------------------------------------------------------------------------------------------------------------------------- */

static void compose_ports(struct reading *r, struct subject *s, const struct yaml *list)
{
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count && i < UNIT_CLAIMS_MAX; i++) {
		struct str text = list->items[i].type == YAML_MAPPING ? yaml_text(&list->items[i], STR("target")) : text_of(&list->items[i]);
		for (size_t at; (at = str_find_char(text, ':')) != SIZE_MAX;)
			text = str_skip(text, at + 1);
		ports(r, s, text, list->items[i].line);
	}
}

/* Of the others in the file: resources are needed, the rest is called. */
static void compose_needs(struct reading *r, struct subject *s, const struct yaml *services, const struct yaml *depends)
{
	for (uint32_t i = 0; depends && i < depends->count && i < UNIT_CLAIMS_MAX && depends->type >= YAML_SEQUENCE; i++) {
		struct str name = depends->type == YAML_SEQUENCE ? text_of(&depends->items[i]) : depends->pairs[i].key;
		uint32_t line = depends->type == YAML_SEQUENCE ? depends->items[i].line : depends->pairs[i].line;
		struct str resource = resource_of(yaml_text(yaml_get(services, name), STR("image")));
		reading_claim(r, s, resource.len ? CLAIM_NEEDS : CLAIM_CALLS, resource.len ? resource : name, STR("depends_on"), line);
	}
}

static void compose_service(struct reading *r, const struct yaml *services, const struct yaml_pair *p)
{
	const struct yaml *build = yaml_get(&p->value, STR("build"));
	struct str image = yaml_text(&p->value, STR("image")), context = build && build->type == YAML_MAPPING ? yaml_text(build, STR("context")) : text_of(build);
	struct str root = build ? path_from(r->arena, path_folder(r->file), context.len ? context : STR(".")) : (struct str){ NULL, 0 };
	if (p->value.type != YAML_MAPPING || (!build && resource_of(image).len))
		return;
	struct subject *s = reading_subject(r, build && root.p ? SUBJECT_INFERRED : SUBJECT_RUN, p->key, root, SOURCE_COMPOSE, p->line);
	reading_claim(r, s, CLAIM_RUNS, STR("compose"), STR(""), p->line);
	reading_claim(r, s, CLAIM_IMAGE, image, STR(""), p->line);
	reading_claim(r, s, CLAIM_ALIAS, p->key, STR(""), p->line);
	compose_ports(r, s, yaml_get(&p->value, STR("ports")));
	compose_needs(r, s, services, yaml_get(&p->value, STR("depends_on")));
	if (yaml_at(&p->value, STR("healthcheck>test")))
		reading_claim(r, s, CLAIM_HEALTH, STR("healthcheck"), STR("of the container"), yaml_at(&p->value, STR("healthcheck>test"))->line);
}

bool read_compose(struct reading *r, struct str word, struct err *e)
{
	struct yaml_documents d;
	(void)word;
	if (!yaml_parse_all(r->scratch, r->file, r->text, &d, e))
		return false;
	const struct yaml *services = d.count ? yaml_get(&d.items[0], STR("services")) : NULL;
	for (uint32_t i = 0; services && services->type == YAML_MAPPING && i < services->count; i++)
		compose_service(r, services, &services->pairs[i]);
	return true;
}

/* --- Kubernetes ---------------------------------------------------------------------------------------------------------------------------------- */

static bool is_workload(struct str kind)
{
	static const char *const kinds[] = { "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout" };
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kind, str_z(kinds[i])))
			return true;
	return false;
}

static void containers(struct reading *r, struct subject *s, const struct yaml *list)
{
	for (uint32_t i = 0; list && list->type == YAML_SEQUENCE && i < list->count && i < UNIT_CLAIMS_MAX; i++) {
		const struct yaml *c = &list->items[i], *open = yaml_get(c, STR("ports"));
		struct str path = yaml_text(c, STR("readinessProbe>httpGet>path"));
		reading_claim(r, s, CLAIM_IMAGE, yaml_text(c, STR("image")), STR(""), c->line);
		reading_claim(r, s, CLAIM_HEALTH, path.len ? path : yaml_text(c, STR("livenessProbe>httpGet>path")), path.len ? STR("readiness probe") : STR("liveness probe"), c->line);
		for (uint32_t k = 0; open && open->type == YAML_SEQUENCE && k < open->count && k < UNIT_CLAIMS_MAX; k++)
			reading_claim(r, s, CLAIM_PORT, yaml_text(&open->items[k], STR("containerPort")), STR(""), open->items[k].line);
	}
}

static void owner_labels(struct reading *r, struct subject *s, const struct yaml *metadata)
{
	static const char *const places[] = { "labels>owner", "labels>team", "annotations>owner", "annotations>team", "annotations>app.kubernetes.io/owner", "labels>app.kubernetes.io/owner" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const struct yaml *v = yaml_at(metadata, str_z(places[i]));
		if (text_of(v).len) {
			reading_claim(r, s, CLAIM_OWNER, v->text, str_z(places[i]), v->line);
			return;
		}
	}
}

static void workload(struct reading *r, const struct yaml *d, struct str kind)
{
	const struct yaml *metadata = yaml_get(d, STR("metadata"));
	struct str name = yaml_text(metadata, STR("labels>app.kubernetes.io/name")), space = yaml_text(metadata, STR("namespace"));
	const struct yaml *list = yaml_at(d, str_eq(kind, STR("CronJob")) ? STR("spec>jobTemplate>spec>template>spec>containers") : STR("spec>template>spec>containers"));
	struct str image = list && list->type == YAML_SEQUENCE && list->count ? yaml_text(&list->items[0], STR("image")) : STR("");
	if (resource_of(image).len)
		return;
	struct subject *s = reading_subject(r, SUBJECT_RUN, name.len ? name : yaml_text(metadata, STR("name")), (struct str){ NULL, 0 }, SOURCE_KUBERNETES, d->line);
	reading_claim(r, s, CLAIM_RUNS, STR("kubernetes"), space.len ? arena_printf(r->scratch, "%.*s in %.*s", STR_FMT(kind), STR_FMT(space)) : kind, d->line);
	reading_claim(r, s, CLAIM_SYSTEM, yaml_text(metadata, STR("labels>app.kubernetes.io/part-of")), STR(""), d->line);
	owner_labels(r, s, metadata);
	containers(r, s, list);
}

/* Files with neither word in them are not taken apart; templates of charts are no YAML before they are filled in. */
bool read_manifests(struct reading *r, struct str word, struct err *e)
{
	struct yaml_documents d;
	struct err wrong = { 0 };
	(void)word;
	(void)e;
	if (str_find(r->text, STR("kind:")) == SIZE_MAX || str_find(r->text, STR("apiVersion:")) == SIZE_MAX || str_find(r->text, STR("{{")) != SIZE_MAX)
		return true;
	/* Any file may contain these words: one that is no YAML is none of ours. */
	if (!yaml_parse_all(r->scratch, r->file, r->text, &d, &wrong))
		return true;
	for (size_t i = 0; i < d.count; i++) {
		struct str kind = yaml_text(&d.items[i], STR("kind"));
		read_backstage_people(r, &d.items[i]);
		if (is_workload(kind))
			workload(r, &d.items[i], kind);
	}
	return true;
}
