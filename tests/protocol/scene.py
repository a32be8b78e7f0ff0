# SPDX-License-Identifier: Apache-2.0
"""What the iSCSI suites share: the server, sessions with it, and tape commands by every way of sending data."""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from daemon import Server
from pdu import *
from tap import Skip, equal
from wait import in_time, timed

SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
NAME = 'iqn.2026-01.test:initiator'
INQUIRY = bytes.fromhex('12000000ff00')
TUR = bytes(6)
server = None


def serve(**how):
    """Starts the suite's one server."""
    global server
    server = Server(**how)
    return server


# --- sessions ---

def stranger(**how):
    """A session that has not logged in yet."""
    how.setdefault('target', server.target)
    return Session(server.address, **how)


def refused(wanted, act, *args, **more):
    try:
        act(*args, **more)
    except LoginRefused as e:
        equal(f'{e.status:04x}', f'{wanted:04x}', 'login status')
        return
    raise AssertionError(f'not refused with {wanted:04x}')


def member(keys=None, clear=True, **how):
    """A session in full-feature phase, with these keys beside the usual ones; no unit attention waits."""
    offer = dict(DEFAULT_KEYS)
    offer.update(keys or {})
    s = Session(server.address, server.target, keys=offer, **how).login()
    return s.clear(server.changer, *server.tapes) if clear else s


# --- tape commands ---

def tape():
    return server.tapes[0]


def cdb6(code, length, flags=0):
    return bytes([code, flags]) + length.to_bytes(3, 'big') + b'\0'


def rewind(s, lun=None):
    equal(s.command(tape() if lun is None else lun, cdb6(1, 0)).status, 0, 'REWIND')


def send_unsolicited(s, pdu, data, start, size=None, final=True):
    """The Data-Outs without R2T that follow a command sent with final=False."""
    size, sn = size or s.value('MaxRecvDataSegmentLength', 8192), 0
    end = min(len(data), s.value('FirstBurstLength', 65536))
    at = start
    while at < end or (sn == 0 and at == end):
        n = min(size, end - at)
        s.send(Pdu(DATA_OUT, FINAL if final and at + n == end else 0, data[at:at + n], lun=pdu.lun, itt=pdu.itt,
                   ttt=NO_TAG, exp_stat_sn=s.exp_stat_sn, data_sn=sn, offset=at))
        at, sn = at + n, sn + 1


def write(s, data, lun=None, immediate=None, segment=None):
    """One WRITE by all the ways the session allows: immediate, unsolicited, solicited."""
    lun = tape() if lun is None else lun
    first = min(s.value('FirstBurstLength', 65536), len(data))
    now = min(first, s.value('MaxRecvDataSegmentLength', 8192)) if immediate is None else immediate
    if s.keys.get('ImmediateData', 'Yes') == 'No':
        now = 0
    unsolicited = s.keys.get('InitialR2T', 'Yes') == 'No' and now < first
    pdu = s.submit(lun, cdb6(0x0a, len(data)), data, immediate_data=data[:now], final=not unsolicited)
    if unsolicited:
        send_unsolicited(s, pdu, data, now, segment)
    return s.finish(pdu, data, segment=segment)


def read(s, length, lun=None, edtl=None, flags=0):
    return s.command(tape() if lun is None else lun, cdb6(8, length, flags), read=length if edtl is None else edtl)


# --- a key ---

OFF, RAW, ON, DECRYPT, MIXED = 0, 1, 2, 2, 3  # modes of encryption and decryption


def page_0010(encrypt, decrypt, key=b'', control=0x40, scope=2, kads=b'', algorithm=1, key_format=0):
    body = bytes([scope << 5, control, encrypt, decrypt, algorithm, key_format, 0]) + bytes(7) + len(key).to_bytes(2, 'big') + key
    return b'\0\x10' + (len(body) + len(kads)).to_bytes(2, 'big') + body + kads


def spout(s, page, **more):
    cdb = bytes.fromhex('b5200010 0000') + len(page).to_bytes(4, 'big') + b'\0\0'
    return s.command(tape(), cdb, write=page, **more)


def set_key(s, *args, **how):
    equal(spout(s, page_0010(*args, **how)).status, 0, 'SECURITY PROTOCOL OUT')


def main(tests):
    daemon.main(server, tests)


# --- what is on the disk ---

def turn_bit_of(stored):
    """Turns a bit in the middle of these bytes, which stand in exactly one file of a cartridge that is not loaded."""
    files = [p for p in pathlib.Path(server.state).rglob('*.ext') if stored in p.read_bytes()]
    equal(len(files), 1, 'files with the record')
    middle = len(stored) // 2
    with files[0].open('r+b') as f:
        f.seek(files[0].read_bytes().index(stored) + middle)
        f.write(bytes([stored[middle] ^ 1]))
