/* Any bytes as a snapshot or a node's report: no crash, no leak; what was taken can be written and read again and is then the same. */
#include "base/check.h"
#include "model/node_status.h"
#include "model/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_snapshot(struct str text)
{
	struct err e = { 0 };
	struct buf once, twice;
	struct snapshot *s = snapshot_decode(text, &e);
	CHECK((s != NULL) == !err_is_set(&e));
	if (!s)
		return;
	buf_init(&once, SNAPSHOT_MAX_BYTES);
	buf_init(&twice, SNAPSHOT_MAX_BYTES);
	snapshot_encode(s, &once);
	struct snapshot *again = snapshot_decode(buf_str(&once), &e);
	CHECK(again != NULL);
	snapshot_encode(again, &twice);
	CHECK(str_eq(buf_str(&once), buf_str(&twice)));
	for (size_t i = 0; i < s->services_count; i++) {
		CHECK(snapshot_service(s, s->services[i].name) == &s->services[i]);
		snapshot_route(&s->services[i], STR("/v1/x"));
	}
	snapshot_unref(again);
	snapshot_unref(s);
	buf_release(&once);
	buf_release(&twice);
}

static void as_report(struct str text)
{
	struct err e = { 0 };
	struct buf b;
	struct node_status *s = node_status_decode(text, &e);
	CHECK((s != NULL) == !err_is_set(&e));
	if (!s)
		return;
	buf_init(&b, 1 << 20);
	node_status_encode(s, &b);
	buf_release(&b);
	node_status_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	as_snapshot(text);
	as_report(text);
	return 0;
}
