# SPDX-License-Identifier: Apache-2.0
# A verb about a cartridge, for several: labels and ranges, a line for each, and what failed beside what was done.
from harness import *

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '12', '--mailslots', '2')


def cartridges():
    return {c['barcode']: c for c in d.json('cartridge', 'list')['cartridges']}


def lines(answer):
    return answer.out.splitlines()


made = d.json('cartridge', 'create', 'E00001L8-E00006L8', 'X00001L8')
check('a range of cartridges is created', [c['barcode'] for c in made['cartridges']] ==
      [f'E0000{n}L8' for n in range(1, 7)] + ['X00001L8'], made)

# --- a line for each ---
done = d.run('cartridge', 'protect', 'E00001L8-E00003L8', 'X00001L8')
protected = sorted(b for b, c in cartridges().items() if c['write_protected'])
check('several are protected, with a line for each', done.code == 0 and len(lines(done)) == 4 and done.err == ''
      and all(b in line for b, line in zip(protected, lines(done)))
      and protected == ['E00001L8', 'E00002L8', 'E00003L8', 'X00001L8'], done)
mixed = d.run('cartridge', 'unprotect', 'E00001L8', 'NOPE01L8', 'X00001L8')
check('a missing cartridge does not stop the others', mixed.code == 1 and len(lines(mixed)) == 2
      and mixed.err.count('\n') == 1 and 'NOPE01L8' in mixed.err
      and sorted(b for b, c in cartridges().items() if c['write_protected']) == ['E00002L8', 'E00003L8'], mixed)
document = d.run('--json', 'cartridge', 'unprotect', 'E00002L8', 'NOPE01L8', 'E00003L8')
results = document.json['results']
check('with --json there is a result or an error for each', document.code == 1 and document.json['failed'] == 1
      and document.json['not_tried'] == 0 and [r['name'] for r in results] == ['E00002L8', 'NOPE01L8', 'E00003L8']
      and results[0]['result']['write_protected'] is False and results[1]['error']['code'] == 'not-found'
      and 'error' not in results[2], document)
one = d.json('cartridge', 'protect', 'E00001L8')
check('with --json and one barcode the document is the answer itself', one == {'barcode': 'E00001L8', 'write_protected': True}, one)
d.must('cartridge', 'unprotect', 'E00001L8')

# --- moves ---
moved = d.run('cartridge', 'move', 'E00001L8', 'E00002L8', 'mailslot')
check('several move to free elements of a kind', moved.code == 0
      and lines(moved) == ['cartridge E00001L8: slot:1 to mailslot:1', 'cartridge E00002L8: slot:2 to mailslot:2'], moved)
full = d.run('cartridge', 'move', 'E00003L8', 'E00004L8', 'mailslot')
check('moves fail when no element of the kind is free', full.code == 1 and full.err.count('no free mailslot') == 2
      and all(f'E0000{n}L8' in full.err for n in (3, 4)) and full.out == '', full)
back = d.run('cartridge', 'move', 'E00001L8-E00002L8', 'slot')
check('several move back to free slots', back.code == 0 and [c['element'] for b, c in sorted(cartridges().items())][:2] ==
      ['slot:1', 'slot:2'], back)
both = d.run('cartridge', 'move', 'E00001L8', 'E00002L8', 'drive')
check('several move into drives', both.code == 0 and cartridges()['E00002L8']['element'] == 'drive:2', both)
same = d.run('cartridge', 'move', 'E00003L8', 'E00004L8', 'slot:12')
check('two to one element: the second is refused', same.code == 1 and len(lines(same)) == 1
      and 'slot:12 already holds cartridge E00003L8' in same.err, same)

# --- verify ---
busy = d.run('cartridge', 'verify', 'E00001L8-E00006L8')
check('verify: a line for each, and those in drives are refused', busy.code == 1 and len(lines(busy)) == 4
      and 'E00003L8: ' in lines(busy)[0] and busy.err.count('unload it first') == 2, busy)
d.must('drive', 'unload', '1')
d.must('drive', 'unload', '2', 'slot')

# --- into a folder ---
folder = os.path.join(d.state, 'out')
os.mkdir(folder)
out = d.run('cartridge', 'export', 'E00001L8-E00003L8', folder)
check('exported into a folder', out.code == 0 and sorted(os.listdir(folder)) == [f'E0000{n}L8.evt' for n in (1, 2, 3)]
      and lines(out)[1] == f'cartridge E00002L8 exported (native): {folder}/E00002L8.evt', out)
again = d.run('--json', 'cartridge', 'export', 'E00003L8', 'E00004L8', folder)
check('an export of several overwrites no file', again.code == 1 and again.json['failed'] == 1
      and again.json['results'][0]['error']['code'] == 'needs-force'
      and again.json['results'][1]['result']['file'] == f'{folder}/E00004L8.evt', again)
tap = d.must('cartridge', 'export', 'E00001L8', folder + '/', '--format', 'tap')
check('one cartridge is exported into a folder', os.path.exists(f'{folder}/E00001L8.tap') and 'exported (tap)' in tap.out, tap)
checked = d.run('cartridge', 'verify', f'{folder}/E00001L8.evt', 'E00002L8', f'{folder}/none.evt', f'{folder}/E00001L8.tap')
check('files and cartridges are verified together', checked.code == 1 and len(lines(checked)) == 3
      and 'none.evt' in checked.err and checked.err.count('\n') == 1, checked)
for name, target in (('a file', f'{folder}/one.evt'), ('stdout', '-')):
    wrong = d.run('cartridge', 'export', 'E00001L8', 'E00002L8', target)
    check(f'several into {name}: refused', wrong.code == 2 and 'folder' in wrong.err
          and not os.path.exists(f'{folder}/one.evt'), wrong)

# --- away and back ---
gone = d.run('cartridge', 'delete', 'E00001L8-E00003L8', 'X00001L8')
check('a range is deleted', gone.code == 0 and '4 cartridges deleted' in gone.out and len(cartridges()) == 3, gone)
hole = d.run('cartridge', 'delete', 'E00003L8-E00004L8')
check('a range with a hole: none is deleted', hole.code == 1 and 'E00003L8' in hole.err
      and 'E00004L8' in cartridges(), hole)
here = d.run('cartridge', 'restore', 'E00001L8-E00004L8')
check('a range is restored, except for a missing cartridge', here.code == 1 and len(lines(here)) == 3
      and 'no deleted cartridge E00004L8' in here.err and 'E00003L8' in cartridges(), here)
purged = d.run('cartridge', 'purge', 'X00001L8-X00001L8')
check('a range is purged', purged.code == 0 and 'X00001L8' in purged.out, purged)
for words, says in ((['E00003L8-E00001L8'], 'higher number'), (['E00001L8-E99999L8'], 'more than')):
    bad = d.run('cartridge', 'protect', *words)
    check(f'{words[0]} is bad usage', bad.code == 2 and says in bad.err and bad.err.count('\n') == 1, bad)

# --- what ends all of it ---
code, _ = d.stop()
check('a signal stops the remaining ones', code == 0)
nobody = d.run('--json', 'cartridge', 'protect', 'E00001L8-E00004L8')
check('without a daemon the remaining ones are not tried', nobody.code == 1 and nobody.json['not_tried'] == 3
      and nobody.json['results'][0]['error']['code'] == 'unreachable' and '3 more not tried' in nobody.err, nobody)
shutil.rmtree(d.state, ignore_errors=True)
finish()
