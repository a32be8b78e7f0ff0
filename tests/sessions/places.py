# SPDX-License-Identifier: Apache-2.0
"""Places before login cannot be starved: silent and half connections give way, hosts that log in are served."""
import threading

from scene import *
import netns
from flood import Flood, half_open

OWN_NET = netns.enter()  # before the daemon begins: it is to live there too
if OWN_NET:
    for n in range(1, 81):
        netns.add(f'2001:db8::{n:x}')
    netns.add('2001:db8:0:1::1')
    netns.add('2001:db8:0:2::1')
    netns.add('2001:db8:0:3::1')
ABYSS = OWN_NET and netns.abyss('10.8.0.1', '10.9.0.0/16')
LISTEN = ['127.0.0.1:0'] + OWN_NET * ['[2001:db8:0:1::1]:0'] + ABYSS * ['10.8.0.1:0']
server = Scene(listen=LISTEN, settings={'discovery-timeout': 2})
aside = Scene(listen=LISTEN)  # has the crowd while logins without one are timed: the machine is as busy then
HOST, HOSTS = '127.0.0.99', 48
PROMISE = 1.0  # seconds a login may take beside any crowd, on a machine that has time for it
PATIENCE = 60
first = Session(server.address, server.target, connect=False)
FIRST = first.pack(first.login_pdu(SECURITY, OPERATIONAL, first.first_login_keys()))


def served(i, source, where, portal):
    """A login of host i.  It tries again at once when it is turned away, as hosts do: its session, and how often."""
    end, again = time.monotonic() + PATIENCE, 0
    while True:
        try:
            s = Session(where.portals[portal], where.target, f'iqn.2026-01.test:host{i}', source=source, timeout=PATIENCE)
            return s.login(), again
        except (Closed, OSError):
            if time.monotonic() > end:
                raise
            again += 1


def log_in(count, source, portal=0, where=server):
    """Logins of that many hosts by half as many hands at once: what the slowest took, from its first attempt on, and
    how often one tried again.  All must be served."""
    errors, took, tries = [], [], []

    def hand(n):
        for i in range(2 * n, 2 * n + 2):
            began = time.monotonic()
            try:
                s, again = served(i, source, where, portal)
                took.append(time.monotonic() - began)
                tries.append(again)
                s.logout()
            except Exception as e:
                errors.append(repr(e))
    threads = [threading.Thread(target=hand, args=(n,)) for n in range(count // 2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(errors[:3], [])
    equal(len(took), count)
    return max(took), sum(tries)


def served_beside(name, sources, silent, half=0, strangers=(HOST,), portal=0):
    """What log_in() takes while the crowd is elsewhere on this machine, and beside it, whoever comes."""
    with Flood(aside.portals[portal], sources, silent, half, FIRST):
        quiet, _ = log_in(HOSTS, '2001:db8:0:3::1' if ':' in sources[0] else '127.0.0.50', portal)
    with Flood(server.portals[portal], sources, silent, half, FIRST) as flood:
        slowest, again = map(max, zip(*(log_in(HOSTS, source, portal) for source in strangers)))
    print(f'# {name}: slowest of {HOSTS} logins {slowest:.3f} s, {again} tried again, with the crowd elsewhere '
          f'{quiet:.3f} s; it connected {flood.connects} times')
    assert slowest < PROMISE + 3 * quiet, f'{slowest:.3f} s; with the crowd elsewhere {quiet:.3f} s'


def test_two_addresses():
    """80 silent connections from 2 addresses that come again at once keep nobody out"""
    served_beside('80 from 2 addresses', ['127.0.0.2', '127.0.0.3'], 80, strangers=[HOST])


def test_own_address():
    """nor do 200 from the address that the hosts themselves have"""
    served_beside('200 from their own address', [HOST], 200, strangers=[HOST])


def test_network():
    """nor do 80 addresses of one IPv6 network"""
    if not OWN_NET:
        raise tap.Skip('a network of its own needs root')
    served_beside('80 from a /64', [f'2001:db8::{n:x}' for n in range(1, 81)], 300, strangers=['2001:db8:0:2::1'],
                  portal=1)


def test_half_logins():
    """nor do 500 silent connections and 300 half logins from 10 addresses, for hosts known or not"""
    served_beside('500 silent, 300 half', [f'127.0.1.{n}' for n in range(1, 11)], 500, 300, strangers=['127.0.0.98', HOST])


def test_half_open():
    """nor do 500 half-open connections, of peers that never answer, beside 300 half logins"""
    if not ABYSS:
        raise tap.Skip('a network of its own with a device in it cannot be made')
    half_open(server.portals[2], [(f'10.9.{n // 250}.{n % 250 + 1}', 2000 + n) for n in range(500)])
    with open('/proc/net/tcp') as f:
        waiting = sum(line.split()[3] == '03' for line in f)
    assert waiting >= 500, f'only {waiting} are half open'
    served_beside('500 half open, 300 half', [f'127.0.1.{n}' for n in range(1, 11)], 0, 300, strangers=['10.8.0.1'],
                  portal=2)


def test_many_addresses():
    """nor do 600 connections from 200 addresses"""
    served_beside('600 from 200 addresses', [f'127.0.2.{n}' for n in range(1, 201)], 600, strangers=['127.0.0.97', HOST])


def test_after_restart():
    """nor when nobody is known: the daemon starts in the middle of the crowd"""
    def after_start(where, source):
        where.listen = [f'127.0.0.1:{where.address[1]}']
        where.kill()
        where.start()
        return log_in(HOSTS, source, where=where)
    with Flood(server.address, [f'127.0.1.{n}' for n in range(1, 11)], 400, 300, FIRST):
        quiet, _ = after_start(aside, '127.0.0.95')
        slowest, again = after_start(server, '127.0.0.96')
        print(f'# after a start: slowest of {HOSTS} logins {slowest:.3f} s, {again} tried again, elsewhere {quiet:.3f} s')
        assert slowest < PROMISE + 3 * quiet, f'{slowest:.3f} s; elsewhere {quiet:.3f} s'
    server.logged(r'warning: 127\.0\.1\.\d+:\d+: connection not logged in: closed to admit another connection')
    server.logged(r'closed to admit another connection; \d+ more in 10 s')


def ended(sessions):
    """Which of them the daemon has closed."""
    return [i for i, s in enumerate(sessions) if s.closed(0.001)]


def test_longest_silent():
    """the connection that is silent longest gives way, not the newcomer, nor one that speaks"""
    with Scene() as fresh:  # nobody of before is there to give way first
        old = [Session(fresh.address, fresh.target, source='127.0.3.1', timeout=PATIENCE) for _ in range(64)]
        for s in (old[-1], old[0]):  # once the last one has an answer, all have been accepted, and are silent from then on
            s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        equal(ended(old), [])
        new = [Session(fresh.address, fresh.target, f'iqn.2026-01.test:new{i}', source='127.0.3.1', timeout=PATIENCE)
               for i in range(5)]
        for s in new:
            s.login(final=False)
        for s in new:
            s.login_step(OPERATIONAL, FULL, s.offer)
        gone = wait_for(lambda: [found for found in [ended(old)] if len(found) >= len(new)])
        equal(gone, [[1, 2, 3, 4, 5]], 'who gave way')
        old[0].login_step(OPERATIONAL, FULL, old[0].offer)
        for s in old + new:
            s.close()
        assert fresh.stop()


EMPTY = {  # a login that says nothing new, step by step
    'nothing in its stage': lambda s: s.login_step(OPERATIONAL, OPERATIONAL, {}, False),
    'only the mark that more follows': lambda s: s.login_step(OPERATIONAL, OPERATIONAL, {}, False, True),
    'the same key again': lambda s: s.login_step(OPERATIONAL, OPERATIONAL, {'X-com.example.a': '1'}, False),
    'ever new keys': lambda s: s.login_step(OPERATIONAL, OPERATIONAL, {f'X-com.example.a{len(s.login_pdus)}': '1'}, False),
}


def test_empty_exchange():
    """a login that leads nowhere is refused after a few rounds: 0200"""
    for name, step in EMPTY.items():
        s = Session(server.address, server.target)
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())

        def rounds():
            for _ in range(100):
                step(s)
        refused(0x0200, rounds)
        most = 8 if 'key' not in name else 64
        assert len(s.login_pdus) <= most + 2, (name, len(s.login_pdus))
        assert s.closed(), name
    server.logged(r'127\.0\.0\.1:\d+\): login to .* refused: the initiator violated the login protocol')


def test_empty_from_the_start():
    """and one that says nothing at all"""
    s = Session(server.address, server.target)
    refused(0x0200, lambda: [s.login_step(SECURITY, SECURITY, {}, False, True) for _ in range(100)])
    assert len(s.login_pdus) < 8 and s.closed()


# --- discovery sessions ---

def test_discovery_ends():
    """a discovery session ends after its time without a request; one that asks goes on"""
    idle, busy = (Session(server.address, None).login() for _ in range(2))
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert server.target in busy.send_targets()
        time.sleep(0.2)
    assert idle.closed(10)
    equal([p.code for p in idle.inbox], [ASYNC])
    server.logged(r'session with discovery ended: no request for 2 s$')
    assert server.target in busy.send_targets()
    busy.logout()
    assert server.alone()


def test_discovery_is_bounded():
    """one host has 16 discovery sessions, all together 64; the longest idle gives way"""
    one = [Session(server.address, None, source='127.0.4.1').login() for _ in range(20)]
    assert server.alone(16)
    becomes(lambda: ended(one), [0, 1, 2, 3])
    others = [Session(server.address, None, source=f'127.0.4.{n}').login() for n in range(2, 62)]
    assert server.alone(64)
    assert not others[-1].closed(0.01)
    for s in one + others:
        s.close()
    assert server.alone()


def test_normal_sessions_stay():
    """a session with a target is never idle for too long"""
    s = server.login()
    assert not s.closed(3)
    equal(s.command(1, TUR).status, 0)
    s.logout()


if __name__ == '__main__':
    with aside:
        main(server, tap.tests_of(globals()))
