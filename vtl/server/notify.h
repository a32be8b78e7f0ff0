/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the state to a service manager; no effect without one. */
#pragma once

/* Sends one sd_notify(3) state, "READY=1" or "STOPPING=1". */
void notify_state(const char *state);
