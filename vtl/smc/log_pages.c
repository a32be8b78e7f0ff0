/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages of a changer: TapeAlert, all quiet (SMC-3 7.2.3). */
#include "vtl/smc/changer.h"

static uint64_t alert_quiet(struct lu *lu, uint16_t code)
{
	return 0;
}

/* clang-format off */
#define ALERT(n) { .code = (n), .len = 1, .control = 0xc0, .value = alert_quiet, .name = "flag " #n }
#define ALERTS(t) \
	ALERT(0x##t##1), ALERT(0x##t##2), ALERT(0x##t##3), ALERT(0x##t##4), ALERT(0x##t##5), \
	ALERT(0x##t##6), ALERT(0x##t##7), ALERT(0x##t##8), ALERT(0x##t##9), ALERT(0x##t##a), \
	ALERT(0x##t##b), ALERT(0x##t##c), ALERT(0x##t##d), ALERT(0x##t##e), ALERT(0x##t##f)

static const struct log_param alert_params[] = {
	ALERTS(0), ALERT(0x10), ALERTS(1), ALERT(0x20), ALERTS(2), ALERT(0x30), ALERTS(3), ALERT(0x40),
	{ 0 },
};

const struct log_page smc_log_pages[] = {
	{ .page = 0x2e, .name = "TapeAlert", .params = alert_params },
	{ 0 },
};
/* clang-format on */
