/* SPDX-License-Identifier: Apache-2.0 */
/* Who moves cartridges in tests: a host's robot command, or a person. */
#pragma once

#include "vtl/base/actor.h"

#define BY_HOST                                                       \
	(&(const struct actor){ .initiator = "iqn.2026-01.test:host", \
		.address = "192.0.2.1:4000",                          \
		.session = 1 })
#define BY_PERSON (&(const struct actor){ .user = "a person" })
