/* SPDX-License-Identifier: Apache-2.0 */
/* The door of vtl/scsi: SAM-5 and SPC-5, common to every device type and front end. */
#pragma once

#include "vtl/scsi/lu.h"
#include "vtl/scsi/op.h"
#include "vtl/scsi/page.h"
#include "vtl/scsi/sense.h"
#include "vtl/scsi/target.h"
#include "vtl/scsi/task.h"
