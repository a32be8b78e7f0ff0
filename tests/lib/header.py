# SPDX-License-Identifier: Apache-2.0
"""iSCSI PDUs as bytes: codes, fields by name, text, CRC32C.  The initiator around them: pdu.py."""
import struct

NO_TAG = 0xffffffff
NOP_OUT, SCSI_COMMAND, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK = 0, 1, 2, 3, 4, 5, 6, 0x10
NOP_IN, SCSI_RESPONSE, TMF_RESPONSE, LOGIN_RESPONSE, TEXT_RESPONSE, DATA_IN, LOGOUT_RESPONSE = range(0x20, 0x27)
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3f
IMMEDIATE, FINAL, CONTINUE = 0x40, 0x80, 0x40
READ, WRITE = 0x40, 0x20
ISID = bytes.fromhex('400001370000')
SECURITY, OPERATIONAL, FULL = 0, 1, 3


def _crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        table.append(n)
    return table


_CRC = _crc_table()


def crc32c(data, crc=0):
    crc ^= 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def pad(data):
    return data + bytes(-len(data) % 4)


def text(keys):
    """A dict or a list of pairs as text; bytes stay as they are."""
    if isinstance(keys, bytes):
        return keys
    pairs = keys.items() if isinstance(keys, dict) else keys
    return b''.join(f'{k}={v}'.encode() + b'\0' for k, v in pairs)


def parse_text(data):
    """Pairs in the order they came."""
    pairs = []
    for item in data.split(b'\0'):
        if item:
            key, _, value = item.decode('utf-8', 'replace').partition('=')
            pairs.append((key, value))
    return pairs


def lun_bytes(lun):
    return bytes([0, lun]) + bytes(6) if lun < 256 else struct.pack('>H', 0x4000 | lun) + bytes(6)


class Pdu:
    """A header of 48 bytes, additional header segments and data; fields by name below."""

    def __init__(self, code=0, flags=0, data=b'', ahs=b'', immediate=False, **fields):
        self.bhs = bytearray(48)
        self.bhs[0] = code | (IMMEDIATE if immediate else 0)
        self.bhs[1] = flags
        self.ahs, self.data = ahs, data
        for name, value in fields.items():
            setattr(self, name, value)

    code = property(lambda p: p.bhs[0] & 0x3f)
    flags = property(lambda p: p.bhs[1], lambda p, v: p.bhs.__setitem__(1, v))
    final = property(lambda p: bool(p.bhs[1] & FINAL))

    def __repr__(self):
        return f'<{self.code:02x} {self.bhs.hex(" ", 4)} +{len(self.data)}>'


def _field(at, size):
    def get(p):
        return int.from_bytes(p.bhs[at:at + size], 'big')

    def put(p, value):
        p.bhs[at:at + size] = value if isinstance(value, (bytes, bytearray)) else value.to_bytes(size, 'big')
    return property(get, put)


for _name, _at, _size in [
        ('lun', 8, 8), ('isid', 8, 6), ('tsih', 14, 2), ('itt', 16, 4), ('ttt', 20, 4), ('cid', 20, 2),
        ('expected', 20, 4), ('cmd_sn', 24, 4), ('stat_sn', 24, 4), ('exp_stat_sn', 28, 4), ('exp_cmd_sn', 28, 4),
        ('max_cmd_sn', 32, 4), ('data_sn', 36, 4), ('exp_data_sn', 36, 4), ('offset', 40, 4), ('residual', 44, 4),
        ('length', 44, 4), ('ref_cmd_sn', 32, 4), ('cdb', 32, 16), ('login_status', 36, 2), ('r2t_sn', 36, 4),
        ('version_max', 2, 1), ('version_min', 3, 1), ('response', 2, 1), ('status', 3, 1), ('reason', 2, 1),
        ('async_event', 36, 1), ('segment', 5, 3), ('ahs_words', 4, 1)]:
    setattr(Pdu, _name, _field(_at, _size))
