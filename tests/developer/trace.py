# SPDX-License-Identifier: Apache-2.0
"""Log levels by room, at the start and while the daemon runs, and a line for every command."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from pdu import Session
from tap import equal

HOST = 'iqn.2026-01.test:trace'
RECORD = 65536
TUR, REWIND = bytes(6), bytes.fromhex('010000000000')
WRITE, READ = (bytes([code, 0, *RECORD.to_bytes(3, 'big'), 0]) for code in (0x0a, 8))
server = daemon.Server(settings={'log': 'scsi=trace'})


def levels(state=None):
    """The level of each room."""
    done = subprocess.run([daemon.BUILD / 'evertape', '--state', state or server.state, '--json', 'log'], capture_output=True,
                          text=True, timeout=60, check=True)
    return {row['room']: row['level'] for row in json.loads(done.stdout)['rooms']}


def traced():
    """What the log says of commands: LUN and what follows, without the time."""
    lines = [re.fullmatch(r'\S+ trace: (.*): (LUN \d+: .*), (\d+) us\n', line) for line in list(server.lines) if 'trace: ' in line]
    assert all(lines), server.lines
    for line in lines:
        assert re.fullmatch(re.escape(HOST) + r' \(127\.0\.0\.1:\d+, session \d+\)', line[1]), line[0]
        assert int(line[3]) < 600 * 10**6, line[0]
    return [line[2] for line in lines]


def commands(s):
    """Sends commands of every kind of ending, and says what their lines are."""
    s.command(1, TUR)
    s.command(1, REWIND)
    s.command(1, WRITE, bytes(RECORD))
    s.command(1, REWIND)
    s.command(1, READ, read=RECORD)
    s.command(1, READ, read=RECORD)
    s.command(2, bytes.fromhex('4f000000000000000700'))
    s.command(1, bytes.fromhex('140000000000'))
    s.command(1, bytes.fromhex('a30500000000000000040000'), read=4)
    s.command(1, bytes.fromhex('120100000400'), read=4)
    s.command(1, bytes.fromhex('120080000400'), read=4)
    s.command(9, TUR)
    return ['LUN 1: TEST UNIT READY: GOOD', 'LUN 1: REWIND: GOOD', f'LUN 1: WRITE(6) transfer_length={RECORD}: GOOD, {RECORD} bytes out',
            'LUN 1: REWIND: GOOD', f'LUN 1: READ(6) transfer_length={RECORD}: GOOD, {RECORD} bytes in',
            f'LUN 1: READ(6) transfer_length={RECORD}: CHECK CONDITION 8/00/05 end-of-data detected',
            'LUN 2: command 4F000000000000000700: CHECK CONDITION 5/20/00 invalid command operation code',
            'LUN 1: RECOVER BUFFERED DATA 140000000000: CHECK CONDITION 5/20/00 invalid command operation code',
            'LUN 1: REPORT IDENTIFYING INFORMATION A30500000000000000040000: CHECK CONDITION 5/24/00 invalid field in CDB',
            'LUN 1: INQUIRY evpd=1 allocation_length=4: GOOD, 4 bytes in',
            'LUN 1: INQUIRY page_code=128 allocation_length=4: CHECK CONDITION 5/24/00 invalid field in CDB',
            'LUN 9: command 000000000000: CHECK CONDITION 5/25/00 logical unit not supported']


def session():
    s = Session(server.address, server.target, HOST)
    s.login()
    s.clear(1, 2)
    return s


def test_trace():
    """with log = scsi=trace there is one line for each command, in order, with what it said and how it ended"""
    with session() as s:
        equal(s.command(1, REWIND).status, 0)
        wanted = commands(s)
        tap.becomes(lambda: traced()[-len(wanted):], wanted)


def test_run_time():
    """evertape log shows the level of each room and sets it while the daemon runs"""
    rooms = levels()
    equal((rooms['scsi'], rooms['iscsi'], rooms['rpc']), ('trace', 'info', 'info'))
    assert 'scsi     trace' in server.evertape('log'), server.evertape('log')
    with session() as s:
        server.lines.clear()  # the lines of the test before have come
        server.evertape('log', 'scsi=info')
        commands(s)
        server.evertape('log', 'scsi=trace,iscsi=warning')
        s.command(1, REWIND)
        tap.becomes(lambda: traced()[-1:], ['LUN 1: REWIND: GOOD'])
        assert not any('WRITE(6)' in line for line in traced()), server.lines
        server.lines.clear()
    with session():
        pass
    assert not any('logged in' in line for line in server.lines), server.lines
    server.evertape('log', 'info')
    equal(set(levels().values()), {'info'})


def test_refused():
    """a room or a level that is none is refused in words, and nothing is set; at the start too"""
    for text, says in (('scsi=loud', "'loud' is not a level: error, warning, info, debug or trace"), ('tape=trace', "'tape' is not a room: "),
                       ('scsi=trace,', "'' is not a level"), ('=trace', "'' is not a room"), ('scsi=trace=debug', 'is not a level'),
                       ('TRACE', "'TRACE' is not a level")):
        try:
            server.evertape('log', text)
            raise AssertionError(f'{text} is taken')
        except RuntimeError as e:
            assert says in str(e), e
        started = subprocess.run([daemon.BUILD / 'evertaped', '--state', os.path.join(server.state, 'other'), '--log', text],
                                 capture_output=True, text=True, timeout=60)
        equal(started.returncode, 2, started.stderr)
        assert says in started.stderr and started.stderr.startswith('evertaped: --log: '), started.stderr
    equal(set(levels().values()), {'info'})


def test_options():
    """--log wins over the settings, later ones over earlier ones; --verbose is debug"""
    state = os.path.join(server.state, 'third')
    os.mkdir(state, 0o700)
    for words, wanted in ((['--log', 'scsi=trace', '--log', 'ssc=error'], ('trace', 'error', 'info')),
                          (['--verbose', '--log', 'ssc=error'], ('debug', 'error', 'debug')), ([], ('warning', 'warning', 'warning'))):
        pathlib.Path(state, 'evertaped.conf').write_text('log = warning\nlisten = 127.0.0.1:0\n')
        with subprocess.Popen([daemon.BUILD / 'evertaped', '--state', state, *words], stderr=subprocess.PIPE, text=True) as p:
            try:
                assert any(line == 'ready\n' for line in p.stderr), words
                rooms = levels(state)
                equal((rooms['scsi'], rooms['ssc'], rooms['media']), wanted, words)
            finally:
                p.terminate()
    pathlib.Path(state, 'evertaped.conf').write_text('log = loud\n')
    done = subprocess.run([daemon.BUILD / 'evertaped', '--state', state], capture_output=True, text=True, timeout=60)
    equal(done.returncode, 2)
    assert 'log: not a level or ROOM=LEVEL: loud' in done.stderr, done.stderr


try:
    tap.run(tap.tests_of(globals()))
finally:
    server.__exit__()
