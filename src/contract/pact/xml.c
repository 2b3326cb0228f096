/* XML into a tree: expat's events, names taken apart, text of an element gathered. Called by match_xml.c only. */
#include "contract/pact/xml.h"
#include <expat.h>

struct xml_build {
	struct arena *arena;
	XML_Parser parser;
	struct xml_node *root, *stack[XML_DEPTH_MAX];
	struct buf texts[XML_DEPTH_MAX];
	uint32_t depth, nodes;
	const char *refused;               /* why it was stopped */
};

static void stop(struct xml_build *b, const char *why)
{
	if (!b->refused)
		b->refused = why;
	XML_StopParser(b->parser, XML_FALSE);
}

/* "uri\nlocal\nprefix", "uri\nlocal" or "local". */
static struct xml_name take_name(struct xml_build *b, const char *z)
{
	struct str rest = arena_str(b->arena, str_z(z)), first, second, third;
	struct xml_name n = { .space = STR(""), .local = STR(""), .prefix = STR("") };
	if (!rest.p) {
		stop(b, "no memory is left");
		return n;
	}
	first = str_split(&rest, '\n');
	second = str_split(&rest, '\n');
	third = str_split(&rest, '\n');
	if (second.p && second.len)
		n = (struct xml_name){ first, second, third.p ? third : STR("") };
	else
		n.local = first;
	return n;
}

static void take_attributes(struct xml_build *b, struct xml_node *n, const char **pairs)
{
	uint32_t count = 0;
	while (pairs[2 * count])
		count++;
	struct xml_attribute *list = ARENA_ARRAY(b->arena, count ? count : 1, struct xml_attribute);
	for (uint32_t i = 0; list && i < count; i++) {
		list[i].name = take_name(b, pairs[2 * i]);
		list[i].value = arena_str(b->arena, str_z(pairs[2 * i + 1]));
	}
	b->nodes += count;
	n->attributes = list;
	n->attributes_count = list ? count : 0;
	if (!list)
		stop(b, "no memory is left");
}

static void XMLCALL on_start(void *ctx, const char *name, const char **pairs)
{
	struct xml_build *b = ctx;
	struct xml_node *n = b->refused ? NULL : ARENA_NEW(b->arena, struct xml_node);
	if (!n || b->depth == XML_DEPTH_MAX || ++b->nodes > XML_NODES_MAX) {
		stop(b, !n ? "no memory is left" : b->depth == XML_DEPTH_MAX ? "its elements are nested too deeply" : "it has too many elements");
		return;
	}
	n->name = take_name(b, name);
	n->line = (uint32_t)XML_GetCurrentLineNumber(b->parser);
	take_attributes(b, n, pairs);
	struct xml_node *above = b->depth ? b->stack[b->depth - 1] : NULL;
	if (!above) {
		b->root = n;
	} else {
		if (above->last)
			above->last->next = n;
		else
			above->first = n;
		above->last = n;
		above->children_count++;
	}
	buf_clear(&b->texts[b->depth]);
	b->stack[b->depth++] = n;
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct xml_build *b = ctx;
	(void)name;
	if (b->refused || !b->depth)
		return;
	b->depth--;
	struct str text = arena_str(b->arena, str_strip(buf_str(&b->texts[b->depth])));
	if (!text.p || !buf_ok(&b->texts[b->depth])) {
		stop(b, "no memory is left");
		return;
	}
	b->stack[b->depth]->text = text;
}

static void XMLCALL on_text(void *ctx, const char *p, int n)
{
	struct xml_build *b = ctx;
	if (b->depth && !b->refused)
		buf_add_bytes(&b->texts[b->depth - 1], p, (size_t)n);
}

static void XMLCALL on_entity(void *ctx, const char *name, int parameter, const char *value, int length, const char *base, const char *system, const char *public,
	const char *notation)
{
	(void)name, (void)parameter, (void)value, (void)length, (void)base, (void)system, (void)public, (void)notation;
	stop(ctx, "it declares an entity; entities are not taken");
}

const struct xml_node *xml_parse(struct arena *a, struct str text, struct err *e)
{
	struct xml_build b = { .arena = a };
	if (text.len > INT32_MAX) {
		err_set(e, ERR_TOO_LARGE, "the XML has more than 2 GiB");
		return NULL;
	}
	b.parser = XML_ParserCreateNS(NULL, '\n');
	if (!b.parser) {
		err_set(e, ERR_NO_MEMORY, "no memory is left to read XML");
		return NULL;
	}
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		buf_init(&b.texts[i], 64 << 20);
	XML_SetReturnNSTriplet(b.parser, 1);
	XML_SetUserData(b.parser, &b);
	XML_SetElementHandler(b.parser, on_start, on_end);
	XML_SetCharacterDataHandler(b.parser, on_text);
	XML_SetEntityDeclHandler(b.parser, on_entity);
	bool ok = XML_Parse(b.parser, text.p ? text.p : "", (int)text.len, 1) == XML_STATUS_OK && !b.refused;
	if (!ok) {
		const char *why = b.refused ? b.refused : XML_ErrorString(XML_GetErrorCode(b.parser));
		err_set(e, ERR_INPUT, "this is no XML that can be read: %s (line %lu, column %lu)", why, (unsigned long)XML_GetCurrentLineNumber(b.parser),
			(unsigned long)XML_GetCurrentColumnNumber(b.parser) + 1);
		e->line = (uint32_t)XML_GetCurrentLineNumber(b.parser);
		e->column = (uint32_t)XML_GetCurrentColumnNumber(b.parser) + 1;
	}
	for (size_t i = 0; i < XML_DEPTH_MAX; i++)
		buf_release(&b.texts[i]);
	XML_ParserFree(b.parser);
	return ok ? b.root : NULL;
}
