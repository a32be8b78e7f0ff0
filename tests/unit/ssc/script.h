/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts: lists of commands with the bytes they must answer. */
#pragma once

#include "bench.h"

/* Sense as the 18 bytes on the wire.  key: byte 2 with its FILEMARK, EOM and ILI bits. */
#define SENSE18(key, code)          "70 00 " key " 00 00 00 00 0A 00 00 00 00 " code " 00 00 00 00"
#define SENSE18_PROGRESS(key, code) "70 00 " key " 00 00 00 00 0A 00 00 00 00 " code " 00 80 00 00"
#define SENSE18_INFO(key, information, code) \
	"F0 00 " key " " information " 0A 00 00 00 00 " code " 00 00 00 00"
#define SENSE18_DEFERRED(key, code) "71 00 " key " 00 00 00 00 0A 00 00 00 00 " code " 00 00 00 00"
/* 5/24/00 with its pointer: flags (C0: into the CDB, C8..CF: with the bit) and the byte. */
#define SENSE18_CDB(flags, byte)  "70 00 05 00 00 00 00 0A 00 00 00 00 24 00 00 " flags " 00 " byte
#define SENSE18_LIST(flags, byte) "70 00 05 00 00 00 00 0A 00 00 00 00 26 00 00 " flags " 00 " byte
#define SENSE18_NO_MEDIUM         SENSE18("02", "3A 00")
#define SENSE18_UNLOADED          SENSE18("02", "04 02")
#define SENSE18_CHANGED           SENSE18("06", "28 00")

enum { ANYWHERE = -1 };

struct script_row {
	const char *what; /* the sentence it proves */
	const char *cdb;
	unsigned who;
	const char *out;          /* a parameter list, in hex */
	uint32_t write, seed;     /* or this many bytes of a record's pattern */
	const char *sense;        /* NULL: GOOD */
	const char *in;           /* how the answer begins, in hex */
	uint32_t read, read_seed; /* or this many bytes of a record's pattern */
	int64_t moved;            /* bytes the command would move; 0: not looked at */
	int64_t at;               /* the position after it as object + 1; 0: not looked at */
};
#define AT(object) .at = (object) + 1

/* Runs rows up to the one without a sentence. */
void script_run(struct bench *b, const struct script_row *rows);
