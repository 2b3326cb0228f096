/* Which formats there are, and a comparison of all of them. */
#include "contract/format.h"

/* In the order in which files are asked: the ones that a name decides first. */
const struct contract_format *const contract_formats[] = { &graphql_format, &avro_format, NULL };

const struct contract_format *contract_format_of(const struct source_file *f)
{
	for (size_t i = 0; contract_formats[i]; i++)
		if (contract_formats[i]->recognises(f))
			return contract_formats[i];
	return NULL;
}

const struct contract_format *contract_format_by_name(struct str name)
{
	for (size_t i = 0; contract_formats[i]; i++)
		if (str_eq(contract_formats[i]->name, name))
			return contract_formats[i];
	return NULL;
}

static bool source_has(const struct source *s, const struct contract_format *format)
{
	for (size_t i = 0; i < s->count; i++)
		if (contract_format_of(&s->files[i]) == format)
			return true;
	return false;
}

/* *m stays NULL where the source holds nothing of the format. */
static bool read_model(const struct source *s, const struct contract_format *format, struct contract_model **m, const struct source **wrong, struct err *e)
{
	*m = NULL;
	if (!source_has(s, format) || (*m = format->read(s, e)) != NULL)
		return true;
	*wrong = s;
	return false;
}

static bool compare_format(const struct contract_format *format, const struct source *old_source, const struct source *new_source,
	const struct contract_options *options, struct changes *out, const struct source **wrong, struct err *e)
{
	struct contract_model *before, *after = NULL;
	bool ok = read_model(old_source, format, &before, wrong, e) && read_model(new_source, format, &after, wrong, e);
	if (ok && (before || after))
		ok = format->compare(before, after, options, out, e);
	if (before)
		format->free(before);
	if (after)
		format->free(after);
	return ok;
}

bool contract_compare_sides(const struct source *old_source, const struct source *new_source, const struct contract_options *options, struct changes *out,
	const struct source **wrong, struct err *e)
{
	const struct source *none;
	wrong = wrong ? wrong : &none;
	*wrong = NULL;
	for (size_t i = 0; contract_formats[i]; i++)
		if (!compare_format(contract_formats[i], old_source, new_source, options, out, wrong, e))
			return false;
	changes_done(out);
	return true;
}

bool contract_compare(const struct source *old_source, const struct source *new_source, const struct contract_options *options, struct changes *out, struct err *e)
{
	return contract_compare_sides(old_source, new_source, options, out, NULL, e);
}
