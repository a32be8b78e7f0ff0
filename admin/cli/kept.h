/* SPDX-License-Identifier: Apache-2.0 */
/* Folders in which only Evertape may create files. */
#pragma once

/* Returns a description of the Evertape folder that a new file at path would be in; NULL: none. */
const char *kept_folder(const char *path);
