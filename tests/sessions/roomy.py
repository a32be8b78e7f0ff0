# SPDX-License-Identifier: Apache-2.0
"""A full disk with deleted cartridges: hosts and imports get their room, the oldest first, and hear of no end before."""
import tempfile

from small_disk import *

MIB = 1 << 20
OLD, EACH = ('PDU003L8', 'PDU004L8', 'PDU005L8'), 20  # MiB in each
server = Image()


def deleted():
    return [c['barcode'] for c in json.loads(server.evertape('--json', 'cartridge', 'list', '--deleted'))['cartridges']]


def write(s, lun, first, end):
    for n in range(first, end):
        r = s.command(lun, write6(RECORD), record(n))
        equal((r.status, r.key), (0, None), n)


def leave(room):
    """Another program takes what is available but so much."""
    server.use_up()
    path = os.path.join(server.state, 'filler')
    os.truncate(path, os.stat(path).st_size - room)
    os.sync()


def throw_away():
    """Three cartridges full of data into the wastebasket, one after the other."""
    for barcode in OLD:
        server.evertape('cartridge', 'create', barcode)
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('drive', 'load', '2', barcode)
        with server.login() as s:
            write(s, 2, 0, EACH * MIB // RECORD)
            mark(s, 2)
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('cartridge', 'delete', barcode, '--force')
        server.evertape('drive', 'load', '2', 'PDU002L8')
    equal(deleted(), list(OLD))


def test_write():
    """a host writes more than there is: the oldest deleted one goes, then the next, and it is not told of any end"""
    throw_away()
    leave(10 * MIB)
    with server.login() as s:
        s.command(1, REWIND)
        write(s, 1, 0, 24 * MIB // RECORD)
        mark(s, 1)
    # What is reserved ahead counts, and the margin that the daemon keeps: the others may have gone, too.
    left = deleted()
    assert left == list(OLD[len(OLD) - len(left):]) and len(left) < len(OLD), left
    with server.login() as s:
        write(s, 1, 96, 150)
        mark(s, 1)
        s.command(1, REWIND)
        read_back(s, 1, 0, 96)


def test_end():
    """when nothing deleted is left the tape ends as ever, behind early warning"""
    with server.login() as s:
        equal(s.command(1, EOD).status, 0)
        fill(s, 1, 150)
        mark(s, 1)
    equal(deleted(), [])


def test_import():
    """an import of more than there is takes their room; of more than all of it, it is refused and takes nothing"""
    os.unlink(os.path.join(server.state, 'filler'))
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('cartridge', 'delete', 'PDU001L8', '--force')
    server.evertape('cartridge', 'purge', '--all')
    throw_away()
    outside = tempfile.mkdtemp(prefix='evertape-roomy-')
    file, huge = os.path.join(outside, 'whole'), os.path.join(outside, 'huge')
    server.evertape('cartridge', 'restore', OLD[2])
    server.evertape('cartridge', 'export', OLD[2], file)
    server.evertape('cartridge', 'delete', OLD[2], '--force')
    with open(huge, 'wb') as f:
        f.truncate(200 * MIB)
    leave(10 * MIB)
    had = deleted()
    assert 'bytes available' in server.refused('cartridge', 'import', huge, '--barcode', 'PDU008L8')
    equal(deleted(), had)
    server.evertape('cartridge', 'import', file, '--barcode', 'PDU007L8')
    assert len(deleted()) < len(had) and deleted() == had[len(had) - len(deleted()):], (had, deleted())
    report = json.loads(server.evertape('--json', 'cartridge', 'verify', 'PDU007L8'))
    equal(report['records'], EACH * MIB // RECORD)
    shutil.rmtree(outside)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
