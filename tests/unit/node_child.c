/* A service for the tests of the node, doing what its words say, one after the other:
 *   print TEXT, eprint TEXT, raw TEXT   a line to standard output, to standard error, without its end
 *   env NAME, limit                     NAME=value; the limit of its address space
 *   shout MIB                           so many MiB of lines of 100 bytes
 *   beat MS                             a line every MS milliseconds, for ever
 *   sleep MS, exit STATUS, crash
 *   ignore-term
 *   straggler FILE                      a child that outlives it, holds its port open, and writes its number to FILE
 *   serve STATUS                        answers every request on PORT with that status, for ever
 *   serve-some N STATUS                 the same, but 200 to the first N
 *   serve-unix PATH                     answers 200 on a Unix socket */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listen_port(void)
{
	static int listener = -1;
	if (listener >= 0)
		return listener;
	const char *port = getenv("PORT");
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port ? port : "0")), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 64) < 0) {
		perror("listen");
		exit(98);
	}
	return listener = fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 64) < 0) {
		perror("listen");
		exit(98);
	}
	return fd;
}

static void serve(int listener, int good, int status)
{
	char request[4096], answer[128];
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0 || read(fd, request, sizeof(request)) <= 0) {
			close(fd);
			continue;
		}
		int n = snprintf(answer, sizeof(answer), "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", good > 0 ? 200 : status);
		good -= good > 0;
		if (write(fd, answer, (size_t)n) < 0)
			perror("write");
		close(fd);
	}
}

static void shout(long mib)
{
	char line[100];
	memset(line, 'x', sizeof(line));
	line[99] = '\n';
	for (long sent = 0; sent < mib << 20; sent += 100)
		fwrite(line, 1, sizeof(line), stdout);
	fflush(stdout);
}

static void straggler(const char *file)
{
	listen_port();
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	char unfinished[256];
	snprintf(unfinished, sizeof(unfinished), "%s.new", file);
	FILE *f = fopen(unfinished, "w");
	fprintf(f, "%d\n", (int)pid);
	fclose(f);
	rename(unfinished, file);
}

static void say(FILE *to, const char *text)
{
	fprintf(to, "%s\n", text);
	fflush(to);
}

static void limit(void)
{
	struct rlimit r;
	getrlimit(RLIMIT_AS, &r);
	printf("limit %lld\n", (long long)r.rlim_cur);
	fflush(stdout);
}

static void beat(int ms)
{
	for (;;) {
		usleep((useconds_t)ms * 1000);
		say(stdout, "beat");
	}
}

/* Words without an argument of their own. */
static int alone(const char *word)
{
	if (!strcmp(word, "limit"))
		limit();
	else if (!strcmp(word, "crash"))
		raise(SIGSEGV);
	else if (!strcmp(word, "ignore-term"))
		signal(SIGTERM, SIG_IGN);
	else
		return 0;
	return 1;
}

static void with(const char *word, const char *value)
{
	const char *known = getenv(value);
	if (!strcmp(word, "print"))
		say(stdout, value);
	else if (!strcmp(word, "eprint"))
		say(stderr, value);
	else if (!strcmp(word, "raw"))
		printf("%s", value);
	else if (!strcmp(word, "env"))
		printf("%s=%s\n", value, known ? known : "(none)"), fflush(stdout);
	else if (!strcmp(word, "shout"))
		shout(atol(value));
	else if (!strcmp(word, "beat"))
		beat(atoi(value));
	else if (!strcmp(word, "sleep"))
		usleep((useconds_t)atoi(value) * 1000);
	else if (!strcmp(word, "exit"))
		exit(atoi(value));
	else if (!strcmp(word, "straggler"))
		straggler(value);
	else if (!strcmp(word, "serve"))
		serve(listen_port(), 0, atoi(value));
	else if (!strcmp(word, "serve-unix"))
		serve(listen_unix(value), 1 << 30, 200);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (alone(argv[i]))
			continue;
		if (!strcmp(argv[i], "serve-some") && i + 2 < argc)
			serve(listen_port(), atoi(argv[i + 1]), atoi(argv[i + 2]));
		if (i + 1 < argc)
			with(argv[i], argv[i + 1]);
		i++;
	}
	return 0;
}
