/* What a node reports to control (PUT /api/nodes/{node}/status) and control shows in `pleach status`: every instance it looks after. JSON on the wire. */
#ifndef PLEACH_MODEL_NODE_STATUS_H
#define PLEACH_MODEL_NODE_STATUS_H
#include "base/json.h"
#include "model/snapshot.h"
struct instance_status {
	struct str service, instance;
	bool part;                 /* one of Pleach's own parts */
	enum instance_state state;
	struct sys_addr address;   /* family SYS_NONE where it has none */
	int64_t pid;
	int64_t since;             /* wall ns of the present state */
	int64_t started;           /* wall ns of the last start */
	uint64_t restarts;
	int64_t next_start;        /* wall ns in INSTANCE_BACKOFF, else 0 */
	struct str last_exit;      /* "exit status 1", "signal 9 (killed)"; empty: never ended */
	struct str last_lines;     /* its last output lines before it ended, at most 2 KiB */
	struct str why;            /* why it is not healthy, in words */
	int64_t rss, cpu_ns;
};
/* A log file that is followed, or (size 0, with an error) a pattern that is in trouble. */
struct file_status {
	struct str path, service;
	int64_t size, lag;         /* bytes; lag: not yet on their way to the store */
	uint64_t lines, cut;       /* read; of those longer than the limit */
	bool gone;                 /* renamed or deleted: read to its end */
	struct str error;          /* why it is not read on, in words */
};
struct node_status {
	struct arena arena;
	struct str node;
	uint64_t fleet_version;    /* of the snapshot the node acts on */
	int64_t time;              /* wall ns */
	struct str *unconfined;    /* what could not be limited or confined, in words */
	size_t unconfined_count;
	struct instance_status *instances;
	size_t instances_count;
	struct file_status *files;
	size_t files_count;
	struct str files_wait;     /* why no log file is read on at the moment, in words; empty: they are */
};
/* One file as an object: of the report, and of control's answers. */
void file_status_json(struct json_out *o, const struct file_status *f);
void node_status_encode(const struct node_status *s, struct buf *out);
struct node_status *node_status_decode(struct str json, struct err *e);
void node_status_free(struct node_status *s);
#endif
