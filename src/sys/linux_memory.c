/* Memory for a process that takes and gives back much of it in turns (sys.h). Pages that are given back are kept, up to what sys_keep_memory allows, as mapping them anew costs a page fault for each. */
#include "sys/sys.h"
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

enum { ROUND = 64 << 10, KEPT_MOST = 64 };
struct run { void *p; size_t bytes; };

static struct {
	pthread_mutex_t lock;
	struct run kept[KEPT_MOST]; /* the oldest first */
	size_t count, bytes, most;
} pages = { .lock = PTHREAD_MUTEX_INITIALIZER };

void sys_keep_memory(size_t bytes)
{
	/* Large pieces come from the heap, too: mapping and unmapping them costs a page fault for each of their pages, each time. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	/* One heap for all threads: what each worker kept for itself the others could not use. */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, bytes > INT_MAX ? INT_MAX : (int)bytes);
	pages.most = bytes;
}

static size_t rounded(size_t bytes) { return bytes < ROUND ? bytes : (bytes + ROUND - 1) / ROUND * ROUND; }

static void forget(size_t at)
{
	pages.bytes -= pages.kept[at].bytes;
	pages.count--;
	for (size_t i = at; i < pages.count; i++)
		pages.kept[i] = pages.kept[i + 1];
}

void *sys_pages(size_t bytes)
{
	void *p = NULL;
	bytes = rounded(bytes);
	pthread_mutex_lock(&pages.lock);
	for (size_t i = pages.count; i-- > 0 && !p;)
		if (pages.kept[i].bytes == bytes) {
			p = pages.kept[i].p;
			forget(i);
		}
	pthread_mutex_unlock(&pages.lock);
	if (p)
		return p;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

void sys_pages_free(void *p, size_t bytes)
{
	struct run gone[KEPT_MOST + 1];
	size_t n = 0;
	bytes = rounded(bytes);
	pthread_mutex_lock(&pages.lock);
	bool keeps = bytes <= pages.most;
	while (keeps && pages.count && (pages.count == KEPT_MOST || pages.bytes + bytes > pages.most)) {
		gone[n++] = pages.kept[0];
		forget(0);
	}
	if (keeps) {
		pages.kept[pages.count++] = (struct run){ p, bytes };
		pages.bytes += bytes;
	} else {
		gone[n++] = (struct run){ p, bytes };
	}
	pthread_mutex_unlock(&pages.lock);
	while (n-- > 0)
		munmap(gone[n].p, gone[n].bytes);
}
