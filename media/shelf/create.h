/* SPDX-License-Identifier: Apache-2.0 */
/* A cartridge folder under a name that is not yet a cartridge's. */
#pragma once

#include "media/shelf/shelf.h"

/* Makes root/<folder> (folder begins with a dot) with its label; folder_publish() makes
 * it count. */
int cart_create_folder(struct shelf shelf, const char *folder, const struct cart_label *label);
