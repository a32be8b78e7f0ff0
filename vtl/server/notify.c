/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness for systemd, where the build has its library. */
#include "vtl/server/notify.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

void notify_state(const char *state)
{
	sd_notify(0, state);
}
#else
void notify_state(const char *state)
{
	(void)state;
}
#endif
