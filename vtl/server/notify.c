/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the state to systemd, when the build has its library. */
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
