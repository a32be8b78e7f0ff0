# SPDX-License-Identifier: Apache-2.0
"""What the replays share: a unit that is asked as a program asks it, the elements of the changer, the lists of common commands."""
import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from daemon import Server
from pdu import *
from tap import equal
from wait import in_time, timed, wait_for

TUR, REWIND, LOAD, UNLOAD = '000000000000', '010000000000', '1b0000000100', '1b0000000000'
FLUSH, MARK, TO_EOD = '100000000000', '100000000100', '110300000000'
FILEMARK, END_OF_DATA, BOP = (0, 0x00, 0x01), (8, 0x00, 0x05), (0, 0x00, 0x04)
ROUNDED = (1, 0x37, 0x00)
NEW_CARTRIDGE, NO_MEDIUM, BAD_CDB = (6, 0x28, 0), (2, 0x3a, 0), (5, 0x24, 0)
CONFLICT = 0x18
# Where a CDB says how many bytes may come, by its first byte: from, to.
ALLOCATION = {0x03: (4, 5), 0x08: (2, 5), 0x12: (3, 5), 0x1a: (4, 5), 0x1c: (3, 5), 0x3c: (6, 9), 0x44: (7, 9), 0x4d: (7, 9),
              0x5a: (7, 9), 0x5e: (7, 9), 0x8c: (10, 14), 0xa0: (6, 10), 0xa2: (6, 10), 0xa3: (6, 10), 0xb5: (7, 10),
              0xb8: (7, 10)}
FIXED_LENGTH = {0x05: 6}
STORAGE, DRIVES, MAILSLOTS = 2, 4, 3


def n(data, at, size):
    return int.from_bytes(data[at:at + size], 'big')


class Unit:
    """A unit as one session sees it. A CDB is bytes or hexadecimal digits; how much may come back is read in it."""

    def __init__(self, session, lun):
        self.session, self.lun = session, lun

    def __call__(self, cdb, data=b''):
        cdb = bytes.fromhex(cdb) if isinstance(cdb, str) else cdb
        expected = FIXED_LENGTH.get(cdb[0], 0)
        if cdb[0] in ALLOCATION and not data:
            at = ALLOCATION[cdb[0]]
            expected = n(cdb, at[0], at[1] - at[0])
        elif cdb[0] == 0x34:
            expected = 32 if cdb[1] in (6, 8) else 20
        return self.session.command(self.lun, cdb, data, expected)

    def good(self, cdb, data=b''):
        r = self(cdb, data)
        assert r.status == 0, f'LUN {self.lun}, {cdb if isinstance(cdb, str) else cdb.hex()}: {r}'
        return r.data

    def fails(self, key, cdb, data=b''):
        r = self(cdb, data)
        equal((r.status, r.key), (2, key), f'LUN {self.lun}, {cdb if isinstance(cdb, str) else cdb.hex()}')
        return r

    def ready(self):
        """Asks until the unit is ready, as programs do after a load: what it said before."""
        said = []
        while len(said) < 10:
            r = self(TUR)
            if r.status == 0:
                return said
            said.append(r.key)
        raise AssertionError(f'LUN {self.lun} does not get ready: {said}')

    # --- a tape ---

    def write(self, *records):
        for record in records:
            self.good(b'\x0a\0' + len(record).to_bytes(3, 'big') + b'\0', record)

    def read(self, size, flags=0):
        return self(bytes([8, flags]) + size.to_bytes(3, 'big') + b'\0')

    def gives(self, *records, size=1 << 20):
        """The next records are these, read with a buffer that is large enough."""
        for i, record in enumerate(records):
            r = self.read(size, 2)
            equal((r.status, r.data == record), (0, True), f'record {i}, {len(r.data)} bytes, {r}')

    def locate(self, object, partition=None, kind=0):
        """LOCATE(16): kind 0 object, 1 file, 3 end of data; with a partition CP=1."""
        change = 0 if partition is None else 2
        self.good(bytes([0x92, kind << 3 | change, 0, partition or 0]) + object.to_bytes(8, 'big') + bytes(4))

    def place(self):
        """Partition, object and file of the long form of READ POSITION."""
        data = self.good('34060000000000000000')
        equal(len(data), 32, 'READ POSITION, long form')
        return n(data, 4, 4), n(data, 8, 8), n(data, 16, 8)

    # --- pages ---

    def mode(self, page, subpage=0, size=255):
        """MODE SENSE(10): the header, the block descriptor and the page."""
        data = self.good(bytes([0x5a, 0, page, subpage, 0, 0, 0]) + size.to_bytes(2, 'big') + b'\0')
        at = 8 + n(data, 6, 2)
        equal((data[at] & 0x3f, n(data, 0, 2) + 2), (page, len(data)), 'MODE SENSE')
        return data[:8], data[8:at], data[at:]

    def log(self, page, subpage=0, size=4096):
        """LOG SENSE of cumulative values: the parameters {code: bytes}."""
        data = self.good(bytes([0x4d, 0, 0x40 | page, subpage, 0, 0, 0]) + size.to_bytes(2, 'big') + b'\0')
        equal((data[0] & 0x3f, data[1], n(data, 2, 2) + 4), (page, subpage, len(data)), 'LOG SENSE')
        found, at = {}, 4
        while at < len(data):
            found[n(data, at, 2)] = data[at + 4:at + 4 + data[at + 3]]
            at += 4 + data[at + 3]
        equal(at, len(data), 'LOG SENSE ends with a parameter')
        return found

    # --- memory of the cartridge ---

    def memory(self, first, partition, size):
        return self.good(bytes([0x8c, 0, 0, 0, 0, 0, 0, partition]) + first.to_bytes(2, 'big') + size.to_bytes(4, 'big') + b'\0\0')

    def attributes(self, first=0, partition=0):
        """{identifier: value} from the first on."""
        data = self.memory(first, partition, 32768)
        equal(n(data, 0, 4) + 4, len(data), 'READ ATTRIBUTE')
        found, at = {}, 4
        while at < len(data):
            found[n(data, at, 2)] = data[at + 5:at + 5 + n(data, at + 3, 2)]
            at += 5 + n(data, at + 3, 2)
        return found

    def attribute(self, id, size, partition=0):
        """One, of that size, with room for no more than it."""
        data = self.memory(id, partition, 9 + size)
        equal((n(data, 4, 2), n(data, 7, 2), len(data)), (id, size, 9 + size), 'READ ATTRIBUTE of one')
        return data[9:]

    def store(self, id, value, form=1, partition=0):
        """WRITE ATTRIBUTE of one, WTC=1. form: 0 binary, 1 ASCII, 2 text."""
        item = id.to_bytes(2, 'big') + bytes([form]) + len(value).to_bytes(2, 'big') + value
        data = len(item).to_bytes(4, 'big') + item
        self.good(bytes([0x8d, 1, 0, 0, 0, 0, 0, partition, 0, 0]) + len(data).to_bytes(4, 'big') + b'\0\0', data)

    # --- encryption ---

    def security_in(self, page, size=8192, protocol=0x20):
        return self.good(bytes([0xa2, protocol]) + page.to_bytes(2, 'big') + b'\0\0' + size.to_bytes(4, 'big') + b'\0\0')

    def set_encryption(self, page):
        self.good(b'\xb5\x20\0\x10\0\0' + len(page).to_bytes(4, 'big') + b'\0\0', page)

    # --- a changer ---

    def elements(self, kind, first=0, count=1000, tagged=True, dvcid=False, curdata=False, size=0xffff):
        """READ ELEMENT STATUS: {address: (flags, barcode or '', address it came from or None, identifier)}."""
        data = self.good(bytes([0xb8, (16 if tagged else 0) | kind]) + struct.pack('>HH', first, count) +
                         bytes([2 * curdata | dvcid]) + size.to_bytes(3, 'big') + b'\0')
        equal(n(data, 5, 3) + 8, len(data), 'READ ELEMENT STATUS')
        found, at = {}, 8
        while at < len(data):
            type_, has_tag, each, length = data[at], data[at + 1] & 0x80, n(data, at + 2, 2), n(data, at + 5, 3)
            equal((type_, bool(has_tag), length % each), (kind, tagged, 0), 'the page of a type')
            for start in range(at + 8, at + 8 + length, each):
                e = data[start:start + each]
                source = n(e, 10, 2) if e[9] & 0x80 else None
                barcode = e[12:44].rstrip(b'\0 ').decode() if tagged else ''
                found[n(e, 0, 2)] = (e[2], barcode, source, e[48 if tagged else 12:])
            at += 8 + length
        equal(n(data, 2, 2), len(found), 'NUMBER OF ELEMENTS')
        return found

    def geometry(self):
        """Mode page 1Dh by MODE SENSE(6), DBD=1: {type: (first address, number)}."""
        data = self.good('1a081d00ff00')
        equal((data[4] & 0x3f, data[5]), (0x1d, 18), 'mode page 1Dh')
        return {kind: struct.unpack('>HH', data[at:at + 4]) for kind, at in ((1, 6), (STORAGE, 10), (MAILSLOTS, 14), (DRIVES, 18))}

    def move(self, source, to):
        self.good(b'\xa5\0' + struct.pack('>HHH', 0, source, to) + bytes(4))


class Client:
    """A session of one program, which has taken its unit attentions: .changer, .drive(1)."""

    def __init__(self, server, name, target=None, luns=(0, 1, 2), **how):
        self.session = Session(server.address, target or server.target, initiator=f'iqn.2026-01.test:{name}', timeout=60, **how)
        self.session.login()
        self.session.clear(*luns)
        self.changer = Unit(self.session, 0)

    def drive(self, number=1):
        return Unit(self.session, number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()


def text(words, size):
    return words.encode().ljust(size)


def main(server, tests):
    daemon.main(server, tests)
