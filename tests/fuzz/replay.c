/* Runs a fuzzer over files instead of a fuzzing engine: each file of each directory given, and some damaged forms of it, so that a test run
 * without clang still covers what a campaign once found. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, PATH_ROOM = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From memory of exactly the size, so that a sanitizer sees a read beyond it. */
static void give(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* Cut short, a bit turned, a byte doubled: at up to 64 places each. */
static void damage(uint8_t *data, size_t size)
{
	size_t step = size / 64 + 1;
	for (size_t at = 0; at < size; at += step) {
		give(data, at);
		for (int bit = 0; bit < 8; bit++) {
			data[at] ^= (uint8_t)(1 << bit);
			give(data, size);
			data[at] ^= (uint8_t)(1 << bit);
		}
		memmove(data + at + 1, data + at, size - at);
		give(data, size + 1);
		memmove(data + at, data + at + 1, size - at);
	}
}

static int replay(const char *path)
{
	static uint8_t data[FILE_MAX + 1];
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	size_t n = fread(data, 1, FILE_MAX, f);
	fclose(f);
	give(data, n);
	damage(data, n);
	return 0;
}

int main(int argc, char **argv)
{
	int files = 0, failed = 0;
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		if (!d) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *e; (e = readdir(d));) {
			char path[PATH_ROOM];
			if (e->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name) >= (int)sizeof(path))
				continue;
			failed += replay(path);
			files++;
		}
		closedir(d);
	}
	printf("%d files and their damaged forms\n", files);
	return failed || files == 0;
}
