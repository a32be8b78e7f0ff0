/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/tally.h"

#include <stdio.h>
#include <stdlib.h>

void tally_add(struct tally *t, const struct model_answer *a)
{
	const uint8_t *s = a->sense;
	if (!a->status) {
		t->good++;
		t->with_data += a->want > 0;
		return;
	}
	const struct tally_kind k = { a->status, s[2] & 15, s[12], s[13],
		(uint8_t)((s[2] & 0xe0) | s[0] >> 7), 1 };
	for (unsigned i = 0; i < t->used; i++) {
		struct tally_kind *old = &t->kinds[i];
		if (old->status == k.status && old->key == k.key && old->asc == k.asc &&
			old->ascq == k.ascq && old->flags == k.flags) {
			old->count++;
			return;
		}
	}
	if (t->used < TALLY_KINDS)
		t->kinds[t->used++] = k;
}

void tally_print(const struct tally *t)
{
	printf("# %u answers with GOOD, %u of them with data; %u kinds of others\n", t->good, t->with_data,
		t->used);
	for (unsigned i = 0; i < t->used && getenv("TALLY"); i++) {
		const struct tally_kind *k = &t->kinds[i];
		printf("#   %6u times status %02x, %x/%02x/%02x%s%s%s%s\n", k->count, k->status, k->key,
			k->asc, k->ascq, k->flags & 0x80 ? " filemark" : "", k->flags & 0x40 ? " EOM" : "",
			k->flags & 0x20 ? " ILI" : "", k->flags & 1 ? " valid" : "");
	}
}
