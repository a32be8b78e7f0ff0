# SPDX-License-Identifier: Apache-2.0
"""Drives added and removed while hosts are logged in: one 3F/0E per nexus, and nothing else for anybody."""
from robot import *

server = Server()
A, B = Host(server), Host(server, 'host-b')
POWER_ON = (6, 0x29, 0)  # of the new unit itself, and of nobody else
REPORT_LUNS = 'a00000000000000010000000'


def luns(host):
    data = host.good(0, REPORT_LUNS, read=4096)
    equal(int.from_bytes(data[:4], 'big'), len(data) - 8)
    return [data[i + 1] for i in range(8, len(data), 8)]


def told(host, order):
    """(LUN, key) of everything the host hears, asking the LUNs in that order."""
    return [(lun, key) for lun in order for key in host.attentions(lun)]


def test_add():
    """added: A hears it at the LUN it asks first, B by any other; nobody hears more"""
    server.evertape('drive', 'add', 'IBM ULT3580-TD8')
    equal(told(A, (2, 1, 0)), [(2, LUNS_CHANGED)])
    equal(told(B, (0, 1, 2)), [(0, LUNS_CHANGED)])
    equal(luns(A), [0, 1, 2, 3])
    equal([told(host, (3,)) for host in (A, B)], [[(3, POWER_ON)]] * 2)
    A.fails(3, TUR, NO_MEDIUM)


def test_remove():
    """removed: the same, once; the LUN is no unit, the others and their elements are as they were"""
    before = {e.address: e.raw for e in A.elements(DT, dvcid=True).values()}
    server.evertape('drive', 'remove', '3', '--force')
    equal(luns(B), [0, 1, 2])
    equal(told(B, (0, 1, 2)), [], 'after REPORT LUNS')
    equal(told(A, (1, 0, 2)), [(1, LUNS_CHANGED)])
    A.fails(3, TUR, NO_LUN)
    equal(A.good(3, '120000002400', read=36)[0], 0x7f)
    now = {e.address: e.raw for e in A.elements(DT, dvcid=True).values()}
    equal({a: raw for a, raw in now.items() if a != 502}, {a: raw for a, raw in before.items() if a != 502})
    e = A.elements(DT)[502]
    equal((e.flags, e.raw[4:6]), (EXCEPT, b'\x3b\x1a'), 'an element without its drive')
    for cdb in (A.move_cdb(1000, 502), A.move_cdb(502, 1000)):
        A.fails(0, cdb, INVALID_ELEMENT)


def test_restore():
    """put back: its LUN, serial and element are its own again; two changes before anybody asks are one piece of news"""
    server.evertape('drive', 'add', '--number', '3')
    server.evertape('drive', 'remove', '3', '--force')
    server.evertape('drive', 'add', '--number', '3')
    equal(told(A, (0, 1, 2, 3)), [(0, LUNS_CHANGED), (3, POWER_ON)])
    equal(told(B, (2, 1, 0, 3)), [(2, LUNS_CHANGED), (3, POWER_ON)])
    drive = show(server, 'drive', 'show', '3')
    equal((drive['lun'], drive['address']), (3, 502))
    equal(A.good(3, '12018000ff00', read=255)[4:].decode(), drive['serial'])
    equal(A.elements(DT, dvcid=True)[502].serial, drive['serial'])


def test_busy_others():
    """a stream at another drive, and the robot, notice nothing but that one piece of news"""
    A.good(1, '010000000000')
    for i in range(20):
        A.good(1, '0a0000100000', bytes([i]) * 4096)
        if i == 10:
            server.evertape('drive', 'remove', '3', '--force')
            equal(A.attentions(1), [LUNS_CHANGED])
        if i == 15:
            server.evertape('drive', 'add', '--number', '3')
            equal(A.attentions(1), [LUNS_CHANGED])
    A.good(1, '010000000000')
    for i in range(20):
        equal(A.good(1, '080000100000', read=4096), bytes([i]) * 4096)


def test_end():
    """the daemon ends well"""
    assert server.stop()


tap.run(tap.tests_of(globals()))
