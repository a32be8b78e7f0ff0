# SPDX-License-Identifier: Apache-2.0
"""Phobos: the library by READ ELEMENT STATUS, drives by their serial, and INQUIRY that must answer while other drives stream."""
import multiprocessing
import os
import select
import socket
import subprocess
import time
import zlib

from scene import *

server = Server()
DRIVE_COUNT = 4
PATIENCE = 0.100 if 'ASAN_OPTIONS' in os.environ else 0.010  # seconds; Phobos waits 10 ms for an INQUIRY


def test_library():
    """Phobos, library: each type with DVCID and CURDATA; every cartridge has its tag, every drive its serial, none twice"""
    with Client(server, 'phobos') as c:
        tags = []
        for kind, (first, count) in c.changer.geometry().items():
            found = c.changer.elements(kind, first=first, count=count, dvcid=True, curdata=True, size=0xffffff)
            equal(len(found), count)
            tags += [e[1] for e in found.values() if e[0] & 1]
        equal(sorted(tags), ['PDU001L8', 'PDU002L8'])


def test_move():
    """Phobos, load and unload: the drive is unloaded by LOAD UNLOAD, moved, and the target element asked again"""
    with Client(server, 'phobos') as c:
        drive_at = c.changer.geometry()[DRIVES][0]
        slot = c.changer.elements(DRIVES)[drive_at][2]
        c.drive().good(UNLOAD)
        c.changer.move(drive_at, slot)
        equal(c.changer.elements(DRIVES, first=drive_at, count=1)[drive_at][0] & 1, 0)
        c.changer.move(slot, drive_at)
        equal(c.changer.elements(DRIVES, first=drive_at, count=1)[drive_at][1], 'PDU001L8')
        c.drive().ready()


def echo(port):
    """A program that computes all the time, a quarter of a millisecond or so at once, and answers between: what an answer of a
    busy program takes on this machine at this moment."""
    block = bytes(256 << 10)
    with socket.create_server(('127.0.0.1', 0)) as s:
        port.value = s.getsockname()[1]
        c, _ = s.accept()
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            zlib.crc32(block)
            if select.select([c], [], [], 0)[0]:
                asked = c.recv(4096)
                if not asked:
                    return
                c.sendall(asked)


def drives_for(count):
    """So many drives with a cartridge each."""
    for number in range(3, count + 1):
        server.evertape('cartridge', 'create', f'PDU00{number}L8')
        server.evertape('drive', 'add')
        server.evertape('drive', 'load', str(number), f'PDU00{number}L8')


def streams():
    """One process that writes to all four drives until it is told to stop; its rate is that of the machine."""
    urls = [f'iscsi://{server.address[0]}:{server.address[1]}/{server.target}/{lun}' for lun in range(1, DRIVE_COUNT + 1)]
    words = [str(daemon.BUILD / 'evertape'), '--json', 'stream', '--overwrite', '--phases', 'write', '--size', '100G', *urls]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def written(c):
    return [(n(found[6], 0, 4) << 20) + n(found[7], 0, 4)
            for found in (c.drive(lun).log(0x32) for lun in range(1, DRIVE_COUNT + 1))]


def compare(c, port, seconds):
    """Seconds of an INQUIRY and of an echo, in turns; sorted."""
    asked, floor = [], []
    with socket.create_connection(('127.0.0.1', port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(asked) < 50:
            floor.append(timed(lambda: (s.sendall(bytes(48)), s.recv(4096)))[1])
            asked.append(timed(c.drive(1 + len(asked) % DRIVE_COUNT).good, '120000002400')[1])
    return sorted(asked), sorted(floor)


def test_inquiry():
    """Phobos, INQUIRY while four drives stream: within 10 ms beside three times what another busy program needs to answer"""
    drives_for(DRIVE_COUNT)
    port = multiprocessing.Value('i', 0)
    floor_process = multiprocessing.Process(target=echo, args=(port,), daemon=True)
    floor_process.start()
    assert wait_for(lambda: port.value)
    with Client(server, 'phobos', luns=range(DRIVE_COUNT + 1)) as c:
        writer = streams()
        try:
            before = written(c)
            assert wait_for(lambda: all(now > then for now, then in zip(written(c), before))), 'all drives stream'
            before = written(c)
            asked, floor = compare(c, port.value, 1)
            after = written(c)
            assert writer.poll() is None, writer.stderr.read()
        finally:
            writer.terminate()
            writer.communicate()
    assert all(now > then for now, then in zip(after, before)), (before, after)
    print(f'# {len(asked)} INQUIRY, {sum(after) - sum(before) >> 20} MiB came meanwhile', flush=True)
    for name, part in (('half', 0.5), ('nine of ten', 0.9)):
        took, limit = asked[int(len(asked) * part)], PATIENCE + 3 * floor[int(len(floor) * part)]
        print(f'# {name} of them within {took * 1000:.2f} ms, allowed {limit * 1000:.2f} ms', flush=True)
        assert took < limit, f'{name} of the INQUIRY within {took * 1000:.2f} ms; allowed {limit * 1000:.2f} ms'


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
