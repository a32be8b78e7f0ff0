/* SPDX-License-Identifier: Apache-2.0 */
/* Why a call was refused. */
#include "vtl/base/why.h"

#include <stdarg.h>
#include <stdio.h>

int refuse(char why[static WHY_LEN], int err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why, WHY_LEN, format, args);
	va_end(args);
	return err;
}
