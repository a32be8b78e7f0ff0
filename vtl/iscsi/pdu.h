/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of iSCSI PDUs (RFC 7143 11): opcodes, flags and the fields that all headers share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vtl/base/bytes.h"
#include "vtl/iscsi/pdu_fields.h"

enum {
	BHS_LEN = 48,
	AHS_MAX = 255 * 4,
	DIGEST_LEN = 4,
	TAG_NONE = 0xffffffff,
};
#define NO_TAG ((uint32_t)TAG_NONE)

enum pdu_code {
	PDU_NOP_OUT = 0x00,
	PDU_SCSI_COMMAND = 0x01,
	PDU_TMF_REQUEST = 0x02,
	PDU_LOGIN_REQUEST = 0x03,
	PDU_TEXT_REQUEST = 0x04,
	PDU_DATA_OUT = 0x05,
	PDU_LOGOUT_REQUEST = 0x06,
	PDU_SNACK_REQUEST = 0x10,
	PDU_NOP_IN = 0x20,
	PDU_SCSI_RESPONSE = 0x21,
	PDU_TMF_RESPONSE = 0x22,
	PDU_LOGIN_RESPONSE = 0x23,
	PDU_TEXT_RESPONSE = 0x24,
	PDU_DATA_IN = 0x25,
	PDU_LOGOUT_RESPONSE = 0x26,
	PDU_R2T = 0x31,
	PDU_ASYNC_MESSAGE = 0x32,
	PDU_REJECT = 0x3f,
};

enum { PDU_CODE_MASK = 0x3f, PDU_IMMEDIATE = 0x40, PDU_FINAL = 0x80, PDU_CONTINUE = 0x40 };

/* Reasons of a Reject PDU (11.17.1). */
#define REJECT_REASONS(REASON)                                       \
	REASON(DATA_DIGEST, 0x02, "data digest error")               \
	REASON(SNACK, 0x03, "no SNACK at this error recovery level") \
	REASON(PROTOCOL, 0x04, "protocol error")                     \
	REASON(UNSUPPORTED, 0x05, "command not supported")           \
	REASON(IMMEDIATE, 0x06, "too many immediate commands")       \
	REASON(IN_PROGRESS, 0x07, "task in progress")                \
	REASON(FIELD, 0x09, "invalid PDU field")                     \
	REASON(RESOURCES, 0x0a, "out of resources")
enum reject_reason {
#define REJECT_REASON(id, code, words) REJECT_##id = (code),
	REJECT_REASONS(REJECT_REASON)
#undef REJECT_REASON
};

/* A PDU being received: the header is complete, the data segment is still in the stream. */
struct pdu {
	uint8_t bhs[BHS_LEN];
	uint8_t ahs[AHS_MAX];
	uint32_t ahs_len, data_len;
};

static inline uint8_t pdu_code(const uint8_t *bhs)
{
	return bhs[BHS_OPCODE] & PDU_CODE_MASK;
}

static inline bool pdu_immediate(const uint8_t *bhs)
{
	return bhs[BHS_OPCODE] & PDU_IMMEDIATE;
}

static inline bool pdu_final(const uint8_t *bhs)
{
	return bhs[BHS_FLAGS] & PDU_FINAL;
}

static inline uint32_t pdu_itt(const uint8_t *bhs)
{
	return get_be32(bhs + BHS_ITT);
}

static inline uint32_t pdu_cmd_sn(const uint8_t *bhs)
{
	return get_be32(bhs + BHS_CMD_SN);
}

static inline uint32_t pdu_pad(uint32_t len)
{
	return -len & 3;
}
