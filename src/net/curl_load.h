/* libcurl, loaded with the first request to a forge, to Backstage or of a webhook: it brings some thirty libraries along (4 MB in every process of Pleach and some milliseconds at
 * each start of the command line), which whoever makes none should not pay for. On the main thread only. */
#ifndef PLEACH_NET_CURL_LOAD_H
#define PLEACH_NET_CURL_LOAD_H
#include "base/err.h"
#include <curl/curl.h>

/* The functions that are used, by libcurl's own names without `curl_`. */
#define CURL_FUNCTIONS(F)                                                                                                                                        \
	F(global_init) F(easy_init) F(easy_perform) F(easy_reset) F(easy_cleanup) F(easy_strerror) F(multi_init) F(multi_cleanup) F(multi_add_handle) F(multi_remove_handle) F(multi_perform)  \
		F(multi_info_read) F(slist_append) F(slist_free_all)
struct curl_api {
#define FUNCTION(name) __typeof__(&curl_##name) name;
	CURL_FUNCTIONS(FUNCTION)
#undef FUNCTION
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
};
/* NULL with e: it is not installed, or too old. The same for the process's whole life. */
const struct curl_api *curl_load(struct err *e);
#endif
