# SPDX-License-Identifier: Apache-2.0
"""contrib/gdb/evertape.py in a real gdb: a running daemon, its core file, and a program of fibers that stands at a breakpoint."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import daemon
import tap
from pdu import Session
from tap import equal

TOP = pathlib.Path(__file__).resolve().parents[2]
HOST = 'iqn.2026-01.test:debugger'
server = daemon.Server()
core = os.path.join(server.state, 'core')


def gdb(*words, commands):
    """What gdb says to the commands, each with its own answer."""
    if not shutil.which('gdb'):
        raise tap.Skip('gdb is not installed')
    mark = [word for n, command in enumerate(commands) for word in ('-ex', f'echo \\n<{n}>\\n', '-ex', command)]
    # Its own index cache and history are none of the tree's.
    done = subprocess.run(['gdb', '-nx', '-batch', '-ex', 'set width 0', '-x', TOP / 'contrib/gdb/evertape.py', *mark, *words],
                          capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL)
    if 'ptrace: Operation not permitted' in done.stderr + done.stdout:
        raise tap.Skip('no permission to trace another process')
    parts = re.split(r'\n<\d+>\n', done.stdout)
    assert len(parts) == len(commands) + 1, done
    return [part.strip() for part in parts[1:]], done.stderr


def rows(said):
    """A table as dictionaries; columns begin where their titles do."""
    lines = said.splitlines()
    starts = [m.start() for m in re.finditer(r'(?<!\S)\S', lines[0])] if lines else []
    return [{lines[0][a:b].strip(): line[a:b].strip() for a, b in zip(starts, [*starts[1:], None])} for line in lines[1:]]


def waiting_write(session):
    """A WRITE whose data the host keeps: the unit waits for them in the middle of the handler."""
    cdb = bytes.fromhex('0a0000040000')
    session.submit(1, cdb, write=bytes(1024), immediate_data=b'')
    return session.expect(0x31)


def look_at_all(*words):
    """The four tables and every stack, and that they say the same as each other."""
    (fibers, stacks, lus, sessions, cartridges), err = gdb(
        *words, commands=['fibers', 'fiber all bt', 'lus', 'sessions', 'cartridges'])
    assert 'Traceback' not in err and 'Error' not in err, err
    table = rows(fibers)
    names = [row['NAME'] for row in table]
    for name in ('server', 'signals', 'control', 'portal'):
        equal(names.count(name), 1, name)
    assert names.count('lu') >= 3, fibers
    server_row = next(row for row in table if row['NAME'] == 'server')
    equal((server_row['WORKER'], server_row['STATE'], server_row['WHERE']), ('worker-0', 'waiting', 'server_fiber'), fibers)
    each = re.split(r'^fiber \d+ ', stacks, flags=re.M)[1:]
    equal(len(each), len(table), stacks)
    for stack in each:
        assert stack.count(' first_frame (') == 1 and '(this' not in stack and 'corrupt' not in stack, stack
    writes = [stack for stack in each if 'task_receive (' in stack]
    equal(len(writes), 1, stacks)
    assert re.search(r'task_receive \(.*(\n.*)+queue_loop \(', writes[0]) and '/vtl/ssc/write.c:' in writes[0], writes[0]
    equal(sorted((row['LUN'], row['TYPE'], row['RUNNING']) for row in rows(lus)),
          [('0', '08h', '0'), ('1', '01h', '1'), ('2', '01h', '0')], lus)
    equal([(row['INITIATOR'], row['TARGET']) for row in rows(sessions)], [(HOST, server.target)], sessions)
    shelf = {row['BARCODE']: row['ELEMENT'] for row in rows(cartridges)}
    equal((shelf['PDU001L8'], shelf['PDU002L8']), ('drive:1', 'drive:2'), cartridges)


def test_running():
    """fibers, stacks, units, sessions and cartridges of a running daemon; one unit waits for a host's data"""
    with Session(server.address, server.target, HOST) as s:
        s.login()
        s.clear(1)
        waiting_write(s)
        look_at_all('-p', str(server.process.pid))
        gdb('-p', str(server.process.pid), commands=[f'generate-core-file {core}'])
    assert server.alive()


def test_core():
    """the same from a core file of that moment"""
    if not os.path.exists(core):
        raise tap.Skip('there is no core file')
    look_at_all(str(daemon.BUILD / 'evertaped'), core)
    (one, none, usage), err = gdb(str(daemon.BUILD / 'evertaped'), core, commands=['fiber 1 bt', 'fiber 999 bt', 'fiber'])
    assert one.startswith('fiber 1 "') and ' first_frame (' in one, one
    assert 'there is no fiber 999' in err and 'usage: fiber N bt' in err, err


def test_breakpoint():
    """at a breakpoint in a fiber that another one started: both stacks are shown, and gdb's own is as before"""
    program = daemon.BUILD / 'tests/unit/base/base_fiber_test'
    said, err = gdb(str(program), commands=['break child', 'run', 'fibers', 'fiber all bt', 'backtrace 1', 'kill'])
    table = rows(said[2])
    equal([(row['NAME'], row['STATE']) for row in table], [('once', 'running'), ('child', 'running')], said[2])
    once, child = re.split(r'^fiber \d+ ', said[3], flags=re.M)[1:]
    assert 'starts_and_wakes (' in once and 'fiber_start (' in once and ' child (' not in once, once
    assert '#0  child (' in child and 'starts_and_wakes' not in child, child
    assert said[4].startswith('#0  child ('), said[4]


def test_strangers():
    """in another program it says what is missing, and nothing worse"""
    (_, lus), err = gdb('/bin/true', commands=['fibers', 'lus'])
    assert 'no process and no core file' in err and 'not an evertaped with debugging information' in err and 'Traceback' not in err, err
    with subprocess.Popen(['sleep', '60']) as sleeper:
        try:
            _, err = gdb('-p', str(sleeper.pid), commands=['fibers', 'fiber all bt'])
        finally:
            sleeper.kill()
    equal(err.count('no debugging information; build it with -Ddebug=true'), 2, err)
    assert 'Python' not in err, err


try:
    tap.run(tap.tests_of(globals()))
finally:
    server.__exit__()
