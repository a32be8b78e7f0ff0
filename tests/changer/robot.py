# SPDX-License-Identifier: Apache-2.0
"""A host that speaks to a changer and its drives: inventory, moves, what it is told unasked."""
import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import Server
from pdu import *
from tap import becomes, equal
from wait import wait_for

TUR = '000000000000'
NO_MEDIUM, CLEANING, CLEANING_FAILED = (2, 0x3a, 0), (2, 0x30, 3), (2, 0x30, 7)
MEDIUM_CHANGED, MAILSLOT_USED, LUNS_CHANGED = (6, 0x28, 0), (6, 0x28, 1), (6, 0x3f, 0x0e)
INVALID_ELEMENT, PREVENTED, NO_LUN = (5, 0x21, 1), (5, 0x53, 2), (5, 0x25, 0)
FULL, IMPEXP, EXCEPT, ACCESS, EXENAB, INENAB = 1, 2, 4, 8, 16, 32
MT, ST, IE, DT = 1, 2, 3, 4


class Element:
    def __init__(self, kind, raw, tagged):
        self.kind, self.raw, self.flags = kind, raw, raw[2]
        self.address, self.source = struct.unpack('>H', raw[:2])[0], struct.unpack('>H', raw[10:12])[0]
        self.source = self.source if raw[9] & 0x80 else None
        self.medium = raw[9] & 7
        self.barcode = raw[12:44].rstrip(b'\0 ').decode() if tagged else ''
        self.id = raw[48:] if tagged else raw[12:]

    @property
    def serial(self):
        return self.id[28:38].decode()


class Host(Session):
    """A session that has taken its first unit attentions; LUN 0 is the changer."""

    def __init__(self, server, name='host-a', luns=(0, 1, 2), target=None, **how):
        super().__init__(server.address, target or server.target, initiator=f'iqn.2026-01.test:{name}', **how)
        self.login()
        self.clear(*luns)

    def good(self, lun, cdb, write=b'', read=0):
        r = self.command(lun, cdb, write, read)
        equal((r.status, r.key), (0, None), f'{cdb} at LUN {lun}')
        return r.data

    def fails(self, lun, cdb, key, read=0):
        r = self.command(lun, cdb, read=read)
        equal((r.status, r.key), (2, key), f'{cdb} at LUN {lun}')

    def move_cdb(self, source, to):
        return f'a5000000{source:04x}{to:04x}00000000'

    def move(self, source, to):
        self.good(0, self.move_cdb(source, to))

    def attentions(self, lun):
        """Unit attentions that wait there, all of them."""
        found = []
        while len(found) < 9:
            r = self.command(lun, TUR)
            if r.status != 2 or r.key[0] != 6:
                break
            found.append(r.key)
        return found

    def elements(self, kind=0, dvcid=False, limit=0xffff, start=0, alloc=0xffffff):
        """{address: Element}, asked as backup software does: everything at once."""
        data = self.good(0, f'b8{0x10 | kind:02x}{start:04x}{limit:04x}{int(dvcid):02x}{alloc:06x}0000', read=alloc)
        first, count, size = struct.unpack('>HH', data[:4]) + (int.from_bytes(data[5:8], 'big'),)
        equal(len(data), size + 8, 'byte count')
        found, at = {}, 8
        while at < len(data):
            page, tagged, each = data[at], data[at + 1] & 0x80, struct.unpack('>H', data[at + 2:at + 4])[0]
            total = int.from_bytes(data[at + 5:at + 8], 'big')
            for i in range(at + 8, at + 8 + total, each):
                e = Element(page, data[i:i + each], tagged)
                found[e.address] = e
            at += 8 + total
        equal((len(found), min(found, default=first)), (count, first), 'number of elements, first address')
        return found

    def where(self, barcode):
        return [e for e in self.elements().values() if e.barcode == barcode]

    def tape_alerts(self, lun):
        """The active flags; asking clears them for this host."""
        data = self.good(lun, '4d006e00000000040000', read=1024)
        equal(len(data), 4 + 64 * 5)
        return {struct.unpack('>H', data[i:i + 2])[0] for i in range(4, len(data), 5) if data[i + 4] & 1}


def refused(server, *words):
    """The one line with which a verb is refused."""
    try:
        server.evertape(*words)
    except RuntimeError as e:
        text = str(e).split(': ', 1)[1]
        equal(text.count('\n'), 0, 'one line')
        return text
    raise AssertionError(f'evertape {" ".join(words)} was not refused')


def show(server, *words):
    return json.loads(server.evertape('--json', *words))
