# SPDX-License-Identifier: Apache-2.0
# Deleted cartridges: what asks for --force, what is kept, comes back, and is given up.
import os

from harness import *

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '12', '--mailslots', '1')


def deleted(*words):
    return d.json('cartridge', 'list', '--deleted', *words)['cartridges']


def barcodes():
    return sorted(c['barcode'] for c in d.json('cartridge', 'list')['cartridges'])


def guarded(name, *words, says=()):
    """Refused in one line that names --force; nothing has changed."""
    before, bin_before = barcodes(), [c['id'] for c in deleted()]
    answer = d.run(*words)
    document = d.run('--json', *words)
    check(name, answer.code == 1 and answer.err.count('\n') == 1 and '--force' in answer.err
          and all(text in answer.err for text in says) and document.code == 1
          and document.json['error']['code'] == 'needs-force'
          and (barcodes(), [c['id'] for c in deleted()]) == (before, bin_before), answer)
    return document.json['error']


# --- what asks for --force ---
d.must('cartridge', 'create', 'E00001L8', 'E00002L8', 'E00003L8', 'E00004L8')
d.must('cartridge', 'create', 'W00001LY')
portal = d.json('status')['portals'][0]
d.must('drive', 'load', '1', 'E00001L8')
wrote = subprocess.run([EVERTAPE, 'stream', portal, '--phases', 'write', '--count', '8', '--overwrite'],
                       capture_output=True, text=True, timeout=120)
check('a tape is written', wrote.returncode == 0, wrote.stderr)
d.must('drive', 'unload', '1')
d.must('cartridge', 'protect', 'E00002L8')
guarded('a cartridge with data', 'cartridge', 'delete', 'E00001L8', says=['E00001L8', 'holds data'])
guarded('a write-protected one', 'cartridge', 'delete', 'E00002L8', says=['E00002L8', 'write-protected'])
guarded('a WORM one', 'cartridge', 'delete', 'W00001LY', says=['W00001LY', 'WORM'])
error = guarded('several, one of them blank', 'cartridge', 'delete', 'E00003L8', 'E00002L8', 'E00001L8',
                says=['E00002L8', '1 more'])
check('the refusal lists all cartridges in its details', [c['barcode'] for c in error['details']['cartridges']]
      == ['E00003L8', 'E00002L8', 'E00001L8'], error)
blank = d.run('cartridge', 'delete', 'E00003L8')
check('a blank one needs no --force', blank.code == 0 and 'deleted: E00003L8' in blank.out and 'E00003L8' in blank.out
      and 'E00003L8' not in barcodes(), blank)
done = d.json('cartridge', 'delete', 'E00001L8', 'E00002L8', '--force', '--reason', 'too old')
check('several are deleted at once', done['count'] == 2 and done['barcodes'] == ['E00001L8', 'E00002L8'] and done['kept_days'] == 7,
      done)
check('deleted cartridges are not listed', barcodes() == ['E00004L8', 'W00001LY'], barcodes())
for what, words, says in (('one that is not there', ['E00004L8', 'NOPE01L8'], 'NOPE01L8'),
                          ('one named twice', ['E00004L8', 'E00004L8'], 'twice')):
    wrong = d.run('cartridge', 'delete', *words)
    check(f'{what}: none is deleted', wrong.code == 1 and says in wrong.err and 'E00004L8' in barcodes(), wrong)
none = d.run('cartridge', 'delete')
check('without a name delete is refused', none.code == 2, none)

# --- the list ---
listed = {c['barcode']: c for c in deleted()}
check('all are listed', sorted(listed) == ['E00001L8', 'E00002L8', 'E00003L8'], listed)
one = listed.get('E00001L8', {})
check('deleted cartridges are listed with their properties', one.get('library') == 'demo' and one.get('reason') == 'too old'
      and 'uid' in (one.get('by') or '') and one.get('generation') == 'lto8' and one['usage']['objects'] > 0
      and one['kept_until'] - one['deleted'] == 7 * 86400 and abs(one['deleted'] - time.time()) < 300, one)
check('a deleted cartridge keeps its write protection', listed['E00002L8']['write_protected'] and not one['write_protected'], listed)
check('deleted cartridges of one library', len(deleted('--library', 'demo')) == 3 and deleted('--library', 'other') == [])
text = d.must('cartridge', 'list', '--deleted').out
check('deleted cartridges as a table', text.startswith('BARCODE') and 'KEPT UNTIL' in text and 'too old' in text, text)
check('the others are listed as ever', 'E00004L8' in d.must('cartridge', 'list').out)

# --- and back ---
back = d.json('cartridge', 'restore', 'E00001L8')
check('restored into a free slot', back['element'] == 'slot:1' and back['uuid'] == one['uuid'], back)
whole = d.json('cartridge', 'verify', 'E00001L8')
check('a restored cartridge has its data', whole['good'] and whole['records'] == 8, whole)
said = d.must('cartridge', 'restore', 'E00002L8')
check('restore names cartridge and slot', 'E00002L8 restored to slot' in said.out and 'slot:2' in said.out, said)
check('a restored cartridge is still write-protected', d.json('cartridge', 'show', 'E00002L8')['write_protected'])
gone = d.run('cartridge', 'restore', 'E00001L8')
check('what is not deleted cannot come back', gone.code == 1 and 'no deleted cartridge E00001L8' in gone.err, gone)

d.must('cartridge', 'create', 'E00003L8')
used = d.run('cartridge', 'restore', 'E00003L8')
check('restore of a barcode that is used again is refused', used.code == 1 and 'already a cartridge E00003L8' in used.err, used)
d.must('cartridge', 'delete', 'E00003L8')
ids = [c['id'] for c in deleted() if c['barcode'] == 'E00003L8']
both = d.run('cartridge', 'restore', 'E00003L8')
check('restore of two with one barcode asks for the id', len(set(ids)) == 2 and both.code == 1 and '--id' in both.err
      and len(deleted()) == 2, both)
which = d.run('cartridge', 'purge', 'E00003L8')
check('purge of two with one barcode asks for the id', which.code == 1 and '--id' in which.err and len(deleted()) == 2, which)
start = next(n for n in range(1, 37) if not ids[1].startswith(ids[0][:n]))
back = d.json('cartridge', 'restore', 'E00003L8', '--id', ids[0][:start])
check('restore by the first characters of the id', back['element'] == 'slot:3' and [c['id'] for c in deleted()] == [ids[1]], back)

# --- for good ---
out = d.must('cartridge', 'purge', 'E00003L8')
check('purged', '1 deleted cartridge destroyed: E00003L8' in out.out and deleted() == [], out)
check('nothing of a destroyed cartridge is left on the disk', not os.path.exists(os.path.join(d.state, 'cartridges/.deleted')))
check('an empty wastebasket', 'empty' in d.must('cartridge', 'purge', '--all').out
      and 'no deleted' in d.must('cartridge', 'list', '--deleted').out)
for words, says in (([], 'name the cartridges'), (['--all', 'E00003L8'], 'barcodes or all')):
    wrong = d.run('cartridge', 'purge', *words)
    check(f'purge {words}', wrong.code == 1 and says in wrong.err, wrong)

# --- numbers ---
first = [c['barcode'] for c in d.json('cartridge', 'create', '--count', '3', '--prefix', 'CR')['cartridges']]
d.must('cartridge', 'delete', 'CR0003L8')
d.must('cartridge', 'purge', 'CR0003L8')
again = [c['barcode'] for c in d.json('cartridge', 'create', '--count', '2', '--prefix', 'CR')['cartridges']]
check('the numbers of deleted cartridges are not given again', (first, again) == (
    ['CR0001L8', 'CR0002L8', 'CR0003L8'], ['CR0004L8', 'CR0005L8']), (first, again))
d.must('cartridge', 'delete', *first[:2], *again)
check('a named one may have its number', d.must('cartridge', 'create', 'CR0003L8').code == 0)

# --- a start ---
before = {c['id']: c for c in deleted()}
d.stop()
d.start()
check('the wastebasket is as it was after a start', {c['id']: c for c in deleted()} == before and len(before) == 4,
      (before, deleted()))
more = [c['barcode'] for c in d.json('cartridge', 'create', '--count', '1', '--prefix', 'CR')['cartridges']]
check('used numbers are kept over a start', more == ['CR0006L8'], more)

d.kill()
shutil.rmtree(os.path.join(d.state, 'catalog'))
d.start()
check('and after a kill and the loss of the catalog', {c['id']: c for c in deleted()} == before, (before, deleted()))

# --- a library that is gone ---
for barcode in barcodes():
    d.must('cartridge', 'delete', barcode, '--force')
d.must('library', 'delete', 'demo')
d.must('library', 'create', 'next', '--drives', '1', '--slots', '3')
back = d.json('cartridge', 'restore', 'W00001LY')
check('back into the only library there is', back['library'] == 'next' and back['worm'], back)
d.must('library', 'create', 'third', '--drives', '1', '--slots', '3')
lost = d.run('cartridge', 'restore', 'E00001L8')
check('with several libraries restore asks for one', lost.code == 1 and 'name one of' in lost.err, lost)
check('restore accepts the named library', d.json('cartridge', 'restore', 'E00001L8', '--library', 'third')['library'] == 'third')

# --- nothing is kept ---
d.stop()
with open(os.path.join(d.state, 'evertaped.conf'), 'a') as f:
    f.write('keep-deleted-days = 0\n')
d.start()
check('kept cartridges are destroyed when keep-deleted-days is 0', wait_for(lambda: deleted() == []), deleted())
guarded('data asks for --force all the same', 'cartridge', 'delete', 'E00001L8', says=['holds data'])
out = d.must('cartridge', 'delete', 'E00001L8', '--force')
check('with keep-deleted-days 0 a deletion is permanent', 'destroyed: ' in out.out and deleted() == []
      and not os.path.exists(os.path.join(d.state, 'cartridges/.deleted')), out)
d.end()
finish()
