/* Build tool: writes a C file that embeds every file of a directory tree by .incbin, as the table that src/control/console.h declares.
 *   embed DIRECTORY OUTPUT.c DEPFILE [NAME=FILE…]     NAME=FILE embeds one more file under that name
 * A directory that does not exist gives an empty table: the console was not built, and control says so. The depfile names the directories and
 * files, so that a new build of the console is taken up. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILES = 256, MAX_PATH = 4096 };
static char *names[MAX_FILES], *paths[MAX_FILES];
static int count;
static FILE *deps;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static char *joined(const char *a, const char *b, const char *c)
{
	char *s = malloc(MAX_PATH);
	if (!s || snprintf(s, MAX_PATH, "%s%s%s", a, b, c) >= MAX_PATH)
		die("embed: path");
	return s;
}

static void add(char *name, char *path)
{
	if (count == MAX_FILES) {
		fprintf(stderr, "embed: more than %d files\n", MAX_FILES);
		exit(1);
	}
	names[count] = name;
	paths[count++] = path;
	fprintf(deps, " %s", path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(const char *directory, const char *prefix)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, NULL, by_name);
	if (n < 0)
		return;
	fprintf(deps, " %s", directory);
	for (int i = 0; i < n; i++) {
		struct stat st;
		if (entries[i]->d_name[0] == '.')
			continue;
		char *path = joined(directory, "/", entries[i]->d_name), *name = joined(prefix, "/", entries[i]->d_name);
		if (stat(path, &st) != 0)
			die(path);
		if (S_ISDIR(st.st_mode))
			walk(path, name);
		else
			add(name, path);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: embed DIRECTORY OUTPUT.c DEPFILE [NAME=FILE...]\n");
		return 1;
	}
	FILE *out = fopen(argv[2], "w");
	deps = fopen(argv[3], "w");
	if (!out || !deps)
		die("embed");
	fprintf(deps, "%s:", argv[2]);
	walk(argv[1], "");
	for (int i = 4; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		if (!equals)
			die("embed: NAME=FILE");
		*equals = 0;
		add(argv[i], equals + 1);
	}
	fprintf(out, "/* Made by ui/embed.c. */\n#include \"control/console.h\"\n");
	for (int i = 0; i < count; i++)
		fprintf(out, "__asm__(\".section .rodata\\n.balign 16\\n.global asset_%d\\nasset_%d: .incbin \\\"%s\\\"\\n.global asset_%d_end\\nasset_%d_end: .byte 0\\n.text\");\n"
			     "extern const char asset_%d[], asset_%d_end[];\n",
			i, i, paths[i], i, i, i, i);
	fprintf(out, "const struct asset assets[] = {\n");
	for (int i = 0; i < count; i++)
		fprintf(out, "\t{ \"%s\", asset_%d, asset_%d_end },\n", names[i], i, i);
	fprintf(out, "\t{ 0, 0, 0 },\n};\n");
	fputc('\n', deps);
	return fclose(out) || fclose(deps);
}
