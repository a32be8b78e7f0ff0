/* SPDX-License-Identifier: Apache-2.0 */
/* The fault engine's log: what it writes and fault_image() reads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/engine/engine.h"
#include "media/engine/fault.h"

enum fault_op_kind {
	OP_MAKE, /* file node appears as dir/name */
	OP_MKDIR,
	OP_RENAME,
	OP_UNLINK,
	OP_DIRSYNC,
	OP_WRITE,
	OP_SIZE, /* truncated or allocated: at least / exactly this size */
	OP_SYNC,
};

struct fault_op {
	enum fault_op_kind kind;
	char *dir, *name;  /* directory work; dir is an absolute path */
	char *to_dir, *to; /* OP_RENAME */
	uint32_t node;
	uint64_t off, len;
	uint8_t *data;
	bool exact;          /* OP_SIZE: a truncate */
	bool lost;           /* the sync failed: what it covered never arrives */
	size_t begun, ended; /* moments; SIZE_MAX while under way or failed */
};

struct fault_fd {
	int fd;
	uint32_t node; /* 0: a directory, or a file that is not followed */
	char *path;
};

struct fault_flight {
	struct engine_io *io;
	struct engine_work *work; /* instead of io */
	enum engine_op what;
	size_t op; /* in the log, SIZE_MAX when not logged */
};

struct fault {
	struct engine engine;
	struct engine *under;
	uint64_t rng;
	bool shuffle, log;
	bool recycle;
	unsigned recycled;
	struct fault_plan plan;
	uint64_t seen; /* operations the plan could hit */
	bool hit;
	struct fault_op *ops, nowhere;
	size_t count, room;
	struct fault_fd *fds;
	size_t fd_count, fd_room;
	struct {
		char *path;
		uint32_t node;
	} * names; /* which node a path is */
	size_t name_count, name_room;
	uint32_t nodes;
	struct fault_flight flights[64];
	unsigned flight_count;
};

/* Adds it, begun now and not ended; a place that nobody reads when no log is kept. */
struct fault_op *fault_log_op(struct fault *f, struct fault_op op);
void fault_log_dir(struct fault *f, enum fault_op_kind kind, int dirfd, const char *name, const char *to);
/* The folder's absolute path, and the name in it; both malloc'd. */
char *fault_dir_path(int dirfd, const char *name, char **ret_base);
/* The node of the file with this path; fresh: a new one. 0: none. */
uint32_t fault_name_node(struct fault *f, const char *path, bool fresh);
struct fault_fd *fault_fd_find(struct fault *f, int fd);
void fault_fd_note(struct fault *f, int fd, uint32_t node);
