/* SPDX-License-Identifier: Apache-2.0 */
/* A target with one device at LUN 0 and three initiators, made new for each test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/scsi/device.h"

struct stage {
	struct target target;
	struct nexus a, b, c; /* attached, unit attentions taken */
	struct device drive;
	struct shelf shelf;
	struct fake f, g, h; /* to use as needed */
};

#define TUR       "00 00 00 00 00 00"
#define SENSE_CMD "03 00 00 00 12 00"
#define GOOD      STATUS_GOOD
#define CHECK     STATUS_CHECK_CONDITION
#define CONFLICT  STATUS_RESERVATION_CONFLICT

/* Runs play in a fiber of a worker, with a stage that is taken down again afterwards. */
void stage_run(void (*play)(struct stage *s));
/* The same with the device on another worker than the initiators and the target on a third. */
void stage_run_apart(void (*play)(struct stage *s));
/* Restarts the device over the same shelf, with the nexuses attached again. */
void stage_restart(struct stage *s);
/* Lets what was sent arrive, and handlers run until they wait for something: no time is involved. */
void stage_settle(struct stage *s);

/* Says the sentence when status or sense are not as wanted. */
void expect(const char *sentence, const struct fake *f, uint8_t status, uint32_t sense);
/* TEST UNIT READY of the nexus gives this sense (0: GOOD). */
void expect_ua(const char *sentence, struct stage *s, struct nexus *n, uint32_t sense);
/* The answer begins with these bytes. */
void expect_data(const char *sentence, const struct fake *f, const char *hex, uint32_t len);
