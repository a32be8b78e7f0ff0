/* SPDX-License-Identifier: Apache-2.0 */
/* What in a passport would let a host lose a device or take one for another. */
#pragma once

#include <jansson.h>

/* An array of sentences, empty when all is well; the caller owns it. */
json_t *passport_advice(const json_t *passport);

/* The unit that is the drive in a changer's element, of whichever target of the portal, or NULL. */
const json_t *advice_drive_unit(const json_t *passport, const json_t *element, const json_t **ret_target);
