# SPDX-License-Identifier: Apache-2.0
"""What hosts do is in the log: a line for each event, with the initiator, its address and its session."""
import json
import re

from scene import *

server = Scene()
TAPE = 1
ERASE, LOAD, UNLOAD = bytes.fromhex('190000000000'), bytes.fromhex('1b0000000100'), bytes.fromhex('1b0000000000')
MARK = bytes.fromhex('100000000100')
SPACE_EOD = bytes.fromhex('110300000000')


def who(s, name='a'):
    port = s.sock.getsockname()[1]
    return rf' iqn\.2026-01\.test:{name} \(127\.0\.0\.1:{port}, session {s.tsih}\): '


def count(part):
    return sum(part in line for line in server.lines)


def session_begins_and_ends():
    """login, logout, and a connection that breaks, each with who it was"""
    s = server.login()
    server.logged(who(s) + re.escape(f'logged in to {server.target}, without CHAP') + '$')
    line = who(s)
    s.logout()
    server.logged(line + re.escape(f'logged out of {server.target}') + '$')
    s = server.login()
    line = who(s)
    s.close(reset=True)
    server.logged(line + re.escape(f'session with {server.target} ended: the initiator closed the connection') + '$')
    assert server.alone()
    d = Session(server.address, None, 'iqn.2026-01.test:a').login()
    line = who(d)
    server.logged(line + 'logged in to discovery, without CHAP$')
    d.logout()
    server.logged(line + 'logged out of discovery$')


def each_session_ends_once():
    """a logout is no disconnect besides; a session taken over and one dropped say why"""
    before = count('session with')
    server.login().logout()
    assert server.alone()
    first = server.login()
    line = who(first)
    second = server.login()
    server.logged(line + '.* ended: session reinstated by a new login$')
    line = who(second)
    server.evertape('session', 'drop', str(second.tsih))
    server.logged(r'session\.drop .*' + str(second.tsih))
    server.logged(line + '.* ended: the target requested a logout$')
    for s in (first, second):
        s.close()
    assert server.alone()
    equal(count('session with'), before + 2)


def refusals_are_told():
    """a refused login: who, from where, to what, and why in words"""
    denied = 'this initiator is not authorized for the target: the rule of this initiator says deny (status 0202h)'
    rows = [
        (daemon_denied, server.target, f"login to '{server.target}' refused: {denied}"),
        ('iqn.2026-01.test:b', 'iqn.none', "login to 'iqn.none' refused: no such target (status 0203h)"),
        (CHAP_NAME, server.target, f"login to '{server.target}' refused: authentication failed: CHAP is required, "
                                   'or the CHAP name or secret is wrong'),
        (daemon_denied, None, f'discovery refused: {denied}'),
    ]
    for name, target, says in rows:
        try:
            Session(server.address, target, name).login()
            raise AssertionError(f'{name} is let in')
        except LoginRefused:
            pass
        server.logged(r'warning: ' + re.escape(name) + r' \(127\.0\.0\.1:\d+\): ' + re.escape(says))


def names_stay_in_their_quotes():
    """a quote in a peer's name cannot end it: neither who it is nor what it asks for can be forged"""
    target = "b'to'c"
    refused(0x0203, Session(server.address, target, "iqn.2020-01.x:a'(192.0.2.9:1)").login)
    server.logged(re.escape(r"warning: 'iqn.2020-01.x:a\x27(192.0.2.9:1)' (127.0.0.1:") + r'\d+' +
                  re.escape(r"): login to 'b\x27to\x27c' refused: no such target"))


def repetitions_are_counted():
    """of twenty refused logins five are said, then how many more there were"""
    said = r"iqn\.2026-01\.test:often\d+ \(127\.0\.0\.2:\d+\): login to 'iqn\.often' refused: .*"
    for i in range(20):
        refused(0x0203, Session(server.address, 'iqn.often', f'iqn.2026-01.test:often{i}', source='127.0.0.2').login)
    server.logged(said + r'; \d+ more in 10 s$')
    end, total = time.monotonic() + 30, 0
    while total < 20 and time.monotonic() < end:  # on a slow machine it may be more than one lot of ten seconds
        lines = [m for m in (re.search(said + '$', line) for line in list(server.lines)) if m]
        counts = [re.search(r'; (\d+) more in 10 s$', m[0]) for m in lines]
        total = sum(int(more[1]) if more else 1 for more in counts)
        time.sleep(0.05)
    equal(total, 20)


def rejects_are_told():
    """a rejected PDU: its name and the reason in words"""
    with server.login() as s:
        line = who(s)
        s.send(s.number(Pdu(SNACK, FINAL, itt=s.itt())))
        s.expect(REJECT)
        server.logged(line + r'SNACK Request \(opcode 10h\) rejected: no SNACK at this error recovery level \(reason 03h\)$')


def moves_are_told():
    """MOVE MEDIUM out of a drive and into it: the unload, the load and both moves, by the host"""
    shown = json.loads(server.evertape('--json', 'library', 'show'))
    slot = next(e for e in shown['elements'] if e['element'] == 'slot:9')['address']
    drive = next(e for e in shown['elements'] if e['element'] == 'drive:1')['address']
    with server.login() as s:
        line = who(s)
        equal(s.command(TAPE, UNLOAD).status, 0)
        server.logged(line + 'library test: drive:1: cartridge PDU001L8 unloaded$')
        for source, to in ((drive, slot), (slot, drive)):
            equal(s.command(0, bytes.fromhex(f'a5000000{source:04x}{to:04x}00000000')).status, 0)
        server.logged(line + 'library test: cartridge PDU001L8 moved from drive:1 to slot:9$')
        server.logged(line + 'library test: cartridge PDU001L8 moved from slot:9 to drive:1$')
        server.logged(line + 'library test: drive:1: cartridge PDU001L8 loaded$')
        s.clear(0, *server.tapes)
        equal(s.command(TAPE, UNLOAD).status, 0)
        equal(s.command(TAPE, LOAD).status, 0)
        s.clear(TAPE)
        server.evertape('initiator', 'deny', 'iqn.2026-01.test:marker')
        server.logged('initiator.*test:marker')  # what came before is there by now
        equal(count(f'session {s.tsih}): library test: drive:1: cartridge PDU001L8 loaded'), 2)


def overwrites_are_told():
    """what begins at the beginning of a tape that holds something; neither the first write nor an append"""
    def write(s, data):
        equal(s.command(TAPE, write6(len(data)), data).status, 0)

    overwritten = r'library test: drive:1: cartridge PDU001L8 overwritten from the beginning of the tape; it held '
    with server.login() as s:
        line = who(s)
        s.command(TAPE, REWIND)
        s.command(TAPE, ERASE)
        before = count('overwritten from the beginning')
        for _ in range(3):
            write(s, bytes(1000))  # a blank tape
        s.command(TAPE, REWIND)
        s.command(TAPE, SPACE_EOD)
        write(s, bytes(1000))      # appended
        s.command(TAPE, REWIND)
        write(s, bytes(1000))
        server.logged(line + overwritten + r'4 objects, \d+ bytes$')
        s.command(TAPE, REWIND)
        equal(s.command(TAPE, MARK).status, 0)
        server.logged(line + overwritten + r'1 objects, \d+ bytes$')
        s.command(TAPE, REWIND)
        equal(s.command(TAPE, ERASE).status, 0)
        server.logged(line + r'library test: drive:1: cartridge PDU001L8 erased from object 0 on, of 1 objects$')
        equal(count('overwritten from the beginning'), before + 2)


CHAP_NAME, daemon_denied = 'iqn.2026-01.test:chap', 'iqn.2026-01.test:denied'
main(server, [(t.__doc__, t) for t in (
    session_begins_and_ends, each_session_ends_once, refusals_are_told, names_stay_in_their_quotes, repetitions_are_counted,
    rejects_are_told, moves_are_told, overwrites_are_told)])
