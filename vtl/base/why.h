/* SPDX-License-Identifier: Apache-2.0 */
/* Why a call was refused: one line for the person who asked. */
#pragma once

enum { WHY_LEN = 200 }; /* room for the line */

/* Writes why and returns err. */
int refuse(char why[static WHY_LEN], int err, const char *format, ...) __attribute__((format(printf, 3, 4)));
