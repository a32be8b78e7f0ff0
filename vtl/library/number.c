/* SPDX-License-Identifier: Apache-2.0 */
/* Used numbers of barcodes: the numbers of deleted cartridges are not given again. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtl/library/wastebasket.h"

/* A prefix, and the highest number that a deleted cartridge had after it. */
struct number {
	char prefix[VOLUME_LEN];
	uint32_t highest;
	UT_hash_handle hh;
};

unsigned number_used(struct installation *inst, const char *prefix)
{
	struct number *number;
	HASH_FIND_STR(inst->numbers, prefix, number);
	return number ? number->highest : 0;
}

bool number_add(struct installation *inst, const char *prefix, uint32_t highest)
{
	struct number *number;
	HASH_FIND_STR(inst->numbers, prefix, number);
	if (!number) {
		number = calloc(1, sizeof *number);
		if (!number)
			return false;
		snprintf(number->prefix, sizeof number->prefix, "%s", prefix);
		HASH_ADD_STR(inst->numbers, prefix, number);
	}
	if (number->highest < highest)
		number->highest = highest;
	return true;
}

/* Calls visit for every split of a volume's six characters into prefix and number: E00012 is 12 after E, E0,
 * E00 and E000, and 2 after E0001. */
static void numbers_each(const char *barcode, void (*visit)(const char *prefix, uint32_t number, void *arg),
	void *arg)
{
	char prefix[VOLUME_LEN];
	if (strlen(barcode) < VOLUME_LEN)
		return;
	for (unsigned len = VOLUME_LEN - 1; len >= 1 && isdigit((unsigned char)barcode[len]); len--) {
		uint32_t number = 0;
		for (unsigned i = len; i < VOLUME_LEN; i++)
			number = number * 10 + (uint32_t)(barcode[i] - '0');
		memcpy(prefix, barcode, len);
		prefix[len] = 0;
		visit(prefix, number, arg);
	}
}

struct recording {
	struct installation *inst;
	struct catalog_txn *txn;
};

static void record_one(const char *prefix, uint32_t number, void *arg)
{
	struct recording *r = arg;
	if (number > number_used(r->inst, prefix))
		record_number(prefix, number, r->txn);
}

void numbers_record(struct installation *inst, const char *barcode, struct catalog_txn *txn)
{
	numbers_each(barcode, record_one, &(struct recording){ inst, txn });
}

static void use_one(const char *prefix, uint32_t number, void *arg)
{
	number_add(arg, prefix, number);
}

void numbers_use(struct installation *inst, const char *barcode)
{
	numbers_each(barcode, use_one, inst);
}

void numbers_forget(struct installation *inst)
{
	struct number *number, *next;
	HASH_ITER(hh, inst->numbers, number, next) {
		HASH_DEL(inst->numbers, number);
		free(number);
	}
}
