# SPDX-License-Identifier: Apache-2.0
# Deleted cartridges: refused without --force where data are lost, kept, listed, restored, purged, numbered once.
import os
import shutil

from harness import Daemon, check, finish

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '4', '--mailslots', '0')
portal = d.json('status')['portals'][0]


def deleted():
    return d.json('cartridge', 'list', '--deleted')


def barcodes():
    return sorted(c['barcode'] for c in d.json('cartridge', 'list')['cartridges'])


def entries():
    return [value for value in deleted().values() if isinstance(value, list)][0]


# --- the guard ---
d.must('cartridge', 'create', 'E00001L8', 'E00002L8', 'W00001LY')
d.must('drive', 'load', '1', 'E00001L8')
d.must('stream', portal, '--size', '1M', '--phases', 'write', '--seed', '1')
d.must('drive', 'unload', '1', '--force')
d.must('cartridge', 'protect', 'E00002L8')
for barcode, says in (('E00001L8', 'data'), ('E00002L8', 'write-protected'), ('W00001LY', 'WORM')):
    said = d.run('--json', 'cartridge', 'delete', barcode)
    check(f'delete of a cartridge asks for --force: {says}', said.code == 1 and says.lower() in said.err.lower()
          and '--force' in said.err and said.json['error']['code'] == 'needs-force' and barcode in barcodes(), said)
for barcode in ('E00001L8', 'E00002L8', 'W00001LY'):
    d.must('cartridge', 'delete', barcode, '--force')
check('with --force they are gone', barcodes() == [])
check('and in the wastebasket', sorted(c['barcode'] for c in entries()) == ['E00001L8', 'E00002L8', 'W00001LY'], deleted())
text = d.must('cartridge', 'list', '--deleted')
check('cartridge list --deleted as text', all(b in text.out for b in ('E00001L8', 'E00002L8', 'W00001LY')), text)

# --- back again, also over a restart and without a catalog ---
d.must('cartridge', 'restore', 'E00001L8')
whole = d.json('cartridge', 'verify', 'E00001L8')
check('a restored cartridge has its data', whole['good'] and whole['bytes'] == 1 << 20, whole)
d.must('cartridge', 'delete', 'E00001L8', '--force')
d.kill()
shutil.rmtree(os.path.join(d.state, 'catalog'))
d.start()
check('the wastebasket survives a kill and a lost catalog', sorted(c['barcode'] for c in entries())
      == ['E00001L8', 'E00002L8', 'W00001LY'], deleted())
d.must('initiator', 'default', 'allow')

# --- barcodes used again ---
d.must('cartridge', 'create', 'E00001L8')
said = d.run('cartridge', 'restore', 'E00001L8')
check('restore refuses a barcode that is used again, and says so', said.code == 1 and 'E00001L8' in said.err
      and len(entries()) == 3, said)
d.must('cartridge', 'delete', 'E00001L8')
said = d.run('cartridge', 'restore', 'E00001L8')
check('of two with one barcode, restore asks which', said.code == 1 and '--id' in said.err, said)
data = [c for c in entries() if c['barcode'] == 'E00001L8']
check('the list tells them apart', len(data) == 2 and len({c['uuid'] for c in data}) == 2, data)
d.must('cartridge', 'create', 'F00001L8', 'F00002L8', 'F00003L8', 'F00004L8')
said = d.run('cartridge', 'restore', 'W00001LY')
check('a full library takes none back', said.code == 1 and 'free slot' in said.err and len(entries()) == 4, said)

# --- for good ---
said = d.run('cartridge', 'purge')
check('purge wants to know what', said.code != 0 and len(entries()) == 4, said)
d.must('cartridge', 'purge', 'W00001LY')
check('purge of one', sorted(c['barcode'] for c in entries()) == ['E00001L8', 'E00001L8', 'E00002L8'], deleted())
d.must('cartridge', 'purge', '--all')
check('purge of all', entries() == [])
said = d.run('cartridge', 'restore', 'W00001LY')
check('what is purged does not come back', said.code == 1 and 'W00001LY' in said.err, said)

# --- numbers ---
for number in range(1, 5):
    d.must('cartridge', 'delete', f'F0000{number}L8')
d.must('cartridge', 'purge', '--all')
made = d.json('cartridge', 'create', '--count', '2', '--prefix', 'F')['cartridges']
check('numbers of deleted cartridges are not used again', [c['barcode'] for c in made] == ['F00005L8', 'F00006L8'], made)
code, _ = d.stop()
with open(os.path.join(d.state, 'evertaped.conf'), 'w') as f:
    f.write('keep-deleted-days = 0\n')
d.start()
said = d.must('cartridge', 'delete', 'F00005L8')
check('kept 0 days means destroyed at once', entries() == [] and 'for good' in said.out, said)
d.end()
finish()
