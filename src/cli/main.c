/* The program `pleach`: takes the command line apart and runs one command. */
#include "cli/command.h"

int main(int argc, char **argv)
{
	enum { MOST = 4096 };
	static struct str words[MOST];
	struct cli c = { 0 };
	struct err e = { 0 };
	size_t n = 0;
	sys_init();
	for (int i = 1; i < argc && n < MOST; i++)
		words[n++] = str_z(argv[i]);
	int status = !cli_parse(&c, n, words, &e)	     ? cli_fail(&c, &e)
		     : cli_flag(&c, "help")		     ? cmd_help(&c)
							     : commands[c.command].run(&c);
	cli_flush(&c);
	cli_release(&c);
	return status;
}
