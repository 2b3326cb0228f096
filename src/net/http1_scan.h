/* Scans for the ends of runs of bytes in HTTP/1 heads: by AVX2, SSE2, or portably, as the including file is compiled (http1_parse.c
 * is compiled twice). Each returns the first position in [p, end) whose byte is outside of the run's class, or end; none reads
 * beyond. */
#ifndef PLEACH_NET_HTTP1_SCAN_H
#define PLEACH_NET_HTTP1_SCAN_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

/* RFC 9110 section 5.6.2: one bit a character; word c / 64. */
static const uint64_t http1_token_bits[4] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe, 0, 0};
static inline bool http1_is_token_char(char c)
{
	return http1_token_bits[(uint8_t)c >> 6] >> ((uint8_t)c & 63) & 1;
}
/* Field values and reason phrases: blank, tab, visible ASCII, and bytes from 0x80 (obs-text). */
static inline bool http1_is_value_char(char c)
{
	return ((uint8_t)c >= 0x20 && c != 0x7f) || c == '\t';
}
/* Targets: visible ASCII without the fragment sign. */
static inline bool http1_is_target_char(char c)
{
	return c > 0x20 && c < 0x7f && c != '#';
}

#ifdef __AVX2__
/* Membership by two look-ups: bit (high nibble) of row (low nibble). The rows below are http1_token_bits turned by 90 degrees. */
static inline uint32_t http1_not_token_32(const char *p)
{
	const __m256i rows = _mm256_broadcastsi128_si256(
	    _mm_setr_epi8((char)0xe8, (char)0xfc, (char)0xf8, (char)0xfc, (char)0xfc, (char)0xfc, (char)0xfc, (char)0xfc,
	                  (char)0xf8, (char)0xf8, (char)0xf4, (char)0x54, (char)0xd0, (char)0x54, (char)0xf4, (char)0x70));
	const __m256i columns =
	    _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0, 0));
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i row = _mm256_shuffle_epi8(rows, _mm256_and_si256(v, _mm256_set1_epi8(15)));
	__m256i column = _mm256_shuffle_epi8(columns, _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15)));
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(row, column), _mm256_setzero_si256()));
}
static inline uint32_t http1_not_value_32(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
	__m256i tab = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\t')), del = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));
	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_andnot_si256(tab, control), del));
}
static inline uint32_t http1_not_target_32(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x21), v); /* signed: bytes from 0x80 too */
	__m256i hash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('#')), del = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(0x7f));
	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(low, _mm256_or_si256(hash, del)));
}
#endif
#ifdef __SSE2__
static inline uint32_t http1_not_value_16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
	__m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t')), del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, control), del));
}
static inline uint32_t http1_not_target_16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x21));
	__m128i hash = _mm_cmpeq_epi8(v, _mm_set1_epi8('#')), del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(hash, del)));
}
#endif

static inline const char *http1_scan_token(const char *p, const char *end)
{
#ifdef __AVX2__
	for (; end - p >= 32; p += 32) {
		uint32_t out = http1_not_token_32(p);
		if (out)
			return p + __builtin_ctz(out);
	}
#endif
	while (p < end && http1_is_token_char(*p))
		p++;
	return p;
}

static inline const char *http1_scan_value(const char *p, const char *end)
{
#ifdef __AVX2__
	for (; end - p >= 32; p += 32) {
		uint32_t out = http1_not_value_32(p);
		if (out)
			return p + __builtin_ctz(out);
	}
#endif
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		uint32_t out = http1_not_value_16(p);
		if (out)
			return p + __builtin_ctz(out);
	}
#endif
	while (p < end && http1_is_value_char(*p))
		p++;
	return p;
}

static inline const char *http1_scan_target(const char *p, const char *end)
{
#ifdef __AVX2__
	for (; end - p >= 32; p += 32) {
		uint32_t out = http1_not_target_32(p);
		if (out)
			return p + __builtin_ctz(out);
	}
#endif
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		uint32_t out = http1_not_target_16(p);
		if (out)
			return p + __builtin_ctz(out);
	}
#endif
	while (p < end && http1_is_target_char(*p))
		p++;
	return p;
}
#endif
