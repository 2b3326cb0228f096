/* Any bytes as the state file of followed log files: refused, or understood; what is understood is written in the same way again. */
#include "base/check.h"
#include "model/node_status.h"
#include "node/logfiles_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(void *ctx, uint8_t severity, struct str message) { (void)ctx, (void)severity, (void)message; }
static void changed(void *ctx) { (void)ctx; }

static struct logfiles *take(struct str content)
{
	/* Only the reading is wanted: an empty world around it, and the bytes where the file's would be. */
	static struct loop *loop;
	struct err e = { 0 };
	struct logfiles_options o = { .state = STR("/nonexistent/node.files"), .node = STR("n"), .say = say, .on_change = changed };
	if (!loop)
		loop = loop_new();
	CHECK(loop);
	struct logfiles *all = logfiles_new(loop, &o, &e);
	CHECK(all);
	if (logfiles_decode(all, content, &e))
		return all;
	CHECK(err_is_set(&e));
	logfiles_free(all);
	return NULL;
}

/* The first byte says whether the bytes are the file or its JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_from((const char *)data, size);
	struct buf first, second;
	buf_init(&first, 4 * LOGFILE_STATE_MAX);
	buf_init(&second, 4 * LOGFILE_STATE_MAX);
	if (size && data[0] == 'j') {
		logfile_state_frame(&first, str_skip(rest, 1), STR("batch"));
		rest = buf_str(&first);
	}
	struct logfiles *all = take(rest);
	if (all) {
		buf_clear(&second);
		logfiles_encode(all, &second);
		logfiles_free(all);
		all = take(buf_str(&second));
		CHECK(all);
		buf_clear(&first);
		logfiles_encode(all, &first);
		CHECK(str_eq(buf_str(&first), buf_str(&second)));
		logfiles_free(all);
	}
	buf_release(&first);
	buf_release(&second);
	return 0;
}
