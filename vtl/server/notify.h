/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a service manager how we are; nothing happens without one. */
#pragma once

/* One sd_notify(3) state, "READY=1" or "STOPPING=1". */
void notify_state(const char *state);
