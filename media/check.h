/* SPDX-License-Identifier: Apache-2.0 */
/* What always holds of a threaded cartridge between two calls of the door. */
#pragma once

#include "media/cart.h"

/* NULL when all of it holds; otherwise the first rule that is broken, as a sentence.  Looks at every run of the index:
 * for tests. */
const char *cart_check(const struct cart *cart);
/* Aborts when a rule is broken.  Looks at the last runs only, so that it can follow every call; without the option
 * `checks` of the build it is nothing. */
#ifdef EVERTAPE_CHECKS
void cart_must_hold(const struct cart *cart);
#else
static inline void cart_must_hold(const struct cart *cart)
{
}
#endif

/* For the last line of a call of the door. */
static inline int cart_held(const struct cart *cart, int result)
{
	cart_must_hold(cart);
	return result;
}
