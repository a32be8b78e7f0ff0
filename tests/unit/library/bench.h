/* SPDX-License-Identifier: Apache-2.0 */
/* A state directory to break, drives that do as they are told, and a listener that counts. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/actors.h"
#include "vtl/library/deleted.h"
#include "vtl/library/identity.h"
#include "vtl/library/library.h"
#include "vtl/library/listen.h"
#include "vtl/library/robot.h"

/* A drive's server: remembers what is in it, and fails when told to. */
struct fake_drive {
	char barcode[BARCODE_LEN + 1]; /* "": nothing threaded */
	int thread_err, unthread_err;
	unsigned slow_ms; /* to thread */
	unsigned threads, unthreads, wrong;
};

struct events {
	unsigned library_added, library_removed, drive_added, drive_removed, mailslot, elements,
		elements_by_operator, layout, changer;
	bool by_operator; /* of the last mail slot */
};

struct bench {
	char dir[64];
	struct library_settings settings;
	struct installation *inst;
	struct library *library;
	struct fake_drive drives[8];
	struct events events;
	struct library_listener listener; /* counts into events */
	char why[WHY_LEN];
};

/* A new directory on a memory file system, when there is one; bench_remove() deletes whatever is in it. */
void bench_make(struct bench *b);
void bench_remove(struct bench *b);
/* Opens b->dir; the library is the only one there is, or NULL. */
int bench_open(struct bench *b);
void bench_close(struct bench *b);
/* Creates library "demo": 2 drives, 6 slots, 2 mail slots. */
void bench_library(struct bench *b);
/* Gives every drive of the library its fake server. */
void bench_serve(struct bench *b);
struct cartridge *bench_cartridge(struct bench *b, const char *barcode);
struct element *bench_element(struct bench *b, const char *text);
/* Where a cartridge is, as text; "vault", or "nowhere". */
const char *bench_where(struct bench *b, const char *barcode);
/* Every cartridge is in one element or in the vault, both ways around; and there are n. */
void bench_sound(struct bench *b, size_t n);

/* Runs a test's body in a fiber of a worker. */
void on_worker(void (*run)(void *), void *arg);
/* A whole file, NUL-ended; the caller frees it. NULL when there is none. */
char *file_text(const char *dir, const char *name, size_t *ret_len);
void file_write(const char *dir, const char *name, const void *bytes, size_t len);
void run_command(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The call must be refused with err, and b->why must name text. */
#define refused(b, call, err, text)                    \
	do {                                           \
		assert_int_equal(call, err);           \
		if (!strstr((b)->why, text))           \
			fail_msg("why: %s", (b)->why); \
	} while (0)

/* Lets a table row carry a bench through on_worker(). */
#define BENCH_TEST(name, body)         \
	static void name(void **state) \
	{                              \
		struct bench b;        \
		bench_make(&b);        \
		on_worker(body, &b);   \
		bench_remove(&b);      \
	}
