/* The frame of a simulation test: runs a scenario over many seeds and names the seed that fails.
 *
 *   test_sim_core [--seeds N] [--first S] [--kept FILE]
 *
 * Seeds in FILE (one a line, `#` starts a comment) once failed; they always run first. A failing check aborts; before that, the seed and
 * the command that repeats it are printed. */
#ifndef PLEACH_TESTS_SIM_MAIN_H
#define PLEACH_TESTS_SIM_MAIN_H
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Processes that crash in a simulation leave their memory behind by design, as their code does not run any more: what LeakSanitizer
 * finds there is no leak of the code under test. The unit tests look for those. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static uint64_t sim_main_seed;
static const char *sim_main_program;

static void sim_main_tell(void)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "\nfailed with seed %" PRIu64 "; repeat it with: %s --seeds 1 --first %" PRIu64 "\n", sim_main_seed,
			 sim_main_program, sim_main_seed);
	if (n > 0)
		(void)!write(2, text, (size_t)n);
}
static void sim_main_aborted(int signal_number)
{
	sim_main_tell();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static uint64_t sim_main_kept(const char *file, void (*run)(uint64_t seed))
{
	char line[256];
	uint64_t n = 0;
	FILE *f = fopen(file, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		char *end;
		uint64_t seed = strtoull(line, &end, 10);
		if (end == line)
			continue;
		sim_main_seed = seed;
		run(seed);
		n++;
	}
	fclose(f);
	return n;
}

static int sim_main(int argc, char **argv, void (*run)(uint64_t seed))
{
	uint64_t seeds = 1000, first = 1, kept = 0;
	const char *file = NULL;
	sim_main_program = argv[0];
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seeds") == 0)
			seeds = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--first") == 0)
			first = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--kept") == 0)
			file = argv[i + 1];
		else {
			fprintf(stderr, "usage: %s [--seeds N] [--first S] [--kept FILE]\n", argv[0]);
			return 2;
		}
	}
	signal(SIGABRT, sim_main_aborted);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(sim_main_tell);
	if (file)
		kept = sim_main_kept(file, run);
	for (uint64_t i = 0; i < seeds; i++) {
		sim_main_seed = first + i;
		run(sim_main_seed);
	}
	printf("%" PRIu64 " kept and %" PRIu64 " new seeds passed (from %" PRIu64 ")\n", kept, seeds, first);
	return 0;
}
#endif
