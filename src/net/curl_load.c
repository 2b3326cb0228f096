/* See curl_load.h. */
#include "net/curl_load.h"
#include <dlfcn.h>

static struct curl_api api;

static bool find(void *library, const char *name, void *pointer, struct err *e)
{
	void *p = dlsym(library, name);
	if (!p)
		return err_set(e, ERR_UNAVAILABLE, "the libcurl that is installed has no %s: install a newer one", name);
	memcpy(pointer, &p, sizeof(p));
	return true;
}

const struct curl_api *curl_load(struct err *e)
{
	static bool loaded;
	if (loaded)
		return &api;
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		err_set(e, ERR_UNAVAILABLE, "requests to other machines are made by libcurl, which is not installed (Debian's package libcurl4): %s", dlerror());
		return NULL;
	}
#define FUNCTION(name)                                                                                                                                           \
	if (!find(library, "curl_" #name, &api.name, e))                                                                                                         \
		return NULL;
	CURL_FUNCTIONS(FUNCTION)
	FUNCTION(easy_setopt)
	FUNCTION(easy_getinfo)
#undef FUNCTION
	if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_NO_MEMORY, "libcurl cannot start: no memory");
		return NULL;
	}
	loaded = true;
	return &api;
}
