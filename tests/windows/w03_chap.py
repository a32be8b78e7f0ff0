# SPDX-License-Identifier: Apache-2.0
"""W03 CHAP"""
from host import *

TWELVE, SIXTEEN, OTHER = 'twelve-bytes', 'sixteen-bytes-16', 'targets-own-16-b'


def rule(place, name, secret, mutual=None):
    words = ['initiator', 'allow', NAME + name, '--chap-user', NAME + name, '--secret-file', place.secret('s', secret)]
    if mutual:
        words += ['--target-user', 'evertape', '--target-secret-file', place.secret('t', mutual)]
    return words


def login(place, name, secret, target=None, **more):
    return Host(place, name).session(place.library()['target'], first_keys={'AuthMethod': 'CHAP'},
                                     chap=Chap(NAME + name, secret, target, algorithms='5'), **more)


def refused(session):
    try:
        session.login()
    except LoginRefused as e:
        equal(f'{e.status:04x}', '0201')
        assert session.closed(), 'the connection stays open'
        return
    raise AssertionError('the login was not refused')


def test_good(place):
    """one way and mutual, MD5, with secrets of 12 and of 16 bytes"""
    for name, secret, mutual in (('chap12', TWELVE, None), ('chap16', SIXTEEN, None), ('mutual', TWELVE, OTHER)):
        place.evertape(*rule(place, name, secret, mutual))
        with login(place, name, secret, mutual).login() as s:
            equal(s.chap.algorithm, 5)
            if mutual:
                assert s.chap.target_proven(s.chap.answered), 'the target did not prove itself'
            equal(s.command(0, bytes.fromhex('120000002400'), read=36).status, 0)


def test_refused(place):
    """a wrong secret, and AuthMethod=None where CHAP is wanted: 0201, and the connection closes"""
    place.evertape(*rule(place, 'chap12', TWELVE))
    refused(login(place, 'chap12', SIXTEEN))
    refused(Host(place, 'chap12').session(place.library()['target']))


def test_lengths(place):
    """a secret of 11 bytes is refused; one of 17 bytes gives a warning that names Windows"""
    said = place.refused(*rule(place, 'short', 'eleven-byte'))
    assert '12' in said, said
    done = place.evertape('--json', *rule(place, 'long', 'seventeen-bytes-17'))
    assert 'Windows' in done, done
    place.evertape('initiator', 'remove', NAME + 'long')
