# SPDX-License-Identifier: Apache-2.0
"""A device that speaks as another machine: only while nobody looks, and who it is stays."""
from robot import *

server = Server()
SERIAL, PAGE83 = '12018000ff00', '12018300ff00'


def inquiry(host, lun):
    data = host.good(lun, '120000006000', read=96)
    return data[8:16].decode().rstrip(), data[16:32].decode().rstrip()


def names(host, lun):
    """Serial and NAA."""
    page = host.good(lun, PAGE83, read=255)
    at = 4
    while page[at + 1] & 15 != 3:
        at += 4 + page[at + 3]
    return host.good(lun, SERIAL, read=255)[4:], page[at + 4:at + 12]


def gone():
    """Until the last session has ended."""
    becomes(lambda: show(server, 'session', 'list')['sessions'], [])


def test_refused():
    """refused in one line while somebody is logged in, while a cartridge is inside, and for what does not exist"""
    with Host(server) as a:
        for thing, words in (('drive:1', ('drive', 'personality', '1', 'HP Ultrium 6-SCSI')),
                             ('the changer of library test', ('library', 'personality', 'IBM 03584L32'))):
            equal(refused(server, *words),
                  f'evertape: 1 session sees {thing}: end the session first (evertape session drop), or use --force')
        equal(inquiry(a, 0) + inquiry(a, 1), ('STK', 'L700', 'IBM', 'ULT3580-TD8'))
        equal([a.attentions(lun) for lun in (0, 1, 2)], [[], [], []])
        a.logout()
    gone()
    assert 'holds cartridge PDU001L8' in refused(server, 'drive', 'personality', '1', 'HP Ultrium 6-SCSI')
    assert 'personalities' in refused(server, 'drive', 'personality', '1', 'STK L700')
    assert 'personalities' in refused(server, 'library', 'personality', 'Sony')


def change(drive, changer, **how):
    """Names before and after, with the two changes between two sessions."""
    with Host(server, **how) as a:
        before = {lun: names(a, lun) for lun in (0, 1, 2)}
        places = {e.serial: e.address for e in a.elements(DT, dvcid=True).values()}
        a.logout()
    gone()
    server.evertape('drive', 'personality', '1', drive)
    server.evertape('library', 'personality', changer)
    with Host(server, **how) as a:
        equal({lun: names(a, lun) for lun in (0, 1, 2)}, before, 'serials and NAAs')
        equal({e.serial: e.address for e in a.elements(DT, dvcid=True).values()}, places, 'element addresses')
        found = inquiry(a, 0) + inquiry(a, 1) + inquiry(a, 2)
        ids = {e.address: e.id[4:28].decode() for e in a.elements(DT, dvcid=True).values()}
        equal(ids[min(ids)].split(), list(inquiry(a, 1))[0].split() + inquiry(a, 1)[1].split(), 'DVCID')
        a.logout()
    gone()
    return found


def test_change():
    """changer and drive are another's, serials, NAAs, LUNs and addresses stay; the other drive keeps its tape"""
    server.evertape('drive', 'unload', '1')
    equal(change('HP Ultrium 6-SCSI', 'IBM 03584L32'), ('IBM', '03584L32', 'HP', 'Ultrium 6-SCSI', 'IBM', 'ULT3580-TD8'))
    with Host(server) as a:
        a.good(2, TUR)
        # The drive is one of its new generation now: an LTO-8 cartridge is too new for it.
        source = a.where('PDU001L8')[0].address
        a.fails(0, a.move_cdb(source, 500), (3, 0x30, 0))
        a.logout()
    gone()


def test_restart():
    """so it is after a restart"""
    assert server.stop()
    server.start()
    with Host(server) as a:
        equal(inquiry(a, 0) + inquiry(a, 1), ('IBM', '03584L32', 'HP', 'Ultrium 6-SCSI'))
        a.logout()
    gone()
    server.evertape('identity', 'verify')


def test_apart():
    """with a target each, only who is logged in to that very target counts, and others' sessions go on"""
    server.evertape('library', 'layout', 'target-per-device')
    drives = {d['number']: d for d in show(server, 'drive', 'list')['drives']}
    target = show(server, 'drive', 'show', '2')['target']
    with Host(server, luns=(0,), target=target) as other:
        server.evertape('drive', 'personality', '1', 'HPE Ultrium 8-SCSI')
        server.evertape('library', 'personality', 'SPECTRA PYTHON')
        assert '1 session sees drive:2' in refused(server, 'drive', 'personality', '2', 'HPE Ultrium 8-SCSI')
        equal((other.attentions(0), inquiry(other, 0)), ([], ('IBM', 'ULT3580-TD8')))
        with Host(server, luns=(0,)) as a:
            equal(inquiry(a, 0), ('SPECTRA', 'PYTHON'))
            assert 'the changer of library test' in refused(server, 'library', 'personality', 'STK L700')
            a.logout()
        other.logout()
    now = {d['number']: d for d in show(server, 'drive', 'list')['drives']}
    equal({n: (d['serial'], d['naa'], d['address']) for n, d in now.items()},
          {n: (d['serial'], d['naa'], d['address']) for n, d in drives.items()})


def test_end():
    """the daemon ends well"""
    assert server.stop()


tap.run(tap.tests_of(globals()))
