# SPDX-License-Identifier: Apache-2.0
# Wrong options, names, barcodes, elements, files: one clear line, exit 1 or 2, nothing changed.
import json
import os
import socket
import subprocess

from harness import EVERTAPE, Daemon, check, finish

d = Daemon(admit=False)
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '6', '--mailslots', '1')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8', 'E00003L8')
d.must('drive', 'load', '1', 'E00001L8')

empty = os.path.join(d.state, 'empty')
open(empty, 'w').close()
text = os.path.join(d.state, 'text')
with open(text, 'w') as f:
    f.write('this is no cartridge\n' * 1000)
noise = os.path.join(d.state, 'noise.tap')
with open(noise, 'wb') as f:
    f.write(bytes(range(256)) * 64)
fifo = os.path.join(d.state, 'fifo')
os.mkfifo(fifo)
unix = os.path.join(d.state, 'sock')
listener = socket.socket(socket.AF_UNIX)
listener.bind(unix)
open_secret = os.path.join(d.state, 'open-secret')
with open(open_secret, 'w') as f:
    f.write('wordsofmine12\n')
os.chmod(open_secret, 0o640)
good_secret = os.path.join(d.state, 'good-secret')
with open(os.open(good_secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
    f.write('wordsofmine12\n')
empty_secret = os.path.join(d.state, 'empty-secret')
os.close(os.open(empty_secret, os.O_WRONLY | os.O_CREAT, 0o600))


def secret_file(name, data):
    path = os.path.join(d.state, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'wb') as f:
        f.write(data)
    return path


utf16_secret = secret_file('utf16-secret', 'wordsofmine12\r\n'.encode('utf-16'))
short_secret = secret_file('short-secret', b'\xef\xbb\xbfwordsofmine\r\n')
long_secret = secret_file('long-secret', b'x' * 256 + b'\n')
there = os.path.join(d.state, 'there')
with open(there, 'w') as f:
    f.write('somebody\'s own')
iqn = 'iqn.2001-04.com.example:host'

# name of the row, words, exit code, what the line says
rows = [
    # usage
    ('nothing at all', [], 2, 'evertape help'),
    ('an unknown noun', ['tape'], 2, 'tape'),
    ('an option stream does not know', ['stream', '127.0.0.1:1', '--bogus'], 2, '--bogus'),
    ('an option of stream without its value', ['stream', '127.0.0.1:1', '--size'], 2, '--size needs a value'),
    ('a flag of stream with a value', ['stream', '127.0.0.1:1', '--load=1'], 2, '--load takes no value'),
    ('a size stream cannot read', ['stream', '127.0.0.1:1', '--size', 'x'], 2, "--size: invalid value 'x'"),
    ('a stream to nowhere', ['stream'], 2, 'no drive is named'),
    ('an option passport does not know', ['passport', 'show', '127.0.0.1:1', '--bogus'], 2, '--bogus'),
    ('an option of passport without its value', ['passport', 'show', '127.0.0.1:1', '--timeout'], 2, 'needs a value'),
    ('a passport of nothing', ['passport', 'show'], 2, 'PORTAL'),
    ('a passport of no portal', ['passport', 'show', 'a b'], 2, 'portal'),
    ('a passport where nobody listens', ['passport', 'show', '127.0.0.1:1'], 1, '127.0.0.1:1'),
    ('a stream where nobody listens', ['stream', '127.0.0.1:1'], 1, '127.0.0.1:1'),
    ('an unknown verb', ['library', 'paint'], 2, 'paint'),
    ('no verb', ['library'], 2, '--help'),
    ('no time between two looks', ['top', '--interval', '0'], 2, '--interval'),
    ('an unknown option before the noun', ['--bogus', 'status'], 2, '--bogus'),
    ('--state without a value', ['--state'], 2, '--state'),
    ('an unknown option', ['library', 'create', 'x', '--bogus'], 2, '--bogus'),
    ('an option without its value', ['library', 'create', 'x', '--drives'], 2, '--drives'),
    ('a flag with a value', ['library', 'delete', 'demo', '--force=yes'], 2, '--force'),
    ('an option twice', ['library', 'create', 'x', '--drives', '1', '--drives', '2'], 2, 'twice'),
    ('one argument too many', ['library', 'show', 'demo', 'more'], 2, 'unexpected argument'),
    ('an argument missing', ['drive', 'load', '1'], 2, 'BARCODE'),
    ('not a number', ['library', 'create', 'x', '--drives', 'two'], 2, 'whole number'),
    ('a number with a tail', ['library', 'create', 'x', '--drives', '2x'], 2, 'whole number'),
    ('a number too large for any machine', ['library', 'create', 'x', '--slots', '9' * 30], 2, 'whole number'),
    ('not a size', ['cartridge', 'create', 'E00009L8', '--capacity', 'lots'], 2, 'size'),
    ('a size over all bounds', ['cartridge', 'create', 'E00009L8', '--capacity', '99999999999TB'], 2, 'size'),
    ('not UTF-8', ['library', 'create', b'\xff\xfe'], 2, 'UTF-8'),
    ('help for nothing', ['help', 'nothing'], 2, 'nothing'),
    # numbers out of range
    ('an unknown compression', ['library', 'create', 'x', '--compression', 'gzip'], 1, 'off, auto, lz4 or zstd'),
    ('no slots', ['library', 'create', 'x', '--slots', '0'], 1, 'slots'),
    ('drives below zero', ['library', 'create', 'x', '--drives=-1'], 1, 'drives'),
    ('too many drives', ['library', 'create', 'x', '--drives', '100000'], 1, 'drives'),
    ('no bytes of capacity', ['cartridge', 'create', 'E00009L8', '--capacity', '0'], 1, 'capacity'),
    # names
    ('a library name with a slash', ['library', 'create', 'a/b'], 1, 'name'),
    ('a library named ..', ['library', 'create', '..'], 1, 'name'),
    ('an empty library name', ['library', 'create', ''], 1, 'name'),
    ('a library name with a newline', ['library', 'create', 'a\nb'], 1, 'name'),
    ('a library name with an escape', ['library', 'create', 'a\x1b[31m'], 1, 'name'),
    ('a library name too long', ['library', 'create', 'x' * 300], 1, 'name'),
    ('a library name that is taken', ['library', 'create', 'demo'], 1, 'demo'),
    ('an unknown personality', ['library', 'create', 'x', '--drive', 'ACME 9000'], 1, 'personalities'),
    ('a drive that is not offered', ['library', 'create', 'x', '--drive', 'IBM ULT3580-TDA'], 1,
     'LTO-10 drives are not offered'),
    ('a personality of existing drives only', ['library', 'create', 'x', '--drive', 'HPE Ultrium 7-SCSI'], 1,
     'use HP Ultrium 7-SCSI'),
    ('a changer as drive', ['library', 'create', 'x', '--drive', 'STK L700'], 1, 'personalities'),
    ('a drive as changer', ['library', 'create', 'x', '--changer', 'IBM ULT3580-TD8'], 1, 'personalities'),
    ('an unknown layout', ['library', 'create', 'x', '--layout', 'round'], 1, 'one-target'),
    ('an unknown library', ['library', 'show', 'nope'], 1, 'nope'),
    ('deleting an unknown library', ['library', 'delete', 'nope'], 1, 'nope'),
    ('deleting a library with cartridges', ['library', 'delete', 'demo'], 1, 'cartridges'),
    # barcodes
    ('a barcode with a slash', ['cartridge', 'create', 'E0/01L8'], 1, 'barcode'),
    ('a barcode that climbs', ['cartridge', 'create', '../../E'], 1, 'barcode'),
    ('a barcode that is ..', ['cartridge', 'create', '..'], 1, 'barcode'),
    ('an empty barcode', ['cartridge', 'create', ''], 1, 'barcode'),
    ('a barcode with a control character', ['cartridge', 'create', 'E0\x01001L8'], 1, 'barcode'),
    ('a barcode with a newline', ['cartridge', 'create', 'E00\n1L8'], 1, 'barcode'),
    ('a barcode with a space', ['cartridge', 'create', 'E00 01L8'], 1, 'barcode'),
    ('a barcode too long', ['cartridge', 'create', 'E' * 200 + 'L8'], 1, 'barcode'),
    ('a barcode in small letters', ['cartridge', 'create', 'e00009l8'], 1, 'barcode'),
    ('a barcode of no generation', ['cartridge', 'create', 'E00009ZZ'], 1, ''),
    ('a barcode that is taken', ['cartridge', 'create', 'E00001L8'], 1, 'E00001L8'),
    ('a barcode twice in one call', ['cartridge', 'create', 'E00009L8', 'E00009L8'], 1, 'E00009L8 is given twice'),
    ('one good, one bad barcode', ['cartridge', 'create', 'E00009L8', '../x'], 1, 'barcode'),
    ('barcodes and a count', ['cartridge', 'create', 'E00009L8', '--count', '2', '--prefix', 'Z'], 1, 'count'),
    ('a count without a prefix', ['cartridge', 'create', '--count', '2'], 1, 'prefix'),
    ('a prefix without a count', ['cartridge', 'create', '--prefix', 'E'], 1, 'count'),
    ('a prefix with a slash', ['cartridge', 'create', '--count', '2', '--prefix', '/'], 1, 'prefix'),
    ('a prefix too long', ['cartridge', 'create', '--count', '2', '--prefix', 'ABCDEF'], 1, 'prefix'),
    ('a prefix without room', ['cartridge', 'create', '--count', '12', '--prefix', 'ABCDE'], 1, 'numbers are free'),
    ('an unknown generation', ['cartridge', 'create', 'E00009L8', '--generation', 'lto99'], 1, 'lto'),
    ('a generation that is not offered', ['cartridge', 'create', 'E00009L8', '--generation', 'lto10'], 1,
     'LTO-10 is not offered'),
    ('a barcode of type M for another generation', ['cartridge', 'create', 'E00009M8', '--generation', 'lto8'], 1,
     'E00009M8 stands for m8, not for lto8'),
    ('a WORM cartridge of type M', ['cartridge', 'create', 'E00009M8', '--worm'], 1, 'no WORM cartridges of m8'),
    ('numbered ones', ['cartridge', 'create', '--count', '1', '--prefix', 'E', '--generation', 'm8', '--worm'], 1,
     'no WORM cartridges of m8'),
    ('more cartridges than free slots', ['cartridge', 'create', '--count', '9', '--prefix', 'Z'], 1, 'free slots'),
    ('a cartridge that is not there', ['cartridge', 'show', 'NOPE01L8'], 1, 'NOPE01L8'),
    ('deleting one that is not there', ['cartridge', 'delete', 'NOPE01L8'], 1, 'NOPE01L8'),
    ('deleting one that is in a drive', ['cartridge', 'delete', 'E00001L8'], 1, 'E00001L8'),
    # elements and moves
    ('an element that is no element', ['cartridge', 'move', 'E00002L8', 'cupboard'], 1, 'cupboard'),
    ('an element out of range', ['cartridge', 'move', 'E00002L8', 'slot:99'], 1, 'slot:99'),
    ('element number zero', ['cartridge', 'move', 'E00002L8', 'slot:0'], 1, 'slot'),
    ('an element with a tail', ['cartridge', 'move', 'E00002L8', 'slot:1x'], 1, 'slot'),
    ('an element with a control character', ['cartridge', 'move', 'E00002L8', 'slot:\x07'], 1, ''),
    ('where it is already', ['cartridge', 'move', 'E00002L8', 'slot:2'], 1, 'already'),
    ('a full slot', ['cartridge', 'move', 'E00002L8', 'slot:3'], 1, 'E00003L8'),
    ('a full drive', ['drive', 'load', '1', 'E00002L8'], 1, 'E00001L8'),
    ('a drive that is not there', ['drive', 'load', '9', 'E00002L8'], 1, '9'),
    ('a drive that is no number', ['drive', 'load', 'first', 'E00002L8'], 2, 'drive'),
    ('unloading an empty drive', ['drive', 'unload', '2'], 1, 'empty'),
    ('removing a loaded drive', ['drive', 'remove', '1'], 1, 'E00001L8'),
    ('removing a drive that is not there', ['drive', 'remove', '7'], 1, '7'),
    ('putting back a drive that is there', ['drive', 'add', '--number', '1'], 1, ''),
    ('a drive that can be nobody\'s', ['drive', 'add', 'ACME 9000'], 1, 'personalities'),
    ('opening for what is not in a mail slot', ['mailslot', 'open', 'E00002L8'], 1, 'slot:2'),
    ('closing with what is not in the vault', ['mailslot', 'close', 'E00002L8'], 1, 'vault'),
    # files
    ('importing a file that is not there', ['cartridge', 'import', '/nope/nothing'], 1, '/nope/nothing'),
    ('importing an empty file', ['cartridge', 'import', empty], 1, 'import'),
    ('importing a text', ['cartridge', 'import', text], 1, 'import'),
    ('importing noise as .tap', ['cartridge', 'import', noise, '--barcode', 'N00001L8'], 1, 'import'),
    ('importing .tap without a barcode', ['cartridge', 'import', noise], 1, 'barcode'),
    ('importing a folder that no format has', ['cartridge', 'import', d.state], 1, 'give --barcode'),
    ('importing a device', ['cartridge', 'import', '/dev/zero'], 1, 'plain file'),
    ('importing a FIFO nobody writes', ['cartridge', 'import', fifo], 1, 'plain file'),
    ('importing a socket', ['cartridge', 'import', unix], 1, ''),
    ('importing under a bad barcode', ['cartridge', 'import', text, '--barcode', '../x'], 1, 'barcode'),
    ('exporting over a file', ['cartridge', 'export', 'E00002L8', there], 1, 'use --force to overwrite it'),
    ('exporting into no folder', ['cartridge', 'export', 'E00002L8', '/nope/x'], 1, '/nope/x'),
    ('exporting what is in a drive', ['cartridge', 'export', 'E00001L8', d.state + '/x1'], 1, 'drive:1'),
    ('exporting what is not there', ['cartridge', 'export', 'NOPE01L8', d.state + '/x2'], 1, 'NOPE01L8'),
    ('exporting over a device by force', ['cartridge', 'export', 'E00002L8', '/dev/full', '--force'], 1, 'plain file'),
    ('exporting nothing over a file by force', ['cartridge', 'export', 'NOPE01L8', there, '--force'], 1, 'NOPE01L8'),
    ('an identity over a folder by force', ['identity', 'export', d.state, '--force'], 1, 'plain file'),
    ('an unknown container', ['cartridge', 'export', 'E00002L8', d.state + '/x3', '--format', 'zip'], 1, 'native'),
    ('verifying what is in a drive', ['cartridge', 'verify', 'E00001L8'], 1, 'drive:1'),
    ('verifying a text', ['cartridge', 'verify', text], 1, text),
    ('verifying an empty file', ['cartridge', 'verify', empty], 1, empty),
    ('verifying a FIFO', ['cartridge', 'verify', fifo], 1, fifo),
    ('verifying a folder that is no cartridge', ['cartridge', 'verify', d.state + '/catalog/'], 1, 'catalog'),
    ('verifying nothing', ['cartridge', 'verify', '/nope/x'], 1, '/nope/x'),
    ('an identity from a text', ['identity', 'import', text], 1, ''),
    ('an identity from an empty file', ['identity', 'import', empty], 1, ''),
    ('an identity from nowhere', ['identity', 'import', '/nope/x'], 1, '/nope/x'),
    ('an identity over a file', ['identity', 'export', there], 1, 'use --force to overwrite it'),
    # initiators
    ('no iSCSI name', ['initiator', 'allow', 'backup01'], 1, 'iqn.'),
    ('an iSCSI name too long', ['initiator', 'allow', 'iqn.' + 'x' * 300], 1, 'name'),
    ('an iSCSI name with a space', ['initiator', 'allow', 'iqn.a b'], 1, 'name'),
    ('an iSCSI name with an escape', ['initiator', 'allow', 'iqn.a\x1b[2J'], 1, 'name'),
    ('a user without a secret', ['initiator', 'allow', iqn, '--chap-user', 'bob'], 1, '--secret-file'),
    ('a user with a space', ['initiator', 'allow', iqn, '--chap-user', 'b b', '--secret-file', good_secret], 1, 'user'),
    ('a secret others can read', ['initiator', 'allow', iqn, '--secret-file', open_secret], 1, 'chmod 600'),
    ('an empty secret', ['initiator', 'allow', iqn, '--secret-file', empty_secret], 1, 'no secret'),
    ('a secret that is a folder', ['initiator', 'allow', iqn, '--secret-file', d.state], 1, ''),
    ('a secret that is a FIFO', ['initiator', 'allow', iqn, '--secret-file', fifo], 1, 'plain file'),
    ('a secret that is not there', ['initiator', 'allow', iqn, '--secret-file', '/nope/x'], 1, '/nope/x'),
    ('the same secret both ways', ['initiator', 'allow', iqn, '--secret-file', good_secret,
                                   '--target-secret-file', good_secret], 1, 'must differ'),
    ('a target\'s secret alone', ['initiator', 'allow', iqn, '--target-secret-file', good_secret], 1, 'mutual'),
    ('a secret in UTF-16', ['initiator', 'allow', iqn, '--secret-file', utf16_secret], 1, 'UTF-16 text'),
    ('a secret in UTF-16 for stream', ['stream', '127.0.0.1:1', '--chap-user', 'a', '--secret-file', utf16_secret], 2, 'UTF-16 text'),
    ('a secret of 11 bytes', ['initiator', 'allow', iqn, '--secret-file', short_secret], 1,
     f'{short_secret}: the secret has 11 bytes; a CHAP secret must have 12 to 255 bytes'),
    ('a target\'s secret of 11 bytes', ['initiator', 'allow', iqn, '--secret-file', good_secret, '--target-secret-file',
                                        short_secret], 1, f'{short_secret}: the secret has 11 bytes'),
    ('a secret of 256 bytes', ['initiator', 'allow', iqn, '--secret-file', long_secret], 1, f'{long_secret} has 256 bytes'),
    ('CHAP of everybody without a user', ['initiator', 'allow', '*', '--secret-file', good_secret], 1, '--chap-user'),
    ('a prefix of 33 bits', ['initiator', 'allow', iqn, '--from', '192.0.2.0/33'], 1,
     'from: 192.0.2.0/33: the prefix may have at most 32 bits'),
    ('a prefix of 129 bits', ['initiator', 'allow', iqn, '--from', '2001:db8::/129'], 1, 'at most 128 bits'),
    ('a prefix that is none', ['initiator', 'allow', iqn, '--from', '192.0.2.0/x'], 1, 'at most 32 bits'),
    ('an address with a network\'s prefix', ['initiator', 'allow', iqn, '--from', '192.0.2.7/24'], 1,
     'the network is 192.0.2.0/24'),
    ('a name for an address', ['initiator', 'allow', iqn, '--from', 'backup01'], 1, 'backup01: not an address'),
    ('no address', ['initiator', 'allow', iqn, '--from', ''], 1, 'not an address'),
    ('--from without a value', ['initiator', 'allow', iqn, '--from'], 2, '--from needs a value'),
    ('17 networks', ['initiator', 'allow', iqn, *[w for i in range(17) for w in ('--from', f'192.0.2.{i}')]], 1,
     'at most 16'),
    ('anywhere and one address', ['initiator', 'allow', iqn, '--from', 'any', '--from', '192.0.2.1'], 1, 'exclude'),
    ('one address and anywhere', ['initiator', 'allow', iqn, '--from', '192.0.2.1', '--from', 'any'], 1, 'exclude'),
    ('all libraries and one', ['initiator', 'allow', iqn, '--library', 'all', '--library', 'demo'], 1, 'exclude'),
    ('all devices and one', ['initiator', 'allow', iqn, '--device', 'drive:1', '--device', 'all'], 1, 'exclude'),
    ('a device that is none', ['initiator', 'allow', iqn, '--device', 'drive:0'], 1, '"all"'),
    ('a library called all', ['library', 'create', 'all'], 1, 'another name'),
    ('CHAP given and taken', ['initiator', 'allow', iqn, '--no-chap', '--secret-file', good_secret], 1, 'no_chap and chap_secret'),
    ('a CHAP user given and CHAP taken', ['initiator', 'allow', iqn, '--no-chap', '--chap-user', 'bob'], 1, 'no_chap and chap_user'),
    ('mutual CHAP given and CHAP taken', ['initiator', 'allow', iqn, '--no-chap', '--target-secret-file', good_secret], 1,
     'mutual CHAP needs CHAP'),
    ('mutual CHAP given and taken', ['initiator', 'allow', iqn, '--no-mutual', '--target-user', 'bob'], 1, 'no_mutual and target_user'),
    ('--no-chap with a value', ['initiator', 'allow', iqn, '--no-chap=yes'], 2, 'takes no value'),
    ('removing a rule that is not there', ['initiator', 'remove', 'iqn.2001-04.com.example:other'], 1, 'no rule'),
    ('an unknown default', ['initiator', 'default', 'maybe'], 2, 'allow or deny'),
    ('dropping nobody', ['session', 'drop'], 2, 'TSIH'),
    ('dropping a session that is not there', ['session', 'drop', '77'], 1, 'no such session'),
    ('dropping a stranger', ['session', 'drop', iqn], 1, 'no such session'),
    ('dropping somebody and everybody', ['session', 'drop', '77', '--all'], 2, 'TSIH'),
]


def everything():
    """All that a refusal must leave alone."""
    return (d.json('library', 'show'), d.json('library', 'list'), d.json('cartridge', 'list'),
            d.json('initiator', 'list'), d.json('mailslot', 'list'), d.json('identity', 'show'),
            sorted(os.listdir(os.path.join(d.state, 'cartridges'))), sorted(os.listdir(d.state)), open(there).read(),
            os.path.exists('/dev/full'))


before = everything()
for name, words, code, part in rows:
    answer = d.run(*words)
    lines = answer.err.splitlines()
    good = (answer.code == code and len(lines) == 1 and lines[0].startswith('evertape: ') and part in lines[0]
            and len(lines[0]) < 400 and all(c >= ' ' and c != '\x7f' for c in lines[0]) and not answer.out)
    check('refused: ' + name, good, f'{words}\nwanted exit {code} and "{part}"\n{answer}')
    as_json = d.run(*words, '--json')
    try:
        error = as_json.json['error']
    except (ValueError, KeyError):
        error = {'code': '', 'message': ''}
    check('refused with --json: ' + name, as_json.code == code and as_json.err == answer.err
          and lines and (lines[0] == 'evertape: ' + error['message'] or '\ufffd' in lines[0]) and error['code']
          and (error['code'] == 'bad-usage') == (code == 2), as_json)
after = everything()
check('nothing has changed', before == after, f'{before}\n{after}')

short = d.run('initiator', 'allow', iqn, '--secret-file', '-', stdin=b'short\n')
check('a secret of 5 bytes', short.code == 1 and '12' in short.err and 'short' not in short.err.replace('shorter', ''),
      short)
long = d.run('initiator', 'allow', iqn, '--secret-file', '-', stdin=b'x' * 300)
check('a secret of 300 bytes', long.code == 1 and len(long.err.splitlines()) == 1, long)
check('neither made a rule', d.json('initiator', 'list') == {'initiators': []})
for words in (['cartridge', 'export', 'E00002L8', there], ['identity', 'export', there]):
    refused = d.run('--json', *words)
    check(f'{words[0]} export over a file has the code of a guard', refused.json['error']['code'] == 'needs-force', refused)
refused = d.run('--json', 'cartridge', 'show', 'NOPE01L8')
check('with --json a refusal is a document too', refused.code == 1
      and refused.json['error']['code'] == 'not-found' and 'NOPE01L8' in refused.json['error']['message'], refused)
nobody = subprocess.run([EVERTAPE, '--state', d.state + '/cartridges', 'status', '--json'], capture_output=True, text=True)
check('with --json also where no daemon is', nobody.returncode == 1 and len(nobody.stderr.splitlines()) == 1
      and json.loads(nobody.stdout)['error']['code'] == 'unreachable', nobody)
d.must('library', 'create', 'other', '--slots', '1', '--drives', '1')
which = d.run('drive', 'list', '--library', 'nope')
check('a library that is not there', which.code == 1 and 'nope' in which.err, which)
which = d.run('drive', 'show', '1', '--json')
check('which library? all are named', which.code == 1 and 'demo, other' in which.err
      and which.json['error']['code'] == 'bad-params', which)
d.must('drive', 'load', '2', 'E00002L8')
check('a cartridge tells which library\'s drive is meant',
      d.json('cartridge', 'show', 'E00002L8')['element'] == 'drive:2')
d.must('drive', 'unload', '2', '--library', 'demo')
d.must('library', 'delete', 'other')
with open('/dev/full', 'w') as sink:
    p = subprocess.run([EVERTAPE, '--state', d.state, 'status'], stdout=sink, stderr=subprocess.PIPE, text=True)
check('stdout that is full', p.returncode == 1 and len(p.stderr.splitlines()) == 1, p)
d.end()
finish()
