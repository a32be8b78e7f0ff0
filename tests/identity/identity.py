# SPDX-License-Identifier: Apache-2.0
"""Everything that an initiator can use as a name stays the same, whatever happens to the daemon and the library.

Each test does something to the installation; afterwards `evertape passport` must see the same bytes at the same
LUNs and elements as before, and `evertape library show` must say the same of them as the wire does.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import BUILD, Server

server = Server()
saved = os.path.join(server.state, 'passport.json')


def portal(address):
    host, port = address
    return f'[{host}]:{port}' if ':' in host else f'{host}:{port}'


def passport(verb, file=None, address=None, words=(), **more):
    words = [str(BUILD / 'evertape'), '--json', 'passport', verb, portal(address or server.address), *words]
    return subprocess.run(words + ([file] if file else []), text=True, capture_output=True, timeout=60, **more)


def show(address=None):
    done = passport('show', address=address)
    tap.equal(done.returncode, 0, done.stderr)
    return json.loads(done.stdout)


def same(address=None):
    """The saved passport is still right: compare finds no difference, and the bytes are equal."""
    done = passport('compare', saved, address)
    tap.equal(done.returncode, 0, f'compare: {done.stdout}{done.stderr}')
    with open(saved) as f:
        before = json.load(f)
    tap.equal(units(show(address)), units(before), 'units')


def units(document):
    """What belongs to the devices: everything of a unit except its addresses and ports."""
    found = {}
    for target in document['targets']:
        for unit in target['units']:
            own = {k: v for k, v in unit.items() if k != 'pages'}
            # An empty drive bay has no name; it stays where a drive was.
            own['elements'] = [e for e in unit.get('elements', []) if e['type'] != 'drive' or 'id' in e]
            own['pages'] = {k: v for k, v in unit['pages'].items() if k != '83'}
            own['name'] = unit['pages']['83'][8:8 + 2 * (4 + 34 + 4 + 8)]
            found[(target['name'], unit['lun'])] = own
    return found


def restart(how, listen=None):
    if how == 'stop':
        assert server.stop(), 'the daemon did not stop cleanly'
    else:
        server.kill()
    if listen:
        server.listen = listen
    server.start()


# --- the tests ---

def test_saved():
    """a passport that has just been saved is right"""
    done = passport('save', saved)
    tap.equal(done.returncode, 0, done.stderr)
    same()


def test_save_over_a_file():
    """passport save leaves an existing file alone without --force, and replaces it in one step with it"""
    file = os.path.join(server.state, 'yesterday')
    with open(file, 'w') as f:
        f.write('the reference of yesterday')
    done = passport('save', file)
    tap.equal(done.returncode, 1, done.stdout)
    tap.equal(json.loads(done.stdout)['error']['code'], 'needs-force')
    tap.equal(done.stderr.count('\n'), 1, done.stderr)
    assert file in done.stderr and done.stderr.rstrip().endswith('use --force to overwrite it'), done.stderr
    with open(file) as f:
        tap.equal(f.read(), 'the reference of yesterday')
    # A portal where nobody is: what is there stays, and nothing is left beside it.
    done = passport('save', file, ('127.0.0.1', 1), ['--force'])
    tap.equal(done.returncode, 1, done.stdout)
    with open(file) as f:
        tap.equal(f.read(), 'the reference of yesterday')
    tap.equal([n for n in os.listdir(server.state) if n.startswith('yesterday')], ['yesterday'])
    done = passport('save', file, words=['--force'])
    tap.equal(done.returncode, 0, done.stderr)
    tap.equal(passport('compare', file).returncode, 0)
    for place, says in ((server.state, 'not a plain file'), ('/dev/full', 'not a plain file'),
                        ('/nope/x', 'No such file')):
        done = passport('save', place, words=['--force'])
        tap.equal(done.returncode, 1, place)
        assert says in done.stderr, done.stderr


def test_save_to_stdout():
    """passport save P - writes the passport to stdout, compare P - reads it from stdin"""
    before = os.listdir('.')
    for words in ([], ['--force']):
        done = passport('save', '-', words=words)
        tap.equal(done.returncode, 0, done.stderr)
        tap.equal(done.stderr, '')
        with open(saved) as f:
            tap.equal(done.stdout, f.read())
    assert '-' not in os.listdir('.') or '-' in before, 'a file called - was made'
    tap.equal(passport('compare', '-', input=done.stdout).returncode, 0)
    cut = passport('compare', '-', input=done.stdout[:-20])
    tap.equal(cut.returncode, 1)
    assert 'stdin: not a passport' in cut.stderr, cut.stderr
    with open('/dev/full', 'w') as full:
        done = subprocess.run([str(BUILD / 'evertape'), 'passport', 'save', portal(server.address), '-'],
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    tap.equal(done.returncode, 1)
    assert 'stdout: No space left on device' in done.stderr, done.stderr


def test_show_is_the_wire():
    """library show reports what hosts get over the wire"""
    shown = json.loads(server.evertape('--json', 'library', 'show'))
    wire = show()['targets'][0]
    tap.equal(wire['name'], shown['target'])
    by_lun = {unit['lun']: unit for unit in wire['units']}
    tap.equal(by_lun[shown['changer']['lun']]['serial'], shown['changer']['serial'])
    for device in [shown['changer']] + shown['drives']:
        unit = by_lun[device['lun']]
        tap.equal(unit['serial'], device['serial'])
        assert device['naa'] in unit['pages']['83'], f'NAA of LUN {device["lun"]}'
        tap.equal(f'{unit["vendor"]} {unit["product"]}', device['personality'])
    elements = {e['address']: e for e in by_lun[0]['elements']}
    for drive in shown['drives']:
        assert elements[drive['address']]['id_text'].endswith(drive['serial']), drive


def test_restart():
    """after a clean restart"""
    restart('stop')
    same()


def test_kill():
    """after kill -9"""
    restart('kill')
    same()


def test_port():
    """at another port"""
    restart('stop', ['127.0.0.1:0'])
    same()


def test_address():
    """at another address"""
    restart('stop', ['127.0.0.2:0'])
    same()


def test_two_portals():
    """at two portals, one of them IPv6"""
    restart('kill', ['127.0.0.1:0', '[::1]:0'])
    for address in server.portals:
        same(address)


def test_drive_added_removed():
    """beside a drive added, and after one removed from the middle"""
    before = units(show())
    server.evertape('drive', 'add')
    after = units(show())
    tap.equal({k: v for k, v in after.items() if k in before and v.get('type') == 'tape'},
              {k: v for k, v in before.items() if v.get('type') == 'tape'}, 'the drives that were there')
    tap.equal(len(after), len(before) + 1)
    added = (set(after) - set(before)).pop()
    server.evertape('drive', 'remove', '3')
    same()
    server.evertape('drive', 'add', '--number', '3')
    tap.equal(units(show()).get(added), after[added], 'the drive put back')
    server.evertape('drive', 'unload', '1')
    server.evertape('drive', 'remove', '1')
    left = units(show())
    for key, unit in after.items():
        if unit['type'] == 'tape' and key[1] != 1:
            tap.equal(left[key], unit, f'LUN {key[1]} after LUN 1 is gone')
    assert all(key[1] != 1 for key in left), 'LUN 1 is gone'
    server.evertape('drive', 'add', '--number', '1')
    server.evertape('drive', 'remove', '3')
    same()


def test_moved_to_another_host():
    """exported, and imported into an empty installation"""
    exported = os.path.join(server.state, 'exported.json')
    server.evertape('identity', 'export', exported)
    server.stop()
    old = server.state
    server.state = tempfile.mkdtemp(prefix='evertape-identity-')
    try:
        server.start()
        server.evertape('identity', 'import', exported)
        same()
        restart('kill')
        same()
    finally:
        server.stop()
        shutil.rmtree(server.state)
        server.state = old
        server.start()
    same()


def test_changes_are_seen():
    """a change of any one byte makes compare fail"""
    with open(saved) as f:
        text = f.read()
    changed = saved + '.changed'

    def flip(hexes, at):
        return hexes[:at] + ('1' if hexes[at] != '1' else '2') + hexes[at + 1:]

    def refused(what, edit):
        document = json.loads(text)
        edit(document)
        with open(changed, 'w') as f:
            json.dump(document, f)
        done = passport('compare', changed)
        assert done.returncode == 1 and (done.stdout or done.stderr), f'{what}: {done}'

    for lun in range(3):
        def unit(document, lun=lun):
            return document['targets'][0]['units'][lun]
        for page in unit(json.loads(text))['pages']:
            # VPD 83h: within the unit's own designators; ports may change.
            size = min(len(unit(json.loads(text))['pages'][page]), 8 + 2 * 50)
            for at in range(8, size, 7):
                refused(f'LUN {lun} VPD {page} digit {at}', lambda d: unit(d)['pages'].update(
                    {page: flip(unit(d)['pages'][page], at)}))
        for at in range(2, 72, 5):
            refused(f'LUN {lun} INQUIRY digit {at}', lambda d: unit(d).update(
                inquiry=flip(unit(d)['inquiry'], at)))
        refused(f'LUN {lun} number', lambda d: unit(d).update(lun=9))
    refused('target name', lambda d: d['targets'][0].update(name='iqn.2026-11.io.evertape:other'))
    drive = next(i for i, e in enumerate(json.loads(text)['targets'][0]['units'][0]['elements']) if 'id' in e)
    refused('element address', lambda d: d['targets'][0]['units'][0]['elements'][drive].update(address=999))
    refused('DVCID', lambda d: d['targets'][0]['units'][0]['elements'][drive].update(
        id=flip(d['targets'][0]['units'][0]['elements'][drive]['id'], 60)))


def test_stops():
    """the daemon stops cleanly at the end"""
    assert server.stop()


try:
    tap.run(tap.tests_of(globals()))
finally:
    if server.alive():
        server.kill()
    shutil.rmtree(server.state, ignore_errors=True)
