# SPDX-License-Identifier: Apache-2.0
"""Commands and their data: bursts, R2Ts, residuals, and data that is not what it should be."""
import random

from scene import *

server = serve()
session = member


# --- all ways of sending data ---

WAYS = [
    {},
    {'InitialR2T': 'Yes'},
    {'ImmediateData': 'No'},
    {'InitialR2T': 'Yes', 'ImmediateData': 'No'},
    {'FirstBurstLength': '512', 'MaxBurstLength': '512'},
    {'InitialR2T': 'Yes', 'ImmediateData': 'No', 'MaxBurstLength': '512', 'FirstBurstLength': '512',
     'MaxOutstandingR2T': '8'},
    {'FirstBurstLength': '4096', 'MaxBurstLength': '8192', 'MaxOutstandingR2T': '4'},
    {'MaxBurstLength': '1048576', 'FirstBurstLength': '262144', 'MaxOutstandingR2T': '8'},
    {'MaxRecvDataSegmentLength': '512'},
    {'MaxRecvDataSegmentLength': '1000', 'MaxBurstLength': '3000', 'FirstBurstLength': '2000'},
    {'HeaderDigest': 'CRC32C'},
    {'DataDigest': 'CRC32C', 'FirstBurstLength': '4096'},
    {'HeaderDigest': 'CRC32C', 'DataDigest': 'CRC32C', 'InitialR2T': 'Yes', 'ImmediateData': 'No'},
]


def one_way(keys, sizes):
    rng = random.Random(f'{SEED}{keys}')
    with session(keys) as s:
        parts = [rng.randbytes(n) for n in sizes]
        rewind(s)
        for data in parts:
            r = write(s, data, segment=rng.choice([None, None, 512, 4096, 1001]))
            equal((r.status, r.residual), (0, 0), f'WRITE of {len(data)}: {r}')
        rewind(s)
        for data in parts:
            r = read(s, len(data))
            equal((r.status, r.residual), (0, 0), f'READ of {len(data)}: {r}')
            assert r.data == data, f'{len(data)} bytes came back different'
            check_data_in(s, r)


def check_data_in(s, r):
    """Segments, sequences and flags of a READ's Data-In PDUs."""
    burst = 0
    for i, p in enumerate(r.data_ins):
        assert len(p.data) <= int(s.offer.get('MaxRecvDataSegmentLength', 8192)), p
        burst += len(p.data)
        assert burst <= s.value('MaxBurstLength', 262144), 'burst too long'
        assert not p.flags & 1 or p.final, 'S without F'
        assert not p.flags & 1 or i == len(r.data_ins) - 1, 'S before the end'
        if p.final:
            burst = 0
    assert not r.data_ins or r.data_ins[-1].final, 'the last Data-In has no F'


def ways():
    for keys in WAYS:
        small = keys.get('MaxBurstLength') == '512' or 'MaxRecvDataSegmentLength' in keys or 'Data' in ''.join(keys)
        sizes = [1, 2, 3, 4, 5, 511, 512, 513, 4096, 8192, 65535, 65536, 65537] + ([] if small else [262144, 1000003])
        name = ' '.join(f'{k}={v}' for k, v in keys.items()) or 'the usual parameters'
        yield f'write and read back: {name}', lambda keys=keys, sizes=sizes: one_way(keys, sizes)


def test_large():
    """an 8 MiB block, and 64 KiB blocks one after another in one WRITE's window"""
    one_way({'MaxBurstLength': '1048576', 'MaxOutstandingR2T': '8'}, [8 << 20])


def test_many_at_once():
    """32 WRITEs in flight, then 32 READs, all in order"""
    rng = random.Random(SEED)
    for keys in ({}, {'InitialR2T': 'Yes', 'ImmediateData': 'No'}, {'InitialR2T': 'Yes', 'FirstBurstLength': '65536'}):
        with session(keys) as s:
            rewind(s)
            parts = [rng.randbytes(rng.choice([512, 10000, 65536, 100000, 262144])) for _ in range(32)]
            pdus = [s.submit(tape(), cdb6(0x0a, len(d)), d, immediate_data=d[:65536] if s.keys['ImmediateData'] == 'Yes'
                             else b'') for d in parts]
            by_itt = {p.itt: d for p, d in zip(pdus, parts)}
            done = []
            while len(done) < 32:
                p = s.receive()
                if p.code == R2T:
                    s.answer_r2t(p, by_itt[p.itt])
                else:
                    equal((p.code, p.status), (SCSI_RESPONSE, 0))
                    done.append(p.itt)
            equal(done, [p.itt for p in pdus], 'order of the responses')
            rewind(s)
            pdus = [s.submit(tape(), cdb6(8, len(d)), read=len(d)) for d in parts]
            for p, d in zip(pdus, parts):
                r = s.finish(p)
                equal(r.status, 0)
                assert r.data == d


def send_together(s, commands):
    """Several commands in one piece, so that they are under way at the same time; their Command PDUs."""
    pdus = [s.command_pdu(tape(), cdb, read=length) for cdb, length in commands]
    s.send_raw(b''.join(s.pack(p) for p in pdus))
    return pdus


def test_short_reads_at_once():
    """32 short READs in one piece: in order, each its own record, and a wrong length fails alone"""
    rng = random.Random(SEED)
    for keys in ({}, {'HeaderDigest': 'CRC32C', 'DataDigest': 'CRC32C'}, {'MaxRecvDataSegmentLength': '512'}):
        with session(keys) as s:
            rewind(s)
            parts = [rng.randbytes(rng.choice([1, 100, 511, 512, 513, 2000])) for _ in range(32)]
            wrong = [len(d) % 100 == 11 for d in parts]  # is asked for with one byte more than it has
            for d in parts:
                equal(write(s, d).status, 0)
            rewind(s)
            pdus = send_together(s, [(cdb6(8, len(d) + w), len(d) + w) for d, w in zip(parts, wrong)])
            for p, d, w in zip(pdus, parts, wrong):
                r = s.finish(p)
                assert r.data == d, f'{len(r.data)} bytes instead of {len(d)}, or others'
                equal((r.status, r.residual), (2, 1) if w else (0, 0))
                check_data_in(s, r)


def test_short_reads_lost():
    """a connection that is lost under short READs, read and unread, leaves the drive as it was"""
    for read_some in (0, 1, 20):
        with session() as s:
            rewind(s)
            for _ in range(40):
                equal(write(s, bytes(512)).status, 0)
            rewind(s)
            pdus = send_together(s, [(cdb6(8, 512), 512)] * 40)
            for p in pdus[:read_some]:
                equal(s.finish(p).status, 0)
            s.close(reset=True)
        with session() as s:
            rewind(s)
            equal(len(read(s, 512).data), 512)


# --- residuals ---

def residual(name, lun, cdb, wanted, status=0, read=0, write=b'', **more):
    def test():
        with session() as s:
            rewind(s)
            equal(write_block(s, 10000).status, 0)
            equal(write_block(s, 10000).status, 0)
            rewind(s)
            r = s.command(lun(), cdb, write, read, **more)
            equal((r.status, r.residual), (status, wanted), str(r))
            equal(s.command(tape(), TUR).status, 0)
    return f'residual: {name}', test


def write_block(s, n):
    return write(s, bytes(i & 0xff for i in range(n)))


RESIDUALS = [
    ('residual: INQUIRY counts what did not come', lambda: inquiry_residuals()),
    residual('TEST UNIT READY offers to read', tape, TUR, 512, read=512),
    residual('TEST UNIT READY offers to write', tape, TUR, 512, write=bytes(512)),
    residual('READ of less than the record, with SILI', tape, cdb6(8, 5000, 2), 0, read=5000),
    residual('READ where less is taken than asked for', tape, cdb6(8, 10000), -6000, read=4000),
    residual('READ where more is taken than asked for', tape, cdb6(8, 10000), 6000, read=16000),
    residual('READ where nothing is taken', tape, cdb6(8, 10000), -10000, read=0),
    residual('WRITE where more is offered', tape, cdb6(0x0a, 4096), 4096, write=bytes(8192)),
    residual('WRITE of nothing where data is offered', tape, cdb6(0x0a, 0), 1024, write=bytes(1024)),
]


def inquiry_residuals():
    with session() as s:
        whole = s.command(tape(), INQUIRY, read=255)
        n = len(whole.data)
        equal((whole.status, whole.residual), (0, 255 - n))
        for alloc, edtl in ((5, 5), (5, 255), (36, 36), (36, 5), (0, 0), (255, 0), (0, 64), (96, 96)):
            r = s.command(tape(), bytes([0x12, 0, 0, 0, alloc, 0]), read=edtl)
            would = min(alloc, n)
            equal((r.status, r.data, r.residual), (0, whole.data[:min(would, edtl)], edtl - would), f'{alloc}/{edtl}')


def test_write_offered_too_little():
    """a WRITE that offers less than its CDB wants: overflow, and no record of it"""
    with session() as s:
        rewind(s)
        r = s.command(tape(), cdb6(0x0a, 8192), bytes(4096))
        equal((r.status, r.residual), (2, -4096), str(r))
        equal(s.command(tape(), TUR).status, 0)


WRONG_WAY = (5, 0x0e, 3)  # INVALID FIELD IN COMMAND INFORMATION UNIT
INS = [  # what answers with data, the LUN, and the CDB
    ('INQUIRY', 1, '12000000ff00'), ('VPD', 0, '12018300ff00'), ('INQUIRY of an absent LUN', 77, '12000000ff00'),
    ('REQUEST SENSE', 1, '030000001200'), ('MODE SENSE', 1, '1a003f00ff00'), ('LOG SENSE', 1, '4d00400000000000ff00'),
    ('REPORT LUNS', 0, 'a00000000000000000ff0000'), ('READ POSITION', 1, '34000000000000000000'),
    ('READ BLOCK LIMITS', 1, '050000000000'), ('READ', 1, '080000020000'), ('READ ELEMENT STATUS', 0, 'b81000000fff000000ff0000'),
    ('REQUEST VOLUME ELEMENT ADDRESS', 0, 'b51000000fff000000ff0000'),
]
OUTS = [('WRITE', 1, '0a0000020000'), ('MODE SELECT', 1, '151000000c00'), ('SEND VOLUME TAG', 0, 'b6000000000500000028' + '0000'),
        ('PERSISTENT RESERVE OUT', 1, '5f060000000000001800')]


def test_wrong_direction():
    """data-in with the write bit alone, data-out with the read bit alone: refused, nothing moves, the rest goes on"""
    with session() as s:
        rewind(s)
        write_block(s, 512)
        rewind(s)
        for name, lun, cdb in INS:
            for size, how in ((64, {}), (64, {'immediate_data': b''}), (65536, {})):
                r = s.command(lun, bytes.fromhex(cdb), bytes(size), **how)
                equal((r.status, r.key, r.data), (2, WRONG_WAY, b''), f'{name}: {r}')
        for name, lun, cdb in OUTS:
            r = s.command(lun, bytes.fromhex(cdb), read=64)
            equal((r.status, r.key, r.residual), (2, WRONG_WAY, 64), f'{name}: {r}')
        equal(s.command(tape(), cdb6(8, 512), read=512).data, bytes(i & 0xff for i in range(512)), 'the record is still there')
        equal(s.command(tape(), cdb6(8, 512), read=512).key, (8, 0, 5), 'and no other')
        # What moves nothing may offer what it likes.
        for lun, cdb, how in ((tape(), '120000000000', {'write': bytes(64)}), (tape(), '0a0000000000', {'read': 64}),
                              (tape(), '150000000000', {'read': 64})):
            equal(s.command(lun, bytes.fromhex(cdb), **how).status, 0, cdb)
        rewind(s)
        equal(s.command(tape(), cdb6(8, 512)).residual, -512, 'neither bit: no buffer, an overflow')
        equal(s.command(tape(), TUR).status, 0)


def test_sense_with_data():
    """a short record: its data, and CHECK CONDITION with ILI and the residual"""
    with session() as s:
        rewind(s)
        write_block(s, 10000)
        rewind(s)
        r = read(s, 65536)
        equal((r.status, len(r.data), r.residual), (2, 10000, 55536))
        equal(r.sense[2] & 0x2f, 0x20, 'ILI')
        equal(int.from_bytes(r.sense[3:7], 'big'), 55536, 'INFORMATION')
        equal([p.flags & 1 for p in r.data_ins], [0] * len(r.data_ins), 'S bit')


def test_blank():
    """end of data: CHECK CONDITION without data, the whole residual"""
    with session() as s:
        rewind(s)
        write_block(s, 100)
        r = read(s, 4096)
        equal((r.status, r.data, r.residual, r.key), (2, b'', 4096, (8, 0, 5)))


def test_every_opcode_with_nothing():
    """every operation code with expected length 0, with R, with W, on every kind of device"""
    with session() as s:
        for lun in (server.changer, tape(), 77):
            for code in range(256):
                if code in (0x19, 0x1b, 0xa5, 0xa6, 0x04):  # erase, unload, moves, format: would change things
                    continue
                for way in ({}, {'read': 64}, {'write': bytes(64)}):
                    r = s.command(lun, bytes([code]) + bytes(15), **way)
                    assert r.status is not None, f'{code:02x}'
        rewind(s)
        for lun in (server.changer, *server.tapes):
            s.command(lun, bytes.fromhex('170000000000'))
        s.clear(server.changer, *server.tapes)


# --- what is wrong with data ---

def start(s, size, immediate=b'', final=True, **more):
    pdu = s.command_pdu(tape(), cdb6(0x0a, size), write=size, data=immediate, final=final, **more)
    s.send(pdu)
    return pdu


def data_out(s, pdu, data, offset=0, sn=0, ttt=NO_TAG, final=True, itt=None, **how):
    s.send(Pdu(DATA_OUT, FINAL if final else 0, data, lun=pdu.lun, itt=pdu.itt if itt is None else itt, ttt=ttt,
               exp_stat_sn=s.exp_stat_sn, data_sn=sn, offset=offset), **how)


def test_unexpected_unsolicited():
    """data without R2T where InitialR2T=Yes: B/0C/0C"""
    with session({'InitialR2T': 'Yes'}) as s:
        rewind(s)
        pdu = start(s, 8192, bytes(512), final=False)
        data_out(s, pdu, bytes(7680), 512)
        r = s.finish(pdu)
        equal((r.status, r.key), (2, (0xb, 0x0c, 0x0c)))


def test_unexpected_immediate():
    """immediate data where ImmediateData=No: B/0C/0C"""
    with session({'ImmediateData': 'No'}) as s:
        rewind(s)
        pdu = start(s, 8192, bytes(512))
        r = s.finish(pdu, bytes(8192))
        equal((r.status, r.key), (2, (0xb, 0x0c, 0x0c)))


def test_not_enough_unsolicited():
    """an unsolicited burst that ends early, or never reaches FirstBurstLength: B/0C/0D"""
    with session({'FirstBurstLength': '4096'}) as s:
        rewind(s)
        pdu = start(s, 8192, bytes(512), final=False)
        data_out(s, pdu, bytes(512), 512)
        r = s.finish(pdu, bytes(8192))
        equal((r.status, r.key), (2, (0xb, 0x0c, 0x0d)))
        equal(s.command(tape(), TUR).status, 0)


def test_too_much_unsolicited():
    """more than FirstBurstLength, or than the command: B/0C/0D and nothing written beyond"""
    for size, first in ((8192, '4096'), (2048, '65536')):
        with session({'FirstBurstLength': first}) as s:
            rewind(s)
            pdu = start(s, size, bytes(512), final=False)
            data_out(s, pdu, bytes(4096), 512, 0, final=False)
            data_out(s, pdu, bytes(4096), 4608, 1)
            r = s.finish(pdu, bytes(size))
            equal((r.status, r.key), (2, (0xb, 0x0c, 0x0d)))
    with session({'FirstBurstLength': '4096'}) as s:
        r = s.finish(start(s, 16384, bytes(8192)), bytes(16384))
        equal((r.status, r.key), (2, (0xb, 0x0c, 0x0d)))
        equal(s.command(tape(), TUR).status, 0)


def test_early_r2t():
    """the R2T for a few bytes beyond the first burst comes while that burst is still on its way"""
    data = random.Random(SEED).randbytes(65536 + 4)
    with session() as s:
        rewind(s)
        pdu = s.command_pdu(tape(), cdb6(0x0a, len(data)), len(data), 0, data[:65536])
        packed = s.pack(pdu)
        s.send_raw(packed[:32768])
        r2t = s.expect(R2T, itt=pdu.itt)
        equal((r2t.offset, r2t.length), (65536, 4))
        s.send_raw(packed[32768:])
        s.answer_r2t(r2t, data)
        equal(s.finish(pdu, data).status, 0)
        rewind(s)
        equal(read(s, len(data)).data, data)


def test_short_answer_to_r2t():
    """F before an R2T is satisfied: B/0C/0D"""
    with session({'ImmediateData': 'No', 'InitialR2T': 'Yes'}) as s:
        rewind(s)
        pdu = start(s, 8192)
        r2t = s.expect(R2T)
        data_out(s, pdu, bytes(4096), 0, ttt=r2t.ttt)
        r = s.finish(pdu)
        equal((r.status, r.key), (2, (0xb, 0x0c, 0x0d)))
        equal(s.command(tape(), TUR).status, 0)


WRONG = [
    ('offset', {'offset': 512}), ('offset', {'offset': 0xfffffe00}), ('DataSN', {'sn': 1}), ('tag', {'ttt': 0x4711}),
    ('length', {'data': bytes(16384)}),
]


def test_wrong_data_out():
    """Data-Out with a wrong offset, DataSN, tag or length: rejected and the connection ends"""
    for what, change in WRONG:
        with session({'ImmediateData': 'No', 'InitialR2T': 'Yes'}) as s:
            rewind(s)
            pdu = start(s, 8192)
            how = {'data': bytes(8192), 'ttt': s.expect(R2T).ttt, **change}
            data_out(s, pdu, **how)
            equal(s.expect(REJECT).reason, 4, what)
            assert s.closed(), what
            equal([p for p in s.inbox if p.code == SCSI_RESPONSE], [], what)


def test_unknown_tag():
    """Data-Out for a task nobody knows is thrown away"""
    with session() as s:
        pdu = s.command_pdu(tape(), TUR)
        s.send(pdu)
        equal(s.finish(pdu).status, 0)
        for _ in range(50):
            data_out(s, pdu, bytes(8192), itt=0x4242)
        equal(s.command(tape(), TUR).status, 0)


def test_response_waits_for_data():
    """a command that fails at once answers only when its unsolicited data has come"""
    with session() as s:
        pdu = s.command_pdu(99, cdb6(0x0a, 8192), write=8192, final=False)
        s.send(pdu)
        assert s.quiet(0.3), s.inbox
        data_out(s, pdu, bytes(8192))
        r = s.finish(pdu)
        equal((r.status, r.key), (2, (5, 0x25, 0)))


def test_segment_too_long():
    """a data segment longer than we take ends the connection"""
    with session() as s:
        s.send(s.command_pdu(tape(), TUR), segment=262145)
        assert s.closed()
    with session() as s:
        s.send(s.command_pdu(tape(), TUR), segment=0xffffff)
        assert s.closed()


TESTS = list(ways()) + RESIDUALS + tap.tests_of(globals())


if __name__ == '__main__':
    print(f'# SEED={SEED}')
    main(TESTS)
