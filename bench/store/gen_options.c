/* Options of the benchmark's programs: --name VALUE, each at most once; and what the generators draw by. */
#include "bench/store/gen.h"
#include <stdio.h>
#include <stdlib.h>

const char *gen_option(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0)
			return argv[i + 1];
	return otherwise;
}

uint64_t gen_number(int argc, char **argv, const char *name, uint64_t otherwise)
{
	const char *text = gen_option(argc, argv, name, NULL);
	uint64_t n = otherwise;
	if (text && !str_to_u64(str_z(text), &n)) {
		fprintf(stderr, "--%s: `%s` is no number\n", name, text);
		exit(2);
	}
	return n;
}

/* The rank of one of n when rank k comes with weight 1 / (k + 1). */
uint32_t gen_zipf(struct gen_random *r, uint32_t n)
{
	double sum = 0;
	for (uint32_t k = 0; k < n; k++)
		sum += 1.0 / (k + 1);
	double at = gen_unit(r) * sum;
	for (uint32_t k = 0; k < n; k++) {
		at -= 1.0 / (k + 1);
		if (at < 0)
			return k;
	}
	return n - 1;
}
