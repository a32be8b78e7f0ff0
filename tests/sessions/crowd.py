# SPDX-License-Identifier: Apache-2.0
"""Many initiators at once: as many as the settings allow, each with its own unit attentions; one more harms nobody."""
import threading

from scene import *

LIMIT = 100
server = Scene(settings={'max-per-address': LIMIT, 'max-connections': LIMIT + 20})
TAPE, OTHER = 1, 2


def host(i, **how):
    return server.login(f'crowd{i}', **how)


def test_many():
    """a hundred hosts logged in and speaking; the next connection is closed; one leaves, and another gets in"""
    hosts = [host(i, clear=False) for i in range(LIMIT)]
    equal(len({s.tsih for s in hosts}), LIMIT)
    for s in hosts:
        equal([attentions(s, lun) for lun in (0, TAPE)], [[(6, 0x29, 0)]] * 2)
    s = Session(server.address, server.target)
    try:
        s.login()
        raise AssertionError('one more than the limit')
    except Closed:
        pass
    hosts.pop().close()
    assert server.alone(LIMIT - 1)
    hosts.append(host('late', clear=False))
    # All of them at once, each with a window of commands under way.
    pdus = [(s, [s.submit(TAPE, TUR) for _ in range(32)]) for s in hosts]
    for s, sent in pdus:
        for pdu in sent[1 if s is hosts[-1] else 0:]:
            equal(s.finish(pdu).status, 0)
    # A reset is news to each of them, once.
    equal(hosts[0].tmf(LU_RESET, TAPE), 0)
    equal([attentions(s, TAPE) for s in hosts[:-1]], [[(6, 0x29, 3)]] * (LIMIT - 1))
    equal([attentions(s, OTHER) for s in hosts[:1]], [[(6, 0x29, 0)]])
    for s in hosts:
        s.close(reset=True)
    assert server.alone()


def test_same_isid():
    """the same ISID under many names, many ISIDs under one name: sessions of their own"""
    hosts = [host(i) for i in range(20)] + [host(0, isid=ISID[:5] + bytes([i])) for i in range(1, 20)]
    for s in hosts:
        equal(s.command(TAPE, TUR).status, 0)
    equal(len(server.sessions()), 39)
    equal(server.evertape('session', 'drop', 'iqn.2026-01.test:crowd0').split()[0], '20')
    becomes(lambda: sum(s.closed(0.01) for s in hosts), 20)
    for s in hosts:
        s.close()
    assert server.alone()


def test_turns():
    """a reservation goes round thirty hosts; each is told of the conflict until it is its turn"""
    hosts = [host(i) for i in range(30)]
    while hosts:
        s = hosts.pop()
        equal(s.command(TAPE, RESERVE).status, 0)
        equal({other.command(TAPE, TUR).status for other in hosts} - {CONFLICT}, set())
        s.close()
        assert server.alone(len(hosts))


def test_register_all():
    """thirty hosts register; all keys are there; CLEAR takes them all and tells the others"""
    hosts = [host(i) for i in range(30)]
    for i, s in enumerate(hosts):
        key = i.to_bytes(8, 'big')[:7] + bytes([i + 1])
        equal(s.command(TAPE, bytes.fromhex('5f000000000000001800'), bytes(8) + key + bytes(8)).status, 0)
    data = hosts[0].command(TAPE, bytes.fromhex('5e000000000000020000'), read=512).data
    equal(int.from_bytes(data[4:8], 'big'), 30 * 8)
    equal(hosts[3].command(TAPE, bytes.fromhex('5f030000000000001800'), bytes(7) + b'\4' + bytes(16)).status, 0)
    heard = [attentions(s, TAPE) for s in hosts]
    equal(heard, [[] if i == 3 else [(6, 0x2a, 3)] for i in range(30)])
    for s in hosts:
        s.close()
    assert server.alone()


def test_storm():
    """logins and endings of forty hosts at once, by sixteen hands: every one is let in, none is left"""
    errors, slowest = [], [0.0]

    def hand(n):
        try:
            for i in range(12):
                began = time.monotonic()
                s = host(n * 3 + i % 3, clear=False)
                slowest[0] = max(slowest[0], time.monotonic() - began)
                if i % 4 == 0:
                    owe(s.clear(OTHER), OTHER, 4096) if n == 0 else s.command(0, INQUIRY, read=255)
                s.close(reset=i % 2 == 0) if i % 3 else s.logout()
        except Exception as e:
            errors.append(e)
    hands = [threading.Thread(target=hand, args=(n,)) for n in range(16)]
    for t in hands:
        t.start()
    floor = max(server.login_floor() for _ in range(3))
    for t in hands:
        t.join(120)
    equal(errors, [])
    in_time(slowest[0], 2, len(hands) * floor, 'a login')
    assert server.alone()
    for number in (1, 2):
        assert server.idle(number)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
