/* What the generators of the store's benchmark share: random numbers that follow from a seed, and the pool of messages. */
#ifndef PLEACH_BENCH_STORE_GEN_H
#define PLEACH_BENCH_STORE_GEN_H
#include "base/buf.h"
#include "model/record.h"

/* splitmix64: fast, and the same numbers on every machine. */
struct gen_random { uint64_t state; };
static inline uint64_t gen_next(struct gen_random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
/* From 0 to n - 1. */
static inline uint32_t gen_below(struct gen_random *r, uint32_t n) { return (uint32_t)(((gen_next(r) >> 32) * n) >> 32); }
/* From 0 up to, not including, 1. */
static inline double gen_unit(struct gen_random *r) { return (double)(gen_next(r) >> 11) * 0x1p-53; }
/* Small numbers are frequent: the rank of one of n by Zipf's law. */
uint32_t gen_zipf(struct gen_random *r, uint32_t n);

/* A run of digits in a message that may be replaced in each row. */
struct gen_run { uint16_t raw, json, len; bool octet; /* of an IPv4 address: stays below 256 */ };
struct gen_message {
	struct str raw;          /* as it was logged */
	struct str json;         /* with JSON's escapes, without the quotes */
	const struct gen_run *runs;
	uint32_t run_count;
	uint8_t severity;
	uint8_t system;
	uint8_t words;           /* bit i: it has the probe i of gen_probes as a word */
	uint8_t substrings;      /* bit i: … as a part */
	uint32_t pattern;        /* index of its text with every token that has a digit, and UUIDs, masked */
};
struct gen_system { const char *service; uint32_t weight; int digits; };
extern const struct gen_system gen_systems[];
extern const uint32_t gen_system_count;
/* What queries of the benchmark look for: words that messages have, and parts of words. */
extern const char *const gen_words[];
extern const char *const gen_substrings[];
enum { GEN_WORDS = 3, GEN_SUBSTRINGS = 2 };

enum { GEN_POOL_PER_SYSTEM = 2000 };
struct gen_pool {
	struct gen_message *messages; /* GEN_POOL_PER_SYSTEM of each system, one system after the other; then the planted one */
	uint32_t count;
	uint32_t pattern_count;
};
/* Of log_templates.h; never freed. */
struct gen_pool gen_pool_make(uint64_t seed);
/* The planted message's word, in GEN_PLANTED rows of every size of data. */
#define GEN_PLANTED_WORD "heliotrope"
enum { GEN_PLANTED = 10 };

/* --name VALUE of the command line, or otherwise; a value that is no number ends the program. */
const char *gen_option(int argc, char **argv, const char *name, const char *otherwise);
uint64_t gen_number(int argc, char **argv, const char *name, uint64_t otherwise);
#endif
