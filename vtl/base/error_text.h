/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the system's errors, with what an operator can do. */
#pragma once

/* Words for -errno: what it means and, if known, what to do; else those of strerror().  Write them behind
 * what failed: "PATH cannot be opened: ...". */
const char *error_text(int err);
