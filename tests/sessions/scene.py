# SPDX-License-Identifier: Apache-2.0
"""What the tests of sessions share: a daemon, CDBs by name, and looks at what the daemon says of itself."""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import Server, main
from pdu import *
from tap import becomes, equal
from wait import in_time, timed, wait_for

TUR, REWIND, INQUIRY = bytes(6), bytes.fromhex('010000000000'), bytes.fromhex('12000000ff00')
RESERVE, RELEASE = bytes.fromhex('160000000000'), bytes.fromhex('170000000000')
PREVENT, ALLOW = bytes.fromhex('1e0000000100'), bytes.fromhex('1e0000000000')
READ_POSITION = bytes.fromhex('34000000000000000000')
ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LU_RESET, WARM, COLD = 1, 2, 4, 5, 6, 7
CONFLICT = 0x18
SILENT = {'ImmediateData': 'No', 'InitialR2T': 'Yes'}  # every byte of a WRITE is asked for


def write6(size):
    return b'\x0a\0' + size.to_bytes(3, 'big') + b'\0'


def read6(size):
    return b'\x08\0' + size.to_bytes(3, 'big') + b'\0'


class Scene(Server):
    def login(self, name='a', target=None, keys=None, clear=True, **how):
        """A session of iqn.2026-01.test:NAME, its unit attentions taken."""
        s = Session(self.address, target or self.target, f'iqn.2026-01.test:{name}',
                    keys={**DEFAULT_KEYS, **(keys or {})}, **how).login()
        return s.clear(self.changer, *self.tapes) if clear else s

    def login_floor(self):
        """Seconds a login takes that has nothing in its way."""
        s, took = timed(self.login, 'floor', clear=False)
        s.logout()
        s.close()
        return took

    def drive(self, number=1):
        """What the panel of a drive shows."""
        return json.loads(self.evertape('--json', 'drive', 'show', str(number)))

    def sessions(self):
        return json.loads(self.evertape('--json', 'session', 'list'))['sessions']

    def alone(self, count=0):
        """True when no more than count sessions are left, in time."""
        return wait_for(lambda: len(self.sessions()) <= count)

    def idle(self, number=1):
        """True when the drive does nothing, in time."""
        return wait_for(lambda: self.drive(number)['activity'] == 'idle')

    def descriptors(self):
        return len(list(pathlib.Path(f'/proc/{self.process.pid}/fd').iterdir()))

    def descriptors_at_rest(self, seconds=0.3, limit=60):
        """How many are open once the number has not changed for some time: closing a connection takes a moment."""
        end, last, since = time.monotonic() + limit, None, 0
        while time.monotonic() < end:
            now = self.descriptors()
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                break
            time.sleep(0.02)
        return last


def owe(s, lun, size=65536):
    """A WRITE that the drive is busy with: its data is asked for and does not come."""
    pdu = s.command_pdu(lun, write6(size), write=size)
    s.send(pdu)
    s.expect(R2T, itt=pdu.itt)
    return pdu


def attentions(s, lun):
    """The unit attentions that wait, in order."""
    found = []
    while len(found) < 20:
        r = s.command(lun, TUR)
        if r.status == CONFLICT or not r.key or r.key[0] != 6:
            return found
        found.append(r.key)
    raise AssertionError(f'LUN {lun}: unit attentions without end: {found}')


def position(s, lun):
    return int.from_bytes(s.command(lun, READ_POSITION, read=20).data[4:8], 'big')


def refused(status, function, *args, **how):
    try:
        function(*args, **how)
    except LoginRefused as e:
        equal(f'{e.status:04x}', f'{status:04x}')
    else:
        raise AssertionError(f'not refused with {status:04x}')
