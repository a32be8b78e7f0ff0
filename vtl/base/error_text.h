/* SPDX-License-Identifier: Apache-2.0 */
/* The system's errors in words an operator can act on. */
#pragma once

/* The words for -errno: what it means and, where that is known, what to do; else those of strerror().  They
 * stand behind what failed: "PATH cannot be opened: ...". */
const char *error_text(int err);
