# SPDX-License-Identifier: Apache-2.0
"""Peers that mean harm: limits before login, and thousands of broken PDUs, seeded.

After every batch a fresh login works within 5 s, the process lives, and its memory has not grown.
SEED=n repeats a run, ROUNDS=n makes it longer or shorter.
"""
import fcntl
import json
import os
import pathlib
import random
import socket
import struct
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from daemon import Server
from pdu import *
from tap import becomes, equal
from wait import wait_for

SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
ROUNDS = int(os.environ.get('ROUNDS', 3000))
server = Server(settings={'login-timeout': 3})
INQUIRY = bytes.fromhex('12000000ff00')


def healthy(what=''):
    assert server.alive(), f'the server died: {what}'
    began = time.monotonic()
    with Session(server.address, server.target, isid=b'\x40\0\1\x37\x77\x77', timeout=5).login() as s:
        equal(s.command(server.changer, INQUIRY, read=255).status, 0)
    assert time.monotonic() - began < 5, f'a fresh login takes {time.monotonic() - began:.1f} s: {what}'


def tcp():
    return socket.create_connection(server.address, timeout=10)


def closes(s, within):
    """True when the peer closes in time."""
    s.settimeout(within)
    try:
        while s.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


# --- limits before login ---

def test_silent_connection():
    """a connection that says nothing is closed when its time is up"""
    s = tcp()
    assert not closes(s, 1), 'closed too soon'
    assert closes(s, 6), 'never closed'


def test_slow_login():
    """a login dripping in byte by byte is closed when its time is up, however it drips"""
    s = tcp()
    pdu = Session(server.address, server.target, connect=False)
    data = pdu.pack(pdu.login_pdu(SECURITY, OPERATIONAL, pdu.first_login_keys()))
    began = time.monotonic()
    try:
        for byte in data:
            s.sendall(bytes([byte]))
            time.sleep(0.05)
            if time.monotonic() - began > 10:
                break
        ended = closes(s, 1)
    except OSError:
        ended = True
    assert ended and time.monotonic() - began < 10, 'a slow login is never ended'


def test_login_without_end():
    """a login that goes on and on is closed when its time is up"""
    s = Session(server.address, server.target)
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    began = time.monotonic()
    try:
        while time.monotonic() - began < 10:
            s.login_step(OPERATIONAL, FULL, {}, False)
            time.sleep(0.2)
        raise AssertionError('goes on for ever')
    except (Closed, LoginRefused):
        pass


def test_many_silent_connections():
    """more silent connections than are allowed: the rest is closed, and all are in the end"""
    many = []
    for _ in range(200):
        try:
            many.append(tcp())
        except OSError:
            break
    assert wait_for(lambda: sum(closes(s, 0.01) for s in many) >= 100), f'of {len(many)} less than 100 were refused'
    assert wait_for(lambda: all(closes(s, 0.01) for s in many)), 'some are never closed'
    healthy('after many silent connections')
    for s in many:
        s.close()


def test_big_login():
    """a Login Request with a segment of 16 MiB, 8193 bytes, or 64 KiB in pieces"""
    for length in (0xffffff, 8193, 262144):
        s = Session(server.address, server.target)
        s.send(s.login_pdu(SECURITY, OPERATIONAL, s.first_login_keys()), segment=length)
        try:
            s.send_raw(bytes(100000))
        except Closed:
            pass
        assert s.closed(), length
    healthy()


def test_half_pdus():
    """a connection cut at every byte of a login, by FIN and by RST"""
    s = Session(server.address, server.target, connect=False)
    data = s.pack(s.login_pdu(SECURITY, OPERATIONAL, s.first_login_keys()))
    for n in range(0, len(data), 3):
        c = Session(server.address)
        c.send_raw(data[:n])
        c.close(reset=n % 2)
    healthy()


def test_cut_in_session():
    """a session cut at every place of a WRITE with digests and R2T"""
    for n in range(0, 700, 13):
        s = Session(server.address, server.target, keys={**DEFAULT_KEYS, 'HeaderDigest': 'CRC32C', 'DataDigest': 'CRC32C',
                                                         'FirstBurstLength': '512'}).login()
        s.clear(server.tapes[0])
        whole = s.pack(s.command_pdu(server.tapes[0], bytes.fromhex('0a0000080000'), write=2048, data=bytes(512)))
        s.send_raw(whole[:n])
        if n > len(whole):
            s.expect(R2T)
        s.close(reset=n % 2)
    healthy()


# --- broken PDUs ---

def mutate(rng, data):
    """One of the usual misfortunes."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(8)
        if not data or kind == 0:
            data += rng.randbytes(rng.randrange(1, 100))
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 3:
            data[at] = rng.choice([0, 0xff, 0x7f, 0x80])
        elif kind == 4:
            del data[at:at + rng.randrange(1, 20)]
        elif kind == 5 and len(data) >= 8:
            data[5:8] = rng.choice([b'\0\0\0', b'\xff\xff\xff', b'\0\0\1', b'\4\0\0', bytes([0, 0x20, 1]), rng.randbytes(3)])
        elif kind == 6 and len(data) >= 48:
            at = rng.choice([1, 4, 8, 16, 20, 24, 28, 32, 36, 40, 44])
            data[at:at + 4] = rng.choice([bytes(4), b'\xff' * 4, b'\x7f\xff\xff\xff', b'\x80\0\0\0', rng.randbytes(4)])
        elif kind == 7:
            data[at:at] = rng.choice([b'\0', b'=', b',', b'\0=\0', b'A' * 64 + b'=', b'%n%s', b'\xff\xfe', b'CHAP_C=0x' + b'f' * 3000])
    return bytes(data)


def batch(name, cases, one):
    rng = random.Random(f'{SEED} {name}')
    for i in range(cases):
        try:
            one(rng)
        except (Closed, LoginRefused, AssertionError, ValueError, KeyError, UnicodeDecodeError):
            pass  # how a broken peer feels about it does not matter
        if i % 100 == 99:
            healthy(f'{name}, case {i}, SEED={SEED}')
    healthy(f'{name}, SEED={SEED}')


def test_random_bytes():
    """random bytes instead of a login"""
    def one(rng):
        s = Session(server.address, timeout=0.05)
        s.send_raw(rng.randbytes(rng.choice([1, 47, 48, 49, 100, 5000])))
        s.closed(0.01)
        s.close(reset=True)
    batch('random bytes', ROUNDS // 10, one)


def test_broken_logins():
    """Login Requests with something broken, at each step"""
    def one(rng):
        s = Session(server.address, server.target, timeout=0.05, isid=rng.randbytes(6),
                    initiator=rng.choice(['iqn.2026-01.test:initiator', 'iqn.2026-01.test:mutual']),
                    chap=rng.choice([None, Chap('user', 'secret-twelve')]))
        step = rng.randrange(3)
        if step:
            s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), not s.chap)
        if step == 1 and s.chap:
            s.login_step(SECURITY, OPERATIONAL, {'CHAP_A': '5'}, False)
        good = s.login_pdu(rng.choice([0, 1]) if step else 0, rng.choice([1, 3]), s.offer if step else s.first_login_keys())
        s.send_raw(mutate(rng, s.pack(good)))
        s.closed(0.02)
        s.close(reset=True)
    batch('broken logins', ROUNDS // 3, one)


def some_pdu(rng, s):
    """A PDU a session might send, more or less."""
    size = rng.choice([0, 1, 512, 4096, 65536])
    kind = rng.randrange(9)
    lun = rng.choice([0, 1, 1, 1, 2, 99])
    if kind == 0:
        return s.number(Pdu(NOP_OUT, FINAL, bytes(size), itt=s.itt(), ttt=NO_TAG, immediate=rng.random() < .5))
    if kind == 1:
        return s.number(Pdu(TEXT, rng.choice([FINAL, CONTINUE, 0]), text({'SendTargets': '', 'X-a': 'b'}), itt=5, ttt=NO_TAG))
    if kind == 2:
        return s.number(Pdu(TMF, FINAL | rng.randrange(1, 6), lun=lun_bytes(lun), itt=s.itt(), immediate=True,
                            ttt=rng.randrange(1, s.next_itt), ref_cmd_sn=s.cmd_sn - rng.randrange(5) & 0xffffffff))
    if kind == 3:
        return Pdu(DATA_OUT, rng.choice([0, FINAL]), bytes(size), itt=rng.randrange(1, s.next_itt + 1), lun=lun_bytes(1),
                   ttt=rng.choice([NO_TAG, rng.randrange(20)]), offset=rng.choice([0, 512, size]), data_sn=rng.randrange(3))
    if kind == 4:
        return Pdu(rng.randrange(64), rng.randrange(256), bytes(size), itt=rng.randrange(20))
    if kind == 5:  # commands that change nothing for long
        code = rng.choice([0x00, 0x03, 0x05, 0x08, 0x12, 0x1a, 0x34, 0x4d, 0x5a, 0x5e, 0xa0, 0xa3, 0xb8])
        cdb = bytes([code]) + rng.randbytes(11)
        return s.command_pdu(lun, cdb, read=rng.choice([0, size, 255, 65536]))
    data = bytes(size)
    return s.command_pdu(lun, b'\x0a\0' + size.to_bytes(3, 'big') + b'\0', write=rng.choice([size, 2 * size, 1 << 20]),
                         data=data[:rng.choice([0, size])], final=rng.random() < .7, attr=rng.randrange(8),
                         immediate=rng.random() < .1)


def test_broken_pdus():
    """PDUs of the full feature phase with something broken, several per session"""
    def one(rng):
        s = Session(server.address, server.target, timeout=0.5, keys={
            **DEFAULT_KEYS, 'HeaderDigest': rng.choice(['None', 'None', 'CRC32C']),
            'DataDigest': rng.choice(['None', 'None', 'CRC32C']), 'InitialR2T': rng.choice(['Yes', 'No']),
            'ImmediateData': rng.choice(['Yes', 'No']), 'MaxRecvDataSegmentLength': rng.choice(['512', '65536'])})
        s.login()
        for _ in range(rng.randrange(1, 12)):
            whole = s.pack(some_pdu(rng, s))
            s.send_raw(mutate(rng, whole) if rng.random() < .4 else whole)
        s.closed(0.01)
        s.close(reset=rng.random() < .5)
    batch('broken PDUs', ROUNDS // 2, one)


def test_wild_sessions():
    """whole PDUs in any order, with good digests, without listening to answers"""
    def one(rng):
        s = Session(server.address, server.target, timeout=0.5, isid=b'\x40\0\1\x37\0' + bytes([rng.randrange(3)]))
        s.login()
        for _ in range(rng.randrange(5, 40)):
            s.send(some_pdu(rng, s))
        if rng.random() < .3:
            s.closed(0.02)
        s.close(reset=rng.random() < .5)
    batch('wild sessions', ROUNDS // 10, one)


def test_peer_that_does_not_read():
    """an initiator that asks for much and reads nothing blocks nobody else"""
    deaf = Session(server.address, server.target, isid=b'\x40\0\1\x37\0\x44').login()
    deaf.clear(*server.tapes)
    tape = server.tapes[0]
    deaf.command(tape, bytes.fromhex('010000000000'))
    data = bytes(1 << 20)
    for _ in range(16):
        deaf.command(tape, bytes.fromhex('0a0010000000'), data)
    deaf.command(tape, bytes.fromhex('010000000000'))
    for _ in range(16):
        deaf.submit(tape, bytes.fromhex('080010000000'), read=1 << 20)
    # What nobody reads has filled the socket, when it does not grow any more.
    before = -1
    while (now := struct.unpack('i', fcntl.ioctl(deaf.sock, termios.FIONREAD, bytes(4)))[0]) != before or not now:
        before = now
        time.sleep(0.2)
    with Session(server.address, server.target, isid=b'\x40\0\1\x37\0\x45', timeout=15).login() as other:
        other.clear(server.changer, server.tapes[1])
        equal(other.command(server.tapes[1], bytes.fromhex('010000000000')).status, 0)
        began = time.monotonic()
        equal(other.tmf(5, tape), 0, 'LU RESET')
        assert time.monotonic() - began < 8, 'a deaf initiator holds the drive'
        other.clear(tape)
        equal(other.command(tape, bytes.fromhex('010000000000')).status, 0)
    deaf.close()
    healthy()


def test_memory():
    """the memory does not grow from hundreds of sessions to the next hundreds"""
    if server.sanitized():
        raise tap.Skip('the address sanitizer keeps freed memory')

    def hundreds():
        for i in range(300):
            s = Session(server.address, server.target).login()
            s.submit(server.tapes[0], bytes.fromhex('0a0001000000'), bytes(65536))
            s.close(reset=i % 2)
        healthy()
        if not daemon.MEMORY:
            becomes(lambda: json.loads(server.evertape('--json', 'session', 'list'))['sessions'], [])
        return server.memory()
    first = hundreds()
    grown = hundreds() - first
    assert grown < 4 << 20, f'{grown >> 10} KiB more'


TESTS = tap.tests_of(globals())


def the_end():
    assert server.stop(), 'the server did not end well'


if __name__ == '__main__':
    print(f'# SEED={SEED} ROUNDS={ROUNDS}')
    with server:
        tap.run(TESTS + [('the server ends well', the_end)], after=lambda n: n == 'the server ends well' or healthy(n))
