/* SPDX-License-Identifier: Apache-2.0 */
/* Byte offsets of the fields in basic header segments (RFC 7143 11). One offset has several names when PDUs use
 * it for different fields. */
#pragma once

/* clang-format off */
enum bhs_field {
	BHS_OPCODE = 0,
	BHS_FLAGS = 1,
	BHS_RESPONSE = 2,       /* SCSI, task management and Logout Response; reason of a Reject */
	BHS_STATUS = 3,         /* SCSI Response, Data-In */
	BHS_VERSION_MIN = 3,    /* Login Request */
	BHS_AHS_LEN = 4,        /* in words of 4 bytes */
	BHS_DATA_LEN = 5,       /* 24 bits */
	BHS_LUN = 8,            /* 8 bytes */
	BHS_ISID = 8,           /* 6 bytes: Login */
	BHS_TSIH = 14,          /* 16 bits: Login */
	BHS_ITT = 16,
	BHS_TTT = 20,
	BHS_EXPECTED_LEN = 20,  /* SCSI Command: Expected Data Transfer Length */
	BHS_REF_TAG = 20,       /* Task Management Function Request */
	BHS_CID = 20,           /* 16 bits: Login, Logout */
	BHS_CMD_SN = 24,        /* requests */
	BHS_STAT_SN = 24,       /* responses */
	BHS_EXP_STAT_SN = 28,   /* requests */
	BHS_EXP_CMD_SN = 28,    /* responses */
	BHS_MAX_CMD_SN = 32,    /* responses */
	BHS_REF_CMD_SN = 32,    /* Task Management Function Request */
	BHS_CDB = 32,           /* 16 bytes: SCSI Command */
	BHS_DATA_SN = 36,       /* Data-Out, Data-In */
	BHS_R2T_SN = 36,        /* R2T */
	BHS_EXP_DATA_SN = 36,   /* SCSI Response */
	BHS_LOGIN_STATUS = 36,  /* 16 bits: class and detail */
	BHS_ASYNC_EVENT = 36,   /* 8 bits: Async Message */
	BHS_BUFFER_OFFSET = 40, /* Data-Out, Data-In, R2T */
	BHS_READ_RESIDUAL = 40, /* SCSI Response: Bidirectional Read Residual Count */
	BHS_TIME2WAIT = 40,     /* 16 bits: Logout Response; Parameter2 of an Async Message */
	BHS_TIME2RETAIN = 42,   /* 16 bits: Logout Response; Parameter3 of an Async Message */
	BHS_RESIDUAL = 44,      /* SCSI Response, Data-In */
	BHS_DESIRED_LEN = 44,   /* R2T: Desired Data Transfer Length */
};
/* clang-format on */
enum { BHS_LUN_LEN = 8, CDB_LEN = 16 };
