# SPDX-License-Identifier: Apache-2.0
"""Everything at once: streams, visitors, resets, logins that take over, drives, libraries and layouts that come and go.

What single commands answer does not matter here; the daemon must live, end when it is told to, and its
sanitizer must be silent.  SECONDS as second argument (30); SEED in the environment repeats the choices.
"""
import os
import pathlib
import random
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'sessions'))
from scene import *
from daemon import BUILD

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 30
SEED = int(os.environ.get('SEED', time.time_ns() % 1000000))
EXPECTED = (Closed, LoginRefused, OSError, AssertionError, RuntimeError, AttributeError, TypeError,
            subprocess.SubprocessError)
LOG_SENSE, REPORT_LUNS = bytes.fromhex('4d002e00000000040000'), bytes.fromhex('a00000000000000010000000')


def stream(server, size):
    """The load generator on every drive that has a cartridge; others may end it at any moment."""
    return subprocess.Popen([str(BUILD / 'evertape'), 'stream', '--size', size, '--overwrite', '--portal',
                             '%s:%d' % server.address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def streams(server, rng):
    stream(server, '24M').wait(120)


def panels(server, rng):
    server.evertape(*rng.choice([('status',), ('session', 'list'), ('drive', 'list'),
                                 ('drive', 'show', '4', '--library', 'test'),
                                 ('library', 'show', 'test'), ('library', 'list'), ('cartridge', 'list')]))


def drives(server, rng):
    """Drive 5 goes and comes back as who it was."""
    server.evertape('drive', 'remove', '5', '--library', 'test', '--force')
    time.sleep(rng.random() / 3)
    server.evertape('drive', 'add', '--number', '5', '--library', 'test')


def loads(server, rng):
    number = rng.choice('3455')
    if number == '5':
        server.evertape('drive', 'load', number, 'PDU009L8', '--library', 'test')
    try:
        server.evertape('drive', 'unload', number, '--library', 'test', '--force')
    finally:
        if number != '5':
            server.evertape('drive', 'load', number, f'PDU00{number}L8', '--library', 'test')


def layouts(server, rng):
    time.sleep(4 + 4 * rng.random())
    for layout in ('target-per-device', 'one-target'):
        server.evertape('library', 'layout', layout, '--library', 'test', '--force')
        time.sleep(rng.random())


def drops(server, rng):
    time.sleep(rng.random())
    server.evertape('session', 'drop', f'iqn.2026-01.test:storm{rng.randrange(6)}')


def libraries(server, rng):
    """A library is deleted while three sessions of it work and reset its drive."""
    server.evertape('library', 'create', 'second', '--drives', '2', '--slots', '4')
    known = json.loads(server.evertape('--json', 'library', 'list'))['libraries']
    target = [each['target'] for each in known if each['name'] == 'second'][0]
    try:
        for i in range(3):
            s = Session(server.address, target, f'iqn.2026-01.test:second{i}', timeout=5).login()
            for lun in (0, 1, 2):
                s.submit(lun, INQUIRY, b'', 255)
            s.tmf(LU_RESET, 1, wait=False)
    finally:
        server.evertape('library', 'delete', 'second', '--force')


def act(s, rng):
    lun = rng.choice([0, 1, 2, 3, 4, 5, 5, 5, 9])
    what = rng.randrange(10)
    if what == 0:
        s.submit(lun, write6(65536), bytes(65536), immediate_data=b'')
    elif what == 1:
        s.submit(lun, read6(65536), b'', 65536)
        s.submit(lun, REWIND)
    elif what == 2:
        s.tmf(LU_RESET, lun, wait=rng.random() < 0.5)
    elif what == 3:
        s.tmf(rng.choice([ABORT_TASK_SET, CLEAR_TASK_SET]), lun, wait=False)
    elif what == 4:
        pdu = s.submit(lun, write6(65536), bytes(65536), immediate_data=b'')
        s.tmf(ABORT_TASK, lun, task=pdu.itt, wait=False)
    elif what == 5 and rng.random() < 0.1:
        s.tmf(rng.choice([WARM, COLD]), 0, wait=False)
    else:
        cdb, read = rng.choice([(TUR, 0), (INQUIRY, 255), (LOG_SENSE, 1024), (REPORT_LUNS, 4096), (ALLOW, 0)])
        s.command(lun, cdb, b'', read)


def visitors(server, rng):
    """A session under one of few names, so that many are taken over."""
    digest = {name: rng.choice(['None', 'CRC32C']) for name in ('HeaderDigest', 'DataDigest')}
    s = Session(server.address, server.target, f'iqn.2026-01.test:storm{rng.randrange(6)}',
                keys={**DEFAULT_KEYS, **digest}, timeout=8).login()
    for _ in range(rng.randint(1, 12)):
        act(s, rng)
    if rng.random() < 0.3:
        s.logout()
    else:
        s.close(reset=rng.random() < 0.5)


def repeat(server, number, deed, until, done):
    rng = random.Random(SEED * 100 + number)
    while time.monotonic() < until and server.alive():
        try:
            deed(server, rng)
            done[deed.__name__] = done.get(deed.__name__, 0) + 1
        except EXPECTED:
            pass


def storm(server):
    for number in (3, 4, 5):
        server.evertape('drive', 'add', '--library', 'test')
    for number in (3, 4):
        server.evertape('cartridge', 'create', f'PDU00{number}L8')
        server.evertape('drive', 'load', str(number), f'PDU00{number}L8', '--library', 'test')
    server.evertape('cartridge', 'create', 'PDU009L8')
    deeds = (streams, panels, drives, loads, layouts, drops, libraries, visitors, visitors, visitors)
    until, done = time.monotonic() + SECONDS, {}
    threads = [threading.Thread(target=repeat, args=(server, i, deed, until, done), daemon=True)
               for i, deed in enumerate(deeds)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(SECONDS + 120)
    print('#', done)
    return done, [t.is_alive() for t in threads]


def main(server):
    def everything():
        """everything at once, and nobody waits for ever"""
        done, stuck = storm(server)
        assert server.alive(), 'the daemon is gone'
        assert not any(stuck), stuck
        equal(len(done), 8, f'kinds of deeds done, of {done}')

    def stop():
        """SIGTERM in the middle of streams ends it, and the sanitizer said nothing"""
        last = stream(server, '1G')
        time.sleep(2)
        ended = server.stop()
        last.kill()
        last.wait()
        assert ended

    print(f'# SEED={SEED}')
    tap.run([(each.__doc__, each) for each in (everything, stop)])


if __name__ == '__main__':
    with Scene() as scene:
        main(scene)
