# SPDX-License-Identifier: Apache-2.0
"""A Windows Server as a tape library sees it: its initiator on the wire, its PnP names, its persistent names.

    a = Host(place)                     # iqn.1991-05.com.microsoft:win-a, ISID 40 00 01 37 00 00
    a.attach()                          # logs in to the targets of the main library
    a.drive(1).good('00 00 00 00 00 00')
"""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from pdu import *
from place import MAIN
from tap import becomes, equal

NAME = 'iqn.1991-05.com.microsoft:'
TUR, REWIND, READ_POSITION, REQUEST_SENSE = '00' * 6, '01' + '00' * 5, '34' + '00' * 9, '03 00 00 00 1d 00'
FLUSH = '10 00 00 00 00 00'  # WRITE FILEMARKS of none: what Windows sends before it asks for a position
# INQUIRY as storport, the class drivers and applications send it; vital product data pages 00, 80, 83.
IDENT = ('12 00 00 00 24 00', '12 00 00 00 60 00', '12 00 00 00 fc 00',
         '12 01 00 00 ff 00', '12 01 80 00 ff 00', '12 01 83 00 ff 00')
POWER_ON, POWER_ON_OCCURRED, NEXUS_LOSS = (6, 0x29, 0), (6, 0x29, 1), (6, 0x29, 7)
MEDIUM_CHANGED, IMPORT_EXPORT, LUNS_CHANGED = (6, 0x28, 0), (6, 0x28, 1), (6, 0x3f, 0x0e)
NO_MEDIUM = (2, 0x3a, 0)
RESERVATION_CONFLICT = 0x18

# Where a CDB says how much may come, by its first byte: from, to.
ALLOCATION = {0x12: (3, 5), 0x1a: (4, 5), 0x03: (4, 5), 0xa0: (6, 10), 0xb8: (7, 10), 0xb5: (7, 10), 0x4d: (7, 9),
              0x5e: (7, 9), 0xa3: (6, 10), 0x44: (7, 9)}
FIXED_LENGTH = {0x34: 20, 0x05: 6}


def attention(key):
    """The sense segment of a unit attention, whole: 2 bytes of length and fixed format."""
    return bytes.fromhex('0012 7000 06 00000000 0a 00000000') + bytes(key[1:]) + bytes(4)


class Unit:
    """One logical unit as one session sees it."""

    def __init__(self, session, lun, drive):
        self.session, self.lun, self.drive = session, lun, drive
        self.role = f'drive {drive}' if drive else 'changer'

    def __call__(self, cdb, data=b'', read=None, timeout=None):
        cdb = bytes.fromhex(cdb) if isinstance(cdb, str) else cdb
        if read is None:
            at = ALLOCATION.get(cdb[0])
            read = int.from_bytes(cdb[at[0]:at[1]], 'big') if at else FIXED_LENGTH.get(cdb[0], 0)
        return self.session.command(self.lun, cdb, data, read, timeout)

    def good(self, cdb, data=b'', read=None):
        r = self(cdb, data, read)
        assert r.status == 0, f'{self.role}, {cdb}: {r}'
        return r.data

    def fails(self, key, cdb, data=b'', read=None):
        r = self(cdb, data, read)
        equal((r.status, r.key), (2, key), f'{self.role}, {cdb}')
        return r

    def tur(self):
        r = self(TUR)
        return r.key if r.status else 'good'

    def attentions(self):
        """The pending unit attentions, in order, read by TEST UNIT READY."""
        found = []
        while len(found) < 20:
            key = self.tur()
            if key == 'good' or key[0] != 6:
                return found
            found.append(key)
        raise AssertionError(f'{self.role}: unit attentions without end: {found}')

    # --- a tape ---

    def write(self, *records):
        for record in records:
            self.good(b'\x0a\0' + len(record).to_bytes(3, 'big') + b'\0', record)

    def position(self):
        """Flags (BOP 80h) and block number, asked as GetTapePosition does."""
        self.good(TUR)
        self(FLUSH)
        data = self.good(READ_POSITION)
        return data[0], int.from_bytes(data[4:8], 'big')

    def blank(self):
        """Rewound and erased."""
        self.good(REWIND)
        self.good('19 00 00 00 00 00')
        return self

    # --- names ---

    def ident(self):
        return {cdb: self.good(cdb) for cdb in IDENT}

    def inquiry(self):
        return self.good(IDENT[2])

    def serial(self):
        return self.good('12 01 80 00 ff 00')[4:]

    def uid(self):
        """The key of a persistent name: vendor, product and serial as they came, padding included."""
        inquiry = self.inquiry()
        return inquiry[8:16] + inquiry[16:32] + self.serial()

    def designators(self):
        """(association, type, bytes) of VPD 83h."""
        page, found, at = self.good('12 01 83 00 ff 00'), [], 4
        equal(struct.unpack('>H', page[2:4])[0], len(page) - 4, 'VPD 83h length')
        while at < len(page):
            found.append((page[at + 1] >> 4 & 3, page[at + 1] & 15, page[at + 4:at + 4 + page[at + 3]]))
            at += 4 + page[at + 3]
        equal(at, len(page), 'VPD 83h ends with a designator')
        return found

    def duid(self):
        """The designator that a multipath driver selects: association 0, type 8 > 3 > 2 > 1 > 0, the longest."""
        worth = {8: 5, 3: 4, 2: 3, 1: 2, 0: 1}
        return max(((worth[kind], len(data)), data) for where, kind, data in self.designators()
                   if where == 0 and kind in worth)[1]

    def hardware_ids(self):
        """The PnP identifiers of a SCSI device, in the order Windows tries them."""
        data = self.inquiry()
        kind, generic = {1: ('Sequential', []), 8: ('Changer', ['ScsiChanger'])}[data[0] & 0x1f]

        def clean(field):
            return ''.join(chr(b) if 0x20 < b < 0x7f and b != 0x2c else '_' for b in field)
        vendor, product, revision = clean(data[8:16]), clean(data[16:32]), clean(data[32:36])
        return [f'SCSI\\{kind}{vendor}{product}{revision}', f'SCSI\\{kind}{vendor}{product}',
                f'SCSI\\{kind}{vendor}', f'SCSI\\{vendor}{product}{revision[0]}',
                f'{vendor}{product}{revision[0]}'] + generic


class Host:
    """A server by its name; qualifier: the last byte of its ISID."""

    def __init__(self, place, name='win-a', qualifier=0):
        self.place, self.name = place, NAME + name
        self.isid = bytes.fromhex('4000013700') + bytes([qualifier])
        self.sessions, self.units = {}, {}

    def session(self, target=None, address=None, **how):
        """A session that has not logged in yet, with the keys, tags and numbers of the Microsoft initiator."""
        how.setdefault('isid', self.isid)
        how.setdefault('initiator', self.name)
        how.setdefault('keys', WINDOWS_NORMAL if target else WINDOWS_DISCOVERY)
        s = Session(address or self.place.address, target, login_itt=1, **how)
        s.next_itt = 2
        return s

    def discover(self, address=None):
        """{target: [portals]} by SendTargets=All in a discovery session, as the control panel does it."""
        with self.session(address=address).login() as s:
            found = s.send_targets()
            s.logout()
        return found

    def attach(self, library=MAIN, address=None, take=True):
        """Logs in to all targets of a library.  take: also reads the unit attentions of a new session."""
        for drive, target, lun in self.place.devices(library):
            if target not in self.sessions or not self.sessions[target].sock:
                self.sessions[target] = self.session(target, address).login()
            self.units[library, drive] = Unit(self.sessions[target], lun, drive)
            if take:
                self.units[library, drive].attentions()
        return self

    def attach_all(self, **how):
        for library in self.place.libraries():
            self.attach(library, **how)
        return self

    def drive(self, number=1, library=MAIN):
        return self.units[library, number]

    def changer(self, library=MAIN):
        return self.units[library, 0]

    def of(self, library=MAIN):
        return [unit for (name, _), unit in self.units.items() if name == library]

    def idents(self):
        return {key: unit.ident() for key, unit in self.units.items()}

    def vanish(self, reset=False):
        """The connections end by FIN or RST, without a logout."""
        for s in self.sessions.values():
            s.close(reset)
        self.sessions, self.units = {}, {}

    def leave(self):
        """Logout 0 everywhere."""
        for s in self.sessions.values():
            if s.sock:
                equal(s.logout(), 0, 'logout')
        self.sessions, self.units = {}, {}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.vanish()


class Persistence:
    """HKLM\\SYSTEM\\CurrentControlSet\\Control\\Tape and what tape.sys makes of it (MChgr: the same with changers).

    With Persistence=1 a device's number is looked up by its unique id, byte for byte and by length; a new one
    counts down from 2147483646 and is never given up.  With 0 it is the lowest one free when the device arrives.
    """

    def __init__(self, persistence=1):
        self.persistence, self.entries, self.present = persistence, {}, {}

    def arrive(self, uid):
        if self.persistence:
            number = self.entries.setdefault(uid, 2147483646 - len(self.entries))
        else:
            number = next(n for n in range(1 << 16) if n not in self.present)
        assert number not in self.present, f'two devices want number {number}'
        self.present[number] = uid
        return number

    def depart_all(self):
        self.present = {}

    def scan(self, units):
        """All devices are gone and come back in this order (a boot): {uid: number}."""
        self.depart_all()
        return {uid: self.arrive(uid) for uid in (unit.uid() for unit in units)}


class Bus:
    """PnP's view of the initiator: targets get their numbers in the order of logins, LUNs are the target's.

    scan() is what a bus scan finds: {(path, target, LUN): (instance id, uid)}.
    """

    def __init__(self, host):
        self.host, self.order = host, []

    def scan(self, names=None):
        found = {}
        self.order = names or list(self.host.sessions)
        for number, name in enumerate(self.order):
            session = self.host.sessions[name]
            luns = session.command(0, bytes.fromhex('a00000000000000010000000'), read=4096)
            equal(luns.status, 0, 'REPORT LUNS')
            for at in range(8, len(luns.data), 8):
                lun = luns.data[at + 1]
                unit = Unit(session, lun, lun)
                ids = unit.hardware_ids()
                kind = {1: 'SEQUENTIAL', 8: 'CHANGER'}[unit.inquiry()[0] & 0x1f]
                vendor, product = (unit.inquiry()[a:b].decode().strip().replace(' ', '_').upper()
                                   for a, b in ((8, 16), (16, 32)))
                path = f'SCSI\\{kind}&VEN_{vendor}&PROD_{product}\\1&1C121344&0&00{number:02X}{lun:02X}'
                found[0, number, lun] = (path, unit.uid(), ids)
        return found

    def tapes(self):
        return [uid for path, uid, _ in self.scan().values() if path.startswith('SCSI\\SEQUENTIAL')]
