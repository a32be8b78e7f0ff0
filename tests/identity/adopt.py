# SPDX-License-Identifier: Apache-2.0
"""A library takes the place of another one: its devices get the names of that one, and hosts see no difference.

The proof is `evertape passport compare` against the passport of the library that went away.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import BUILD, Server
from pdu import Session

DRIVES = ['HP Ultrium 6-SCSI', 'HP Ultrium 6-SCSI', 'IBM ULT3580-HH7']


class Place(Server):
    """A library with three drives, all of them empty."""

    def set_up(self):
        self.start()
        self.evertape('library', 'create', 'main', '--drives', '0', '--changer', 'IBM TS4300', '--slots', '5')
        for drive in DRIVES:
            self.evertape('drive', 'add', drive)
        self.evertape('library', 'create', 'other', '--drives', '1')

    def passport(self, verb, *words):
        name, port = self.address
        target = self.show()['target']
        return subprocess.run([str(BUILD / 'evertape'), '--json', 'passport', verb, f'iscsi://{name}:{port}/{target}',
                               *words], text=True, capture_output=True, timeout=60)

    def same(self, file):
        """What hosts see is what the passport says."""
        done = self.passport('compare', file)
        tap.equal(done.returncode, 0, f'compare: {done.stdout}{done.stderr}')
        tap.equal(json.loads(done.stdout)['differences'], [])

    def refused(self, *words, code=None):
        done = subprocess.run([str(BUILD / 'evertape'), '--json', '--state', self.state, *words], text=True,
                              capture_output=True, timeout=60)
        tap.equal(done.returncode, 1, f'{words}: {done.stdout}{done.stderr}')
        if code:
            tap.equal(json.loads(done.stdout)['error']['code'], code)
        return done.stderr

    def show(self, library='main'):
        return json.loads(self.evertape('--json', 'library', 'show', library))

    def identity(self):
        return self.evertape('identity', 'export', '-')

    def restart(self, between=None):
        assert self.stop(), 'the daemon did not stop cleanly'
        if between:
            between()
        self.start()


real, server = Place(), Place()
saved = os.path.join(real.state, 'passport.json')
LIBRARY = ('--library', 'main')


def test_own_names():
    """the changer and a drive get given names; what is not given stays"""
    before = real.show()
    real.evertape('library', 'adopt', *LIBRARY, '--serial', '00L4U78M1656_LL0', '--naa', '50050763124b0001',
                  '--revision', '1800', '--target', 'iqn.1986-03.com.ibm:ts4300')
    real.evertape('drive', 'adopt', '1', *LIBRARY, '--serial', 'HU1340YHGE', '--revision', 'J3')
    now = real.show()
    changer = now['changer']
    tap.equal((changer['serial'], changer['naa'], changer['revision'], now['target']),
              ('00L4U78M1656_LL0', '50050763124b0001', '1800', 'iqn.1986-03.com.ibm:ts4300'))
    tap.equal((now['drives'][0]['serial'], now['drives'][0]['naa']), ('HU1340YHGE', before['drives'][0]['naa']))
    tap.equal(now['drives'][1:], [{**d, 'target': now['drives'][1].get('target', d.get('target'))}
                                  if 'target' in d else d for d in before['drives'][1:]])
    done = real.passport('save', saved)
    tap.equal(done.returncode, 0, done.stderr)
    with open(saved) as f:
        units = {u['lun']: u for u in json.load(f)['targets'][0]['units']}
    tap.equal((units[0]['serial'], units[0]['revision']), ('00L4U78M1656_LL0', '1800'))
    tap.equal(bytes.fromhex(units[0]['inquiry'])[38:50], b'00L4U78M1656')
    assert '50050763124b0001' in units[0]['pages']['83']
    tap.equal((units[1]['serial'], bytes.fromhex(units[1]['inquiry'])[32:36]), ('HU1340YHGE', b'J3  '))
    tap.equal(units[0]['elements'][0]['id_text'][-10:] if units[0]['elements'][0]['type'] == 'drive' else
              next(e for e in units[0]['elements'] if e['type'] == 'drive')['id_text'][-10:], 'HU1340YHGE')
    real.evertape('identity', 'verify')


def test_passport():
    """another library gets all names of the passport; compare finds no difference, also after a restart and a kill"""
    tap.equal(server.passport('compare', saved).returncode == 0, False)
    server.evertape('identity', 'adopt', saved, *LIBRARY)
    server.same(saved)
    server.evertape('identity', 'verify')
    before = server.identity()
    server.restart()
    server.same(saved)
    server.kill()
    server.start()
    server.same(saved)
    tap.equal(server.identity(), before)


def test_catalog_lost():
    """a catalog that is lost is rebuilt with the names taken over"""
    before = json.loads(server.identity())
    server.restart(lambda: shutil.rmtree(os.path.join(server.state, 'catalog')))
    server.evertape('initiator', 'default', 'allow')
    tap.equal(json.loads(server.identity())['libraries'], before['libraries'])
    server.same(saved)


def test_again():
    """the same passport once more changes nothing that hosts see"""
    server.evertape('identity', 'adopt', saved, *LIBRARY)
    server.same(saved)


def test_duplicates():
    """a name that another device of the installation has is refused, and nothing has changed"""
    before = server.identity()
    main, other = server.show(), server.show('other')
    drive = main['drives'][1]
    for words, says in (
            (('library', 'adopt', '--library', 'other', '--serial', main['changer']['serial']), 'same serial'),
            (('library', 'adopt', '--library', 'other', '--naa', drive['naa']), 'same NAA'),
            (('library', 'adopt', '--library', 'other', '--target', main['target']), 'same target name'),
            (('drive', 'adopt', '1', '--library', 'other', '--serial', drive['serial']), 'same serial'),
            (('drive', 'adopt', '3', *LIBRARY, '--serial', drive['serial']), 'same serial'),
            (('drive', 'adopt', '3', *LIBRARY, '--serial', other['drives'][0]['serial']), 'same serial')):
        why = server.refused(*words, code='exists')
        assert says in why and why.count('\n') == 1, why
    tap.equal(server.identity(), before)
    server.evertape('drive', 'remove', '1', '--library', 'other')
    why = server.refused('drive', 'adopt', '3', *LIBRARY, '--serial', other['drives'][0]['serial'])
    assert 'other drive:1' in why, why  # its names are kept for it
    server.evertape('drive', 'add', '--number', '1', '--library', 'other')


def test_malformed():
    """names that no device can have are refused, and nothing has changed"""
    before = server.identity()
    for words, says in (
            (('drive', 'adopt', '1', '--serial', 'SHORT'), 'drive:1: the serial of a drive must have 10 characters'),
            (('drive', 'adopt', '1', '--serial', 'HU1340YHG '), 'a space'),
            (('drive', 'adopt', '1', '--serial', 'HU1340YHGe'), "'e'"),
            (('drive', 'adopt', '1', '--naa', '6005076312345678'), 'begins with 2, 3 or 5'),
            (('drive', 'adopt', '1', '--naa', '500507'), '16 hexadecimal digits'),
            (('drive', 'adopt', '1', '--revision', '12345'), '1 to 4'),
            (('drive', 'adopt', '1', '--revision', ''), '1 to 4'),
            (('library', 'adopt', '--serial', 'A' * 33), 'changer: a serial may have at most 32'),
            (('library', 'adopt', '--serial', ''), 'the serial is missing'),
            (('library', 'adopt', '--target', 'library'), 'iqn.'),
            (('library', 'adopt', '--target', 'iqn.2026-11.Com:x'), 'lower case'),
            (('library', 'adopt'), 'give what it takes over'),
            (('drive', 'adopt', '1'), 'give what it takes over'),
            (('drive', 'adopt', '9', '--revision', 'A'), '9')):
        why = server.refused(*words, *LIBRARY)
        assert says in why and why.count('\n') == 1, why
    tap.equal(server.identity(), before)


def test_sessions():
    """refused while a host is logged in, without --force; with it, the session ends"""
    before = server.identity()
    host = Session(server.address, server.show()['target'])
    host.login()
    for words in (('library', 'adopt', '--revision', '1900'), ('drive', 'adopt', '2', '--revision', 'X'),
                  ('identity', 'adopt', saved)):
        why = server.refused(*words, *LIBRARY, code='needs-force')
        assert '1 session is logged in to library main' in why and '--force' in why, why
    tap.equal(server.identity(), before)
    server.evertape('library', 'adopt', '--revision', '1900', *LIBRARY, '--force')
    tap.becomes(lambda: json.loads(server.evertape('--json', 'session', 'list'))['sessions'], [])
    tap.equal(server.show()['changer']['revision'], '1900')
    done = server.passport('compare', saved)
    tap.equal([d['what'] for d in json.loads(done.stdout)['differences']],
              ['the firmware revision', 'bytes of the standard INQUIRY data'])
    server.evertape('identity', 'adopt', saved, *LIBRARY)
    server.same(saved)


def test_loaded():
    """a drive with a cartridge keeps its names, and the cartridge survives a change of the changer's"""
    server.evertape('cartridge', 'create', 'E00001L6', *LIBRARY)
    server.evertape('drive', 'load', '1', 'E00001L6', *LIBRARY)
    before = server.identity()
    for words in (('drive', 'adopt', '1', '--revision', 'A'), ('identity', 'adopt', saved)):
        assert 'drive:1 holds cartridge E00001L6; unload the drive first' in server.refused(*words, *LIBRARY)
    tap.equal(server.identity(), before)
    server.evertape('library', 'adopt', *LIBRARY, '--revision', '1900')
    tap.equal(json.loads(server.evertape('--json', 'drive', 'show', '1', *LIBRARY))['loaded'], True)
    server.evertape('drive', 'unload', '1', *LIBRARY)
    server.evertape('identity', 'adopt', saved, *LIBRARY)
    server.same(saved)


def test_wrong_passport():
    """a passport that does not fit is refused in one line"""
    with open(saved) as f:
        good = json.load(f)
    file = os.path.join(server.state, 'wrong.json')
    before = server.identity()

    def wrong(change, says):
        document = json.loads(json.dumps(good))
        change(document, document['targets'][0]['units'])
        with open(file, 'w') as f:
            json.dump(document, f)
        why = server.refused('identity', 'adopt', file, *LIBRARY)
        assert says in why and why.count('\n') == 1, why

    wrong(lambda d, u: d.update(passport=2), 'not a passport')
    wrong(lambda d, u: d.update(targets=[]), 'one changer')
    wrong(lambda d, u: d.update(targets=7), 'one changer')
    wrong(lambda d, u: u.pop(), 'has 2 drives, library main has 3')
    wrong(lambda d, u: u.extend([u[1]] * 500), 'drives')
    wrong(lambda d, u: u[1].update(product='Ultrium 5-SCSI'), 'drive:1 is HP Ultrium 6-SCSI')
    wrong(lambda d, u: u[0].update(vendor=None), 'changer is IBM 3573-TL')
    wrong(lambda d, u: u[2].update(serial=u[1]['serial']), 'same serial')
    wrong(lambda d, u: u[2].update(serial='x' * 5000), 'drive:')
    wrong(lambda d, u: u[1].update(pages={}), 'no NAA of 8 bytes for drive:1')
    for page in ('0183ffff0103', '0183ffff010300-4010300-4', '0183ffff010300 8010300 8', '0183ffff01030008', '0', '83' * 999):
        wrong(lambda d, u: u[1].update(pages={'83': page}), 'no NAA')
    wrong(lambda d, u: u[1].update(pages={'83': '0183000c01030008zz050763124b0001'}), '16 hexadecimal')
    wrong(lambda d, u: d.update(targets=d['targets'] + [{'name': 'iqn.x:y', 'units': [u.pop()]}]), 'several targets')
    for text in ('', '[]', '{', 'null', '{"passport":1,"targets":[{"units":[[],7,{"type":"changer"}]}]}'):
        with open(file, 'w') as f:
            f.write(text)
        server.refused('identity', 'adopt', file, *LIBRARY)
    server.refused('identity', 'adopt', server.state, *LIBRARY)
    tap.equal(server.identity(), before)


def test_per_device():
    """with a target per device too: every target has the name that it has in the passport"""
    for place in (real, server):
        place.evertape('library', 'layout', 'target-per-device', *LIBRARY)
    assert 'library layout' in server.refused('identity', 'adopt', saved, *LIBRARY)
    server.evertape('cartridge', 'delete', 'E00001L6')
    server.evertape('library', 'delete', 'main')
    server.evertape('library', 'create', 'main', '--drives', '0', '--changer', 'IBM TS4300', '--slots', '5', '--layout',
                    'target-per-device')
    for drive in DRIVES:
        server.evertape('drive', 'add', drive, *LIBRARY)
    whole = os.path.join(real.state, 'apart.json')
    real.evertape('library', 'delete', 'other')
    name, port = real.address
    subprocess.run([str(BUILD / 'evertape'), 'passport', 'save', f'{name}:{port}', whole], check=True, timeout=60)
    server.evertape('identity', 'adopt', whole, *LIBRARY)
    server.evertape('library', 'delete', 'other')
    name, port = server.address
    done = subprocess.run([str(BUILD / 'evertape'), '--json', 'passport', 'compare', f'{name}:{port}', whole], text=True,
                          capture_output=True, timeout=60)
    tap.equal((done.returncode, json.loads(done.stdout)['differences']), (0, []), done.stderr)


def test_end():
    """the daemons end well"""
    assert real.stop() and server.stop()
    for place in (real, server):
        shutil.rmtree(place.state, ignore_errors=True)


tap.run(tap.tests_of(globals()))
