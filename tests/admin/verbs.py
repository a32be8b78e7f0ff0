# SPDX-License-Identifier: Apache-2.0
# Every verb does its work, in text and as JSON with stable names.
import json
import os

from harness import Daemon, check, finish

d = Daemon(admit=False)


def text(name, words, *parts, code=0, stdin=None):
    """The verb ends with code and its text holds every part."""
    answer = d.run(*words, stdin=stdin)
    said = answer.out if code == 0 else answer.err
    check(name, answer.code == code and all(p in said for p in parts), answer)
    return answer


def members(name, value, *wanted):
    missing = [w for w in wanted if w not in value]
    check(f'{name} has its members', not missing, f'missing {missing} in {value}')


# --- a library ---
text('no libraries yet', ['library', 'list'], 'no libraries')
text('library create', ['library', 'create', 'demo', '--drives', '2', '--slots', '20', '--mailslots', '2'],
     'library demo: 2 drives, 20 slots, 2 mail slots', 'target iqn.')
show = d.json('library', 'show')
members('library show', show, 'name', 'target', 'tpgt', 'layout', 'compression', 'portals', 'changer', 'drives', 'elements',
        'element_kinds', 'personality', 'slots', 'mailslots', 'cartridges')
members('its changer', show['changer'], 'vendor', 'product', 'revision', 'serial', 'naa', 'lun', 'personality')
for drive in show['drives']:
    members('its drive', drive, 'number', 'lun', 'element', 'address', 'vendor', 'product', 'revision', 'serial',
            'naa', 'activity', 'barcode', 'loaded', 'target')
check('default personalities', show['personality'] == 'STK L700'
      and {x['personality'] for x in show['drives']} == {'IBM ULT3580-TD8'}, show['drives'])
check('the changer is LUN 0, the drives follow', show['changer']['lun'] == 0
      and [x['lun'] for x in show['drives']] == [1, 2], show['drives'])
names = [show['changer']] + show['drives']
check('serials are ten capitals or digits, and differ',
      all(len(x['serial']) == 10 and x['serial'].isalnum() and x['serial'].upper() == x['serial'] for x in names)
      and len({x['serial'] for x in names}) == 3, names)
check('NAA names are of type 3, and differ',
      all(len(x['naa']) == 16 and x['naa'][0] == '3' for x in names) and len({x['naa'] for x in names}) == 3, names)
kinds = [e['kind'] for e in show['elements']]
check('elements of all kinds, with addresses that differ',
      (kinds.count('slot'), kinds.count('drive'), kinds.count('mailslot'), kinds.count('transport')) == (20, 2, 2, 1)
      and len({e['address'] for e in show['elements']}) == 25, show['elements'])
text('library show as text', ['library', 'show', 'demo'], show['target'], show['changer']['serial'],
     show['drives'][1]['naa'], '0x%04x' % show['drives'][1]['address'], 'IBM ULT3580-TD8')
text('library list', ['library', 'list'], 'demo', 'one-target')
members('library list', d.json('library', 'list')['libraries'][0], 'name', 'target', 'drives', 'slots', 'cartridges')
check('personalities', {'IBM ULT3580-TD8', 'STK L700'} <=
      {p['name'] for p in d.json('library', 'personalities')['personalities']})
text('library compression', ['library', 'compression', 'zstd'], 'library demo: compression zstd')
check('the library shows it', d.json('library', 'show')['compression'] == 'zstd', d.json('library', 'show'))
text('library compression back', ['library', 'compression', 'auto', '--library', 'demo'], 'compression auto')
text('library layout', ['library', 'layout', 'target-per-device'], 'demo: target-per-device')
other = d.json('library', 'show')
check('in the other layout every drive is LUN 0 of its own target',
      {x['lun'] for x in other['drives']} == {0} and len({x['target'] for x in other['drives']}) == 2, other)
check('and keeps its names', [x['serial'] for x in other['drives']] == [x['serial'] for x in show['drives']])
text('library layout back', ['library', 'layout', 'one-target', '--library', 'demo'], 'demo: one-target')
check('the former layout restores LUNs and targets', d.json('library', 'show') == show)

# --- cartridges ---
made = d.json('cartridge', 'create', '--count', '8', '--prefix', 'E')
check('eight numbered cartridges', [c['barcode'] for c in made['cartridges']]
      == ['E%05dL8' % i for i in range(1, 9)], made)
check('created cartridges are in the first slots', [c['element'] for c in made['cartridges']] == ['slot:%d' % i for i in range(1, 9)], made)
more = d.json('cartridge', 'create', '--count', '2', '--prefix', 'E')
check('further numbers continue', [c['barcode'] for c in more['cartridges']] == ['E00009L8', 'E00010L8'], more)
text('by barcode, with a capacity', ['cartridge', 'create', 'A00001L7', '--capacity', '100GB'], 'A00001L7', '100 GB')
text('WORM', ['cartridge', 'create', '--count', '1', '--prefix', 'W', '--worm', '--generation', 'lto8'], 'W00001LY',
     'yes')
text('cartridge list', ['cartridge', 'list'], 'E00001L8', 'slot:1', 'W00001LY')
check('cartridge list as JSON', len(d.json('cartridge', 'list')['cartridges']) == 12)
members('cartridge show', d.json('cartridge', 'show', 'A00001L7'), 'barcode', 'generation', 'capacity', 'element',
        'address', 'uuid', 'worm', 'write_protected', 'library', 'created', 'loads')
members('its usage', d.json('cartridge', 'show', 'A00001L7')['usage'], 'capacity', 'used', 'remaining', 'objects',
        'filemarks', 'file_bytes')
check('blank ones are empty', all((c['usage']['used'], c['usage']['remaining']) == (0, c['capacity'])
                                  for c in d.json('cartridge', 'list')['cartridges']))
text('cartridge list has room left', ['cartridge', 'list'], 'USED', 'REMAINING', '100 GB')
check('its capacity', d.json('cartridge', 'show', 'A00001L7')['capacity'] == 100 * 10 ** 9)
text('cartridge show as text', ['cartridge', 'show', 'A00001L7'], 'lto7', '100 GB', 'slot:11')
text('cartridge protect', ['cartridge', 'protect', 'A00001L7'], 'write-protected')
check('cartridge show says that it is write-protected', d.json('cartridge', 'show', 'A00001L7')['write_protected'] is True)
text('cartridge unprotect', ['cartridge', 'unprotect', 'A00001L7'], 'is writable')
text('cartridge move', ['cartridge', 'move', 'E00002L8', 'slot:20'], 'slot:2 to slot:20')
moved = d.json('cartridge', 'move', 'E00002L8', 'slot:2')
check('cartridge move as JSON', moved == {'barcode': 'E00002L8', 'from': 'slot:20', 'to': 'slot:2'}, moved)
text('type M', ['cartridge', 'create', 'M00001M8'], 'M00001M8', '9 TB')
text('type M, numbered', ['cartridge', 'create', '--count', '1', '--prefix', 'M', '--generation', 'm8'], 'M00002M8')
check('its generation', d.json('cartridge', 'show', 'M00001M8')['generation'] == 'm8')
text('a drive takes it', ['drive', 'load', '2', 'M00001M8'], 'slot')
text('and returns it', ['drive', 'unload', '2'], 'drive:2 to slot')
text('cartridges of type M are deleted', ['cartridge', 'delete', 'M00001M8', 'M00002M8'], 'deleted')
text('cartridge delete', ['cartridge', 'delete', 'A00001L7'], 'deleted: A00001L7')
check('a deleted cartridge is not shown', d.run('cartridge', 'show', 'A00001L7').code == 1
      and not os.path.exists(os.path.join(d.state, 'cartridges', 'A00001L7')))

# --- drives ---
text('drive load', ['drive', 'load', '1', 'E00001L8'], 'slot:1 to drive:1')
panel = d.json('drive', 'show', '1')
check('the drive holds it and is idle', panel['barcode'] == 'E00001L8' and panel['activity'] == 'idle', panel)
if panel['loaded']:
    members('a loaded drive', panel, 'position', 'last_activity_ms')
    check('drive and cartridge say the same of its use',
          panel['usage'] == d.json('cartridge', 'show', 'E00001L8')['usage'])
    check('a new cartridge is at its beginning and empty', panel['position']['beginning']
          and panel['position']['object'] == 0 and panel['usage']['objects'] == 0, panel)
text('drive show as text', ['drive', 'show', 'drive:1'], 'E00001L8', 'idle', panel['serial'])
text('drive list', ['drive', 'list'], 'E00001L8', 'idle')
check('drive list as JSON', [x['barcode'] for x in d.json('drive', 'list')['drives']] == ['E00001L8', None])
shown = d.json('cartridge', 'show', 'E00001L8')
check('the cartridge knows where it is and was', (shown['element'], shown['source']) == ('drive:1', 'slot:1'), shown)
text('drive unload, back home', ['drive', 'unload', '1'], 'drive:1 to slot:1')
empty = d.json('drive', 'show', '1')
check('an empty drive has neither position nor usage', (empty['position'], empty['usage']) == (None, None), empty)
d.must('drive', 'load', '2', 'E00003L8')
text('drive unload, elsewhere', ['drive', 'unload', '2', 'slot:19'], 'drive:2 to slot:19')
text('drive add', ['drive', 'add', 'HP Ultrium 5-SCSI'], 'drive:3', 'HP Ultrium 5-SCSI')
third = d.json('drive', 'show', '3')
text('drive remove', ['drive', 'remove', '3'], third['serial'])
fourth = d.json('drive', 'add')
check('a removed drive\'s number and names are not given again',
      fourth['number'] == 4 and fourth['lun'] == 4 and fourth['serial'] != third['serial'], fourth)
back = d.json('drive', 'add', '--number', '3')
check('a drive put back is who it was', all(back[k] == third[k] for k in ('serial', 'naa', 'lun', 'address')), back)

# --- mail slots ---
d.must('cartridge', 'move', 'E00004L8', 'mailslot:1')
d.must('cartridge', 'move', 'E00005L8', 'mailslot:2')
text('mailslot list', ['mailslot', 'list'], 'mailslot:1', 'E00004L8', 'no cartridges in the vault')
text('mailslot open, one', ['mailslot', 'open', 'E00005L8'], '1 cartridge moved to the vault', 'E00005L8')
text('mailslot open, all', ['mailslot', 'open'], '1 cartridge moved to the vault', 'E00004L8')
boxes = d.json('mailslot', 'list')
check('opened cartridges are in the vault', {c['barcode'] for c in boxes['vault']} == {'E00004L8', 'E00005L8'}
      and all(m['barcode'] is None for m in boxes['mailslots']), boxes)
check('a vaulted one is in no element', d.json('cartridge', 'show', 'E00004L8')['element'] == 'vault')
text('mailslot open, with nothing in it', ['mailslot', 'open'], 'no cartridges in the mail slots of library demo')
check('mailslot open as JSON', d.json('mailslot', 'open') == {'library': 'demo', 'count': 0, 'out': []})
text('mailslot close, with nothing', ['mailslot', 'close'], 'no cartridge was moved')
text('mailslot close', ['mailslot', 'close', 'E00004L8', 'E00005L8'], '2 cartridges moved to mail slots')
check('closed cartridges are in mail slots', [m['barcode'] for m in d.json('mailslot', 'list')['mailslots']] == ['E00004L8', 'E00005L8'])

# --- identity ---
identity = d.json('identity', 'show')
check('identity show has the serials', all(x['serial'] in json.dumps(identity) for x in names), identity)
text('identity show as text', ['identity', 'show'], 'demo', show['target'], *[x['serial'] for x in names],
     *[x['naa'] for x in names])
text('identity verify', ['identity', 'verify'], 'unique')
out = os.path.join(d.state, 'exported.json')
text('identity export', ['identity', 'export', out], 'bytes')
text('identity export over it, by force', ['identity', 'export', out, '--force'], 'bytes')
check('no temporary file is left', not [n for n in os.listdir(d.state) if n.startswith('exported.json.')])
to_pipe = d.must('identity', 'export', '-')
check('identity export to stdout gives the same', to_pipe.out == open(out).read())

# --- initiators and sessions ---
iqn = 'iqn.1991-05.com.microsoft:backup01'
text('nobody at first', ['initiator', 'default'], 'rule: deny')
text('no rules', ['initiator', 'list'], 'no initiator may log in')
text('initiator allow', ['initiator', 'allow', iqn], iqn, 'none')
secret = os.path.join(d.state, 'secret')
with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
    f.write('wordsofmine12\n')
text('with CHAP', ['initiator', 'allow', iqn, '--chap-user', 'bob', '--secret-file', secret], 'chap')
mutual = d.run('--json', 'initiator', 'allow', iqn, '--secret-file', '-', '--target-secret-file', secret,
               stdin=b'anotherone1234')
check('mutual CHAP, secret from stdin', mutual.code == 0 and mutual.json['authentication'] == 'mutual'
      and mutual.json['chap_user'] == 'bob', mutual)
rules = d.run('--json', 'initiator', 'list')
logged = d.logs(r'initiator\.allow .*secret=\S+ .*secret=')
check('secrets are not shown', logged and rules.code == 0 and 'wordsofmine12' not in rules.out + d.log()
      and 'anotherone1234' not in rules.out + d.log() and rules.json['initiators'][0]['name'] == iqn, rules)
long = d.run('initiator', 'allow', iqn, '--secret-file', '-', stdin=b'longerthansixteenbytes')
check('a secret Windows cannot take: a warning', long.code == 0 and 'warning' in long.err and 'Windows' in long.err, long)
text('initiator deny', ['initiator', 'deny', iqn], 'may not log in')
text('initiator list', ['initiator', 'list'], iqn, 'no')
text('initiator remove', ['initiator', 'remove', iqn], 'rule removed')
open_door = d.run('initiator', 'default', 'allow')
check('initiator default allow', open_door.code == 0 and 'allow' in open_door.out, open_door)
check('it is a rule like others', d.json('initiator', 'list')['initiators'][0]['name'] == '*')
text('initiator default deny', ['initiator', 'default', 'deny'], 'rule: deny')
text('the default rule is removed like others', ['initiator', 'remove', '*'], 'rule removed')
text('session list', ['session', 'list'], 'no sessions')
check('session list as JSON', d.json('session', 'list') == {'sessions': []})
text('session drop --all', ['session', 'drop', '--all'], '0 sessions')

# --- the rest ---
status = d.json('status')
members('status', status, 'version', 'pid', 'uptime_seconds', 'state', 'portals', 'libraries', 'cartridges', 'sessions',
        'drives', 'disk_bytes', 'disk_available_bytes', 'workers')
check('status counts', (status['libraries'], status['cartridges'], len(status['drives'])) == (1, 11, 4), status)
check('status tells the process', status['pid'] == d.process.pid)
text('status as text', ['status'], 'idle', 'disk available', status['portals'][0])
text('version', ['version'], 'evertape', 'evertaped')
check('version as JSON', d.json('version')['daemon'] is not None)
check('what the socket knows is told by it', {'library.create', 'cartridge.import', 'status'} <=
      {m['name'] for m in d.ask('methods')['result']['methods']})
for words in (['help'], ['--help'], ['help', 'library'], ['library', '--help'], ['help', 'library', 'create'],
              ['library', 'create', '--help'], ['drive', 'load', '-h']):
    text('evertape ' + ' '.join(words), words, 'usage: evertape')

# --- what was made outlives the daemon ---


def shown():
    """Without what a restart may change."""
    return {k: v for k, v in d.json('library', 'show').items() if k != 'portals'}


def differences(a, b):
    return '\n'.join(f'{k}: {a.get(k)} became {b.get(k)}' for k in a if a.get(k) != b.get(k))


before = shown()
code, seconds = d.stop()
check('SIGTERM ends it', code == 0 and seconds < 10, (code, seconds))
d.start()
after = shown()
check('the same library after a restart', before == after, differences(before, after))
d.kill()
d.start()
after = shown()
check('the same library after kill -9', before == after, differences(before, after))

# --- an identity moves house; a library goes ---
new = Daemon()
twice = new.run('identity', 'import', out)
check('an identity in use on this machine is refused', twice.code == 1 and 'already served' in twice.err, twice)
with open(os.path.join(new.state, 'moved.json'), 'w') as f:
    f.write(to_pipe.out)
d.end()
taken = new.run('identity', 'import', os.path.join(new.state, 'moved.json'))
check('identity import', taken.code == 0, taken)
same = new.json('library', 'show')
check('the same names on a new machine', (same['target'], same['changer']['serial'], same['changer']['naa'])
      == (show['target'], show['changer']['serial'], show['changer']['naa']), same)
check('imported drives are the same', [x['serial'] for x in same['drives']][:2] == [x['serial'] for x in show['drives']], same)
gone = new.run('library', 'delete', 'demo')
check('library delete', gone.code == 0 and new.json('library', 'list') == {'libraries': []}, gone)
new.end()
finish()
