/* SPDX-License-Identifier: Apache-2.0 */
/* Folders in which only Evertape itself makes files. */
#pragma once

/* Which of them a new file at path would be in, in words; NULL: in none. */
const char *kept_folder(const char *path);
