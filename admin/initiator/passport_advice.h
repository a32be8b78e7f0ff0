/* SPDX-License-Identifier: Apache-2.0 */
/* Finds in a passport what could make a host lose or confuse devices. */
#pragma once

#include <jansson.h>

/* Returns an array of sentences, empty if there is no problem; the caller owns it. */
json_t *passport_advice(const json_t *passport);

/* Returns the logical unit of the drive in a changer's element, in any target of the portal; NULL: none. */
const json_t *advice_drive_unit(const json_t *passport, const json_t *element, const json_t **ret_target);
