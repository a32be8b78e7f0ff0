/* SPDX-License-Identifier: Apache-2.0 */
/* A server with one LU that can ignore aborts, and an initiator with a blocking socket. */
#pragma once

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/lib/front_null.h"
#include "vtl/base/fiber.h"
#include "vtl/base/mail.h"
#include "vtl/iscsi/iscsi.h"

#define TARGET "iqn.2026-01.test:t"

enum { WORKERS = 2, CROWD = 24 };

struct scene {
	struct worker *workers[WORKERS];
	struct target target;
	struct lu lu;
	struct iscsi *iscsi;
	struct fronts fronts; /* iSCSI and one without initiators */
	struct front_null other;
	struct front_hold hold;
	uint16_t port;
	int64_t took_ms; /* the stop */
};

struct step {
	struct msg msg;
	void (*run)(struct scene *s);
	struct scene *scene;
	sem_t done;
};

/* The LU's command C0h: it runs until `stuck` is false.  It sets `sticking` when it has begun and `asked_to_end` when it
 * has seen that it is aborted. */
extern atomic_bool stuck, sticking, asked_to_end;

/* Workers and a listening server with one target.  Returns `s`. */
struct scene *scene_up(struct scene *s);
/* Takes apart a server that has stopped. */
void scene_down(struct scene *s);
void workers_down(struct scene *s);

/* Runs `run` in a fiber of worker 0: begin and end, or both. */
void step_begin(struct step *step, struct scene *s, void (*run)(struct scene *s));
void step_end(struct step *step);
void do_step(struct scene *s, void (*run)(struct scene *s));

/* Steps: the server's stop, with the time it took; and freeing it. */
void stop(struct scene *s);
void down(struct scene *s);

/* A connection to the server; receives on it give up after 20 s. */
int dial(const struct scene *s);
void say_login(int fd, uint8_t isid);
/* The status of the Login Response; -1 when there was none. */
int login_status(int fd);
/* dial(), login and its answer, which must be success. */
int log_in(const struct scene *s, uint8_t isid);
/* Sends command C0h. */
void say_stick(int fd);
/* Whether the server closes this connection; closes it here. */
bool hangs_up(int fd);

void wait_until(atomic_bool *it);
/* Until the server has accepted all connections and read all bytes sent. */
void wait_until_taken(struct scene *s);
