# SPDX-License-Identifier: Apache-2.0
"""Digests, sequence numbers and the command window: what is wrong, late, twice or too much."""
import os

from scene import *

server = serve()
session = member


def write_block(s, n):
    return write(s, bytes(i & 0xff for i in range(n)))


def start(s, size, immediate=b'', final=True, **more):
    pdu = s.command_pdu(tape(), cdb6(0x0a, size), write=size, data=immediate, final=final, **more)
    s.send(pdu)
    return pdu


def data_out(s, pdu, data, offset=0, sn=0, ttt=NO_TAG, final=True, itt=None, **how):
    s.send(Pdu(DATA_OUT, FINAL if final else 0, data, lun=pdu.lun, itt=pdu.itt if itt is None else itt, ttt=ttt,
               exp_stat_sn=s.exp_stat_sn, data_sn=sn, offset=offset), **how)


# --- digests ---

BOTH = {'HeaderDigest': 'CRC32C', 'DataDigest': 'CRC32C'}


def test_bad_header_digest():
    """a wrong header digest ends the connection, and the next one works"""
    with session(BOTH) as s:
        s.send(s.command_pdu(tape(), TUR), bad_header=True)
        assert s.closed()
        equal(s.inbox, [])
    with session(BOTH) as s:
        equal(s.command(tape(), TUR).status, 0)


def test_bad_data_digest_of_command():
    """a wrong data digest of a command: rejected, not executed; sent again it works, later ones in order"""
    with session(BOTH) as s:
        rewind(s)
        number = s.cmd_sn
        bad = s.command_pdu(tape(), cdb6(0x0a, 512), write=512, data=b'a' * 512)
        s.send(bad, bad_data=True)
        got = s.expect(REJECT)
        equal((got.reason, bytes(got.data[:48])), (2, bytes(bad.bhs)))
        equal(got.exp_cmd_sn, number, 'the CmdSN does not count as received')
        later = [s.submit(tape(), cdb6(0x0a, 512), b'b' * 512), s.submit(tape(), cdb6(0x0a, 512), b'c' * 512)]
        nop = s.number(Pdu(NOP_OUT, FINAL, b'later', itt=0x999, ttt=NO_TAG))
        s.send(nop)
        assert s.quiet(0.3), s.inbox
        s.send(bad)
        for pdu in (bad, *later):
            equal(s.finish(pdu).status, 0)
        equal(s.expect(NOP_IN).data, b'later')
        rewind(s)
        equal(b''.join(read(s, 512).data[:1] for _ in range(3)), b'abc', 'order on tape')


def test_bad_data_digest_of_data():
    """a wrong data digest of Data-Out: reject, CHECK CONDITION B/47/05, nothing written"""
    with session({**BOTH, 'ImmediateData': 'No', 'InitialR2T': 'Yes'}) as s:
        rewind(s)
        write_block(s, 100)
        pdu = start(s, 8192)
        r2t = s.expect(R2T)
        data_out(s, pdu, bytes(4096), 0, 0, r2t.ttt, final=False, bad_data=True)
        data_out(s, pdu, bytes(4096), 4096, 1, r2t.ttt)
        equal(s.expect(REJECT).reason, 2)
        r = s.finish(pdu)
        equal((r.status, r.key), (2, (0xb, 0x47, 5)))
        r = read(s, 100)
        equal(r.key, (8, 0, 5), 'nothing after the good record')


# --- order ---

def test_duplicates():
    """the same CmdSN twice is executed once"""
    with session() as s:
        rewind(s)
        pdu = s.submit(tape(), cdb6(0x0a, 512), b'x' * 512)
        again = Pdu(data=pdu.data)
        again.bhs[:] = pdu.bhs
        again.itt = 0x7000
        s.send(again)
        equal(s.finish(pdu).status, 0)
        assert s.quiet(0.2), s.inbox
        equal(write_block(s, 10).status, 0)
        rewind(s)
        equal([len(read(s, n).data) for n in (512, 10)], [512, 10])


def test_outside_the_window():
    """a CmdSN outside the window is ignored, its data too"""
    with session() as s:
        for number in (s.cmd_sn - 1, s.cmd_sn - 1000, s.max_cmd_sn + 1, s.cmd_sn + 0x7fffffff, s.cmd_sn + 0x80000000):
            pdu = s.command_pdu(tape(), cdb6(0x0a, 4096), write=4096, data=bytes(4096))
            s.cmd_sn = (s.cmd_sn - 1) & 0xffffffff
            pdu.cmd_sn = number & 0xffffffff
            s.send(pdu)
            nop = s.number(Pdu(NOP_OUT, FINAL, itt=0x5000, ttt=NO_TAG))
            s.cmd_sn = (s.cmd_sn - 1) & 0xffffffff
            nop.cmd_sn = number & 0xffffffff
            s.send(nop)
        assert s.quiet(0.2), s.inbox
        equal(s.command(tape(), TUR).status, 0)


def test_gap():
    """commands behind a gap wait, and come in order when it is filled"""
    with session() as s:
        rewind(s)
        letters = b'abcdefgh'
        pdus = [s.command_pdu(tape(), cdb6(0x0a, 512), write=512, data=bytes([c]) * 512) for c in letters]
        for pdu in pdus[:0:-1]:
            s.send(pdu)
        equal(s.nop(b'', immediate=True).exp_cmd_sn, pdus[0].cmd_sn)
        s.send(pdus[0])
        for pdu in pdus:
            equal(s.finish(pdu).status, 0)
        rewind(s)
        equal(b''.join(read(s, 512).data[:1] for _ in letters), letters)


def test_gap_with_r2t():
    """the same with data that must be asked for, and unsolicited data before the turn has come"""
    with session({'FirstBurstLength': '4096'}) as s:
        rewind(s)
        data = os.urandom(10000)
        first = s.command_pdu(tape(), cdb6(0x0a, 512), write=512, data=b'1' * 512)
        second = s.command_pdu(tape(), cdb6(0x0a, 10000), write=10000, data=data[:100], final=False)
        s.send(second)
        send_unsolicited(s, second, data, 100)
        assert s.quiet(0.2), s.inbox
        s.send(first)
        equal(s.finish(first).status, 0)
        equal(s.finish(second, data).status, 0)
        rewind(s)
        equal(len(read(s, 512).data), 512)
        assert read(s, 10000).data == data


def test_wrap():
    """CmdSN and StatSN across 2^32, with gaps and duplicates at the edge"""
    for begin in (0xfffffff8, 0xffffffff):
        with session(cmd_sn=begin, clear=False) as s:
            for _ in range(30):
                a = s.command_pdu(server.changer, INQUIRY, read=255)
                b = s.command_pdu(server.changer, INQUIRY, read=255)
                s.send(b)
                s.send(b)
                s.send(a)
                equal((s.finish(a).status, s.finish(b).status), (0, 0))


def test_window_closes():
    """WRITEs without their data fill the window; it never opens beyond it, and opens again"""
    with session({'ImmediateData': 'No', 'InitialR2T': 'Yes'}) as s:
        rewind(s)
        pdus = []
        while len(pdus) < 400:
            if (s.max_cmd_sn - s.cmd_sn + 1) & 0xffffffff == 0:
                break
            pdus.append(start(s, 65536))
            if (s.max_cmd_sn - s.cmd_sn + 1) & 0xffffffff == 0:
                while s.gather(0.1):
                    pass
        assert 8 <= len(pdus) <= 130, f'{len(pdus)} commands in flight'
        extra = start(s, 65536)  # beyond the window: as if it had not been sent
        for pdu in pdus:
            equal(s.finish(pdu, bytes(65536)).status, 0)
        s.cmd_sn = (s.cmd_sn - 1) & 0xffffffff
        assert s.quiet(0.2), s.inbox
        equal(s.command(tape(), TUR).status, 0)
        assert extra.itt not in [p.itt for p in s.inbox]


def test_overlapping_tags():
    """a task tag that is in use: reject 07, the first task is unharmed"""
    with session() as s:
        rewind(s)
        pdu = start(s, 262144)
        r2t = s.expect(R2T)
        other = s.command_pdu(tape(), TUR, itt=pdu.itt)
        s.send(other)
        equal(s.expect(REJECT).reason, 7)
        s.cmd_sn -= 1  # a rejected command does not count
        s.answer_r2t(r2t, bytes(262144))
        equal(s.finish(pdu, bytes(262144)).status, 0)
        equal(s.command(tape(), TUR).status, 0)


def test_immediate_commands():
    """immediate commands pass the window; too many of them are rejected with 06"""
    with session({'ImmediateData': 'No', 'InitialR2T': 'Yes'}) as s:
        rewind(s)
        pdus = [s.command_pdu(tape(), cdb6(0x0a, 4096), write=4096, immediate=True) for _ in range(40)]
        for pdu in pdus:
            s.send(pdu)
        statuses = [s.finish(pdu, bytes(4096)) for pdu in pdus]
        good = [r for r in statuses if r.status == 0]
        equal({r.reject for r in statuses} - {None}, {6})
        assert 4 <= len(good) < 40
        equal(s.command(tape(), TUR).status, 0)


def test_bad_commands():
    """data with no W, no F without W, broken additional headers: rejected with 09"""
    with session() as s:
        for change in ({'data': b'abcd'}, {'final': False}, {'ahs': b'\0\5\2\0\0\0\0'.ljust(8, b'\0')[:4]},
                       {'ahs': b'\0\0\0\0'}, {'ahs': b'\xff\xff\1\0'}, {'ahs': b'\0\1\x7f\0'}):
            pdu = s.command_pdu(tape(), TUR, **{'final': True, **change})
            s.send(pdu)
            equal(s.expect(REJECT).reason, 9, str(change))
            s.cmd_sn -= 1
        equal(s.command(tape(), TUR).status, 0)


def test_long_cdb():
    """an extended CDB is refused as such; a bidirectional read length is understood"""
    with session() as s:
        pdu = s.command_pdu(tape(), b'\x7f' + bytes(15), ahs=b'\0\x11\1\0' + bytes(16))
        s.send(pdu)
        equal(s.finish(pdu).status, 2)
        pdu = s.command_pdu(tape(), INQUIRY, read=0, write=0, ahs=b'\0\5\2\0' + (255).to_bytes(4, 'big'))
        pdu.flags |= READ | WRITE
        s.send(pdu)
        r = s.finish(pdu)
        equal(r.status, 0)
        assert len(r.data) >= 36


TESTS = tap.tests_of(globals())

if __name__ == '__main__':
    main(TESTS)
