# SPDX-License-Identifier: Apache-2.0
"""How sessions end, in the middle of whatever: at every PDU boundary, by a new login under load, half open, at the stop."""
import fcntl
import os
import random
import socket
import struct
import termios
import threading

from scene import *

server = Scene()
TAPE, OTHER = 1, 2
LOSS = (6, 0x29, 7)
LOAD = bytes.fromhex('1b0000000100')


# --- a conversation, PDU by PDU: a connection may end behind each ---

def conversation(s):
    """Yields behind every PDU that one side sent."""
    s.connect()
    yield 'connect'
    s.send(s.login_pdu(SECURITY, OPERATIONAL, s.first_login_keys()))
    yield 'Login Request'
    s.login_pdus.append(s.receive())
    yield 'Login Response'
    s.send(s.login_pdu(OPERATIONAL, FULL, s.offer))
    yield 'last Login Request'
    s.login_pdus.append(s.receive())
    s.keys = dict(parse_text(s.login_pdus[-1].data))
    s.logged_in()
    yield 'last Login Response'
    s.send(s.number(Pdu(TEXT, FINAL, text({'SendTargets': ''}), itt=s.itt(), ttt=NO_TAG)))
    yield 'Text Request'
    s.expect(TEXT_RESPONSE)
    yield 'Text Response'
    s.send(s.number(Pdu(NOP_OUT, FINAL, b'ping', itt=s.itt(), ttt=NO_TAG)))
    yield 'NOP-Out'
    s.expect(NOP_IN)
    yield 'NOP-In'
    s.clear(TAPE)
    s.command(TAPE, REWIND)
    yield 'REWIND'
    data = bytes(range(256)) * 64
    pdu = s.command_pdu(TAPE, write6(len(data)), write=len(data))
    s.send(pdu)
    yield 'WRITE'
    for i in range(len(data) // 4096):
        r2t = s.expect(R2T, itt=pdu.itt)
        yield f'R2T {i}'
        for sn, at in enumerate(range(r2t.offset, r2t.offset + r2t.length, 1024)):
            s.send(Pdu(DATA_OUT, FINAL if at + 1024 == r2t.offset + r2t.length else 0, data[at:at + 1024], lun=pdu.lun,
                       itt=pdu.itt, ttt=r2t.ttt, exp_stat_sn=s.exp_stat_sn, data_sn=sn, offset=at))
            yield f'Data-Out {i}.{sn}'
    equal(s.expect(SCSI_RESPONSE, itt=pdu.itt).status, 0)
    yield 'status of the WRITE'
    for cdb, lun in ((PREVENT, TAPE), (RESERVE, TAPE), (REWIND, TAPE)):
        s.send(s.command_pdu(lun, cdb))
        yield f'{cdb.hex()}'
    pdu = s.command_pdu(TAPE, read6(len(data)), read=len(data))
    s.send(pdu)
    yield 'READ'
    while True:
        got = s.receive()
        yield f'{got.code:02x} of the READ'
        if got.itt == pdu.itt and (got.code == SCSI_RESPONSE or got.flags & 1):
            break
    owe(s, TAPE, 8192)
    yield 'a WRITE that owes'
    s.tmf(LU_RESET, TAPE, wait=False)
    yield 'task management'
    s.expect(TMF_RESPONSE)
    yield 'its answer'
    s.send(s.number(Pdu(LOGOUT, FINAL, itt=s.itt(), cid=s.cid)))
    yield 'Logout Request'
    s.expect(LOGOUT_RESPONSE)
    yield 'Logout Response'


KEYS = {**DEFAULT_KEYS, **SILENT, 'MaxBurstLength': '4096', 'FirstBurstLength': '4096', 'MaxRecvDataSegmentLength': '4096'}


def steps():
    s = Session(server.address, server.target, 'iqn.2026-01.test:a', keys=KEYS, connect=False)
    names = list(conversation(s))
    s.close()
    return names


def cut(n, reset):
    """The conversation ends behind its n-th PDU; then the same host comes back to a drive that is free."""
    s = Session(server.address, server.target, 'iqn.2026-01.test:a', keys=KEYS, connect=False)
    for i, name in enumerate(conversation(s)):
        if i == n:
            break
    s.close(reset)
    s, took = timed(server.login, clear=False)
    b, floor = timed(server.login, 'b')
    with s, b:
        in_time(took, 2, floor, f'behind {name}: a login')
        heard = attentions(s, TAPE)
        assert set(heard) <= {LOSS, (6, 0x29, 0), (6, 0x29, 3)} and len(heard) <= 2, f'behind {name}: {heard}'
        for each in (s, b):
            equal(each.command(TAPE, TUR).status, 0, f'behind {name}')
        equal(s.command(TAPE, REWIND).status, 0)
        r = s.command(TAPE, read6(16384), read=16384)
        assert r.key in (None, (8, 0, 5)), (name, r)
        assert r.status or r.data == bytes(range(256)) * 64, f'behind {name}: half a record'
        s.command(TAPE, REWIND)
        s.command(TAPE, bytes.fromhex('190000000000'))
    becomes(lambda: server.drive()['prevented'], False, f'behind {name}')


def test_boundaries():
    """ended behind each PDU of a session, by FIN and by RST: back at once, nothing is held, nothing half"""
    names = steps()
    assert len(names) > 45, names
    for n in range(len(names)):
        for reset in (False, True):
            cut(n, reset)
    assert server.alone()
    assert server.idle()


# --- a new login of the same name under load ---

class Stream(threading.Thread):
    """Another host that writes all the time; how long its slowest WRITE took."""

    def __init__(self, lun, name='stream'):
        super().__init__(daemon=True)
        self.s = server.login(name)
        self.lun, self.over, self.slowest, self.count, self.error = lun, False, 0, 0, None
        self.s.command(lun, REWIND)
        self.start()

    def run(self):
        data = random.randbytes(65536)
        try:
            while not self.over:
                began = time.monotonic()
                r = self.s.command(self.lun, write6(65536), data)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.count += 1
                if r.status or self.count % 2000 == 0:
                    equal((r.key, self.s.command(self.lun, REWIND).status), (None, 0))
        except Exception as e:
            self.error = e

    def end(self, floor):
        self.over = True
        self.join(60)
        assert not self.error, f'the stream: {self.error!r}'
        assert self.count > 20, f'only {self.count} WRITEs'
        in_time(self.slowest, 2, floor, 'the slowest WRITE')
        self.s.logout()


def load(s, rng):
    """WRITEs in every state: whole, half, owed, unsolicited data on its way, waiting for a gap. How many were whole."""
    whole = 0
    s.command(TAPE, REWIND)
    for _ in range(rng.randrange(5)):
        whole += s.command(TAPE, write6(8192), bytes(8192)).status == 0
    data = bytes(65536)
    for i in range(30):
        s.send(s.command_pdu(TAPE, write6(65536), write=65536, data=data[:rng.choice([0, 512, 65536, 65536])]))
    s.cmd_sn += 1
    for i in range(5):
        s.send(s.command_pdu(TAPE, write6(65536), write=65536, data=data[:512]))
    try:  # answer some of what is asked for, the last one by half
        r2t = s.expect(R2T, timeout=0.3)
        s.send(Pdu(DATA_OUT, 0, data[:512], lun=r2t.lun, itt=r2t.itt, ttt=r2t.ttt, exp_stat_sn=s.exp_stat_sn,
                   offset=r2t.offset))
    except Closed:
        pass
    return whole


def test_reinstatement_under_load():
    """twenty times a login over a session with 36 WRITEs in every state, beside a stream: in within 2 s, no trace"""
    rng = random.Random(7)
    stream = Stream(OTHER)
    s = server.login(clear=False)
    slowest = floor = 0
    for _ in range(20):
        s.clear(TAPE)
        whole = load(s, rng)
        answered = len([p for p in s.inbox if p.code == SCSI_RESPONSE and p.status == 0])
        new, took = timed(server.login, clear=False)
        slowest, floor = max(slowest, took), max(floor, server.login_floor())
        assert s.closed()
        late = len([p for p in s.inbox if p.code == SCSI_RESPONSE and p.status == 0])
        s.close()
        equal(attentions(new, TAPE), [LOSS])
        assert new.quiet(0.02), new.inbox
        at = position(new, TAPE)
        assert at >= whole + max(answered, late), f'{at} records, {whole}+{late} were answered GOOD'
        s = new
    in_time(slowest, 2, floor, 'a login')
    s.close()
    stream.end(floor)
    assert server.idle(), server.drive()
    assert server.alone()


# --- half open ---

def test_half_open_chain():
    """a host that vanishes ten times without a word: each session is taken over, none is left behind"""
    olds = []
    assert server.alone()
    before = server.descriptors_at_rest()
    for i in range(10):
        s = server.login(clear=False)
        s.clear(TAPE)
        owe(s, TAPE)
        olds.append(s)
        becomes(lambda: len(server.sessions()), 1)
    for s in olds[:-1]:
        assert s.closed()
        equal([p for p in s.inbox if p.code == SCSI_RESPONSE], [])
    equal(olds[-1].logout(), 0)
    for s in olds:
        s.close()
    assert server.alone()
    becomes(server.descriptors, before, 'descriptors')


def test_gone_while_logging_in():
    """a host that goes away with its last Login Request does not take the place of the session it has"""
    for _ in range(20):
        gone = Session(server.address, server.target, 'iqn.2026-01.test:a').login(final=False)
        with server.login(clear=False) as s:
            s.clear(TAPE)
            gone.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
            gone.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)    # request and FIN in one segment
            gone.send(gone.login_pdu(OPERATIONAL, FULL, gone.offer))
            gone.close()
            time.sleep(0.01)  # long enough to see it take the place, if it would
            equal(s.command(TAPE, TUR).status, 0)


def test_deaf_and_replaced():
    """a host that reads nothing while much is on its way to it comes back under its name: at once"""
    deaf = server.login(clear=False)
    deaf.clear(TAPE)
    deaf.command(TAPE, REWIND)
    for _ in range(4):
        deaf.command(TAPE, write6(1 << 20), bytes(1 << 20))
    deaf.command(TAPE, REWIND)
    for _ in range(4):
        deaf.send(deaf.command_pdu(TAPE, read6(1 << 20), read=1 << 20))
    assert wait_for(lambda: unread(deaf) > 65536), 'nothing is on its way'
    s, took = timed(server.login, clear=False)
    in_time(took, 2, server.login_floor(), 'a login')
    with s:
        equal(attentions(s, TAPE), [LOSS])
    deaf.close()


def unread(s):
    """Bytes that have come and that nobody has read."""
    return struct.unpack('i', fcntl.ioctl(s.sock, termios.FIONREAD, bytes(4)))[0]


def keepalives():
    """Milliseconds until the next keep-alive probe of each connection to the portal: /proc/net/tcp, timer 2."""
    port, found = f':{server.address[1]:04X}', []
    for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(port) and words[3] == '01':
            kind, left = words[5].split(':')
            found.append((int(kind, 16), int(left, 16) * 10))
    return found


def test_keep_alive():
    """a connection with nothing to say is watched by TCP itself, more patiently than Windows holds its requests"""
    with server.login(), server.login('b'):
        # On a busy machine what was sent last may still be on its way; that has a timer of its own.
        wait_for(lambda: [kind for kind, _ in keepalives()] == [2, 2])
        found = keepalives()
        equal(len(found), 2)
        for kind, left in found:
            equal(kind, 2, 'the keep-alive timer')
            assert 20000 < left <= 30000, f'{left} ms'


# --- the stop ---

def test_z_stop():
    """SIGTERM: every session hears Async Message 3 and ends, busy, idle, deaf or in discovery; exit 0 in time"""
    busy, idle = server.login('busy'), server.login('idle')
    deaf, discovery = server.login('deaf'), Session(server.address, initiator='iqn.2026-01.test:d').login()
    stranger = Session(server.address)
    owe(busy, TAPE)
    deaf.command(OTHER, REWIND)
    for _ in range(4):
        deaf.command(OTHER, write6(1 << 20), bytes(1 << 20))
    deaf.command(OTHER, REWIND)
    for _ in range(4):
        deaf.send(deaf.command_pdu(OTHER, read6(1 << 20), read=1 << 20))
    assert server.stop(), 'it did not end well'  # which has a limit; the daemon's own are 5 s for sessions and for drives
    for s in (busy, idle, discovery):
        assert s.closed()
        heard = [p for p in s.inbox if p.code == ASYNC]
        equal([(p.async_event, p.itt) for p in heard], [(3, NO_TAG)])
    equal([p for p in busy.inbox if p.code == SCSI_RESPONSE], [])
    assert stranger.closed()
    for s in (busy, idle, deaf, discovery, stranger):
        s.close()
    server.start()


def test_z_restart():
    """started again: GOOD was kept, and every name hears power on, once"""
    for name in ('busy', 'idle', 'nobody'):
        with server.login(name, clear=False) as s:
            for lun in (0, TAPE, OTHER):
                heard = attentions(s, lun)
                assert len(heard) == 1 and heard[0] in ((6, 0x29, 0), (6, 0x29, 1)), (name, lun, heard)
    with server.login() as s:
        s.command(OTHER, REWIND)
        equal([len(s.command(OTHER, read6(1 << 20), read=1 << 20).data) for _ in range(4)], [1 << 20] * 4)


def test_zz_in_use_at_start():
    """a cartridge that cannot be opened at the start stays in its drive, and LOAD opens it when it can"""
    assert server.stop()
    with open(os.path.join(server.state, 'cartridges', 'PDU001L8', 'lock'), 'rb+') as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        server.start()
        with server.login() as s:
            equal(s.command(TAPE, TUR).key, (2, 4, 2))
            equal(s.command(TAPE, LOAD).key, (4, 0x53, 0))
            fcntl.lockf(lock, fcntl.LOCK_UN)
            equal(s.command(TAPE, LOAD).status, 0)
            s.clear(TAPE)
            equal(s.command(TAPE, TUR).status, 0)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
