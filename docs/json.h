/* SPDX-License-Identifier: Apache-2.0 */
/* The page about the control protocol. */
#pragma once

void print_json(void);
