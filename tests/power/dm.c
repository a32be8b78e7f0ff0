/* SPDX-License-Identifier: Apache-2.0 */
/* The device mapper's ioctls (linux/dm-ioctl.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "tests/power/dm.h"
#include "vtl/base/cleanup.h"

enum { PAYLOAD = 512, REMOVE_TRIES = 3000, TRY_US = 10000 };

struct request {
	struct dm_ioctl head;
	char payload[PAYLOAD];
};

static int dm_call(unsigned long what, const char *name, struct request *r)
{
	autoclose int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof *r;
	r->head.data_start = offsetof(struct request, payload);
	snprintf(r->head.name, sizeof r->head.name, "%s", name);
	return fd < 0 || ioctl(fd, what, r) ? -errno : 0;
}

static int table_load(const char *name, const char *target, const char *parameters, uint64_t sectors)
{
	struct request r = { .head.target_count = 1 };
	struct dm_target_spec spec = { .length = sectors };
	snprintf(spec.target_type, sizeof spec.target_type, "%s", target);
	memcpy(r.payload, &spec, sizeof spec);
	snprintf(r.payload + sizeof spec, sizeof r.payload - sizeof spec, "%s", parameters);
	return dm_call(DM_TABLE_LOAD, name, &r);
}

bool dm_make(const char *name, const char *target, const char *parameters, uint64_t sectors,
	char path[static DEVICE_PATH], char why[static WHY_LEN])
{
	struct request made = { 0 }, resumed = { 0 };
	int err = dm_call(DM_DEV_CREATE, name, &made);
	if (!err)
		err = table_load(name, target, parameters, sectors);
	if (!err)
		err = dm_call(DM_DEV_SUSPEND, name, &resumed); /* without the flag: resume */
	snprintf(path, DEVICE_PATH, "/dev/dm-%u", minor((dev_t)made.head.dev));
	if (err)
		snprintf(why, WHY_LEN, "no device %s (%s): %s", name, target, strerror(-err));
	return !err;
}

bool dm_remove(const char *name, char why[static WHY_LEN])
{
	int err = -EBUSY;
	for (int i = 0; err == -EBUSY && i < REMOVE_TRIES; i++) {
		struct request r = { 0 };
		err = dm_call(DM_DEV_REMOVE, name, &r);
		if (err == -EBUSY)
			usleep(TRY_US);
	}
	if (err)
		snprintf(why, WHY_LEN, "device %s cannot be removed: %s", name, strerror(-err));
	return !err;
}

bool dm_tell(const char *name, const char *message)
{
	struct request r = { 0 };
	struct dm_target_msg to = { 0 };
	memcpy(r.payload, &to, sizeof to);
	snprintf(r.payload + offsetof(struct dm_target_msg, message),
		sizeof r.payload - offsetof(struct dm_target_msg, message), "%s", message);
	return !dm_call(DM_TARGET_MSG, name, &r);
}
