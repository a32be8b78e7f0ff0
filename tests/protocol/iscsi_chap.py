# SPDX-License-Identifier: Apache-2.0
"""CHAP, one way and both ways, right and wrong."""
from scene import *

server = serve()
session = stranger


# --- CHAP ---

def chap(name, **how):
    how.setdefault('user', daemon.USER)
    how.setdefault('secret', daemon.SECRET)
    return session(initiator=name, chap=Chap(**how))


def test_chap_algorithms():
    """one-way CHAP with every algorithm, hexadecimal and base64"""
    for algorithms, chosen in (('5', 5), ('6', 6), ('7', 7), ('8', 8), ('7,5', 7), ('99,6,5', 6)):
        for coding in ('hex', 'base64'):
            with chap(daemon.CHAP_NAME, algorithms=algorithms, coding=coding).login() as s:
                equal(s.chap.algorithm, chosen)
                equal(len(s.chap.challenges[0]), {5: 16, 6: 20, 7: 32, 8: 32}[chosen])
                equal(s.command(0, bytes.fromhex('12000000ff00'), read=255).status, 0)


def test_chap_mutual():
    """mutual CHAP: the target proves itself"""
    for algorithms in '5678':
        with chap(daemon.MUTUAL_NAME, target=daemon.TARGET_SECRET, algorithms=algorithms).login() as s:
            equal(s.chap.answered['CHAP_N'], daemon.TARGET_USER)
            assert s.chap.target_proven(s.chap.answered)


def test_chap_wrong():
    """a wrong secret, user, length or algorithm: 0201 and the connection closes"""
    for how in ({'secret': 'wrong-secret-'}, {'user': 'other'}, {'algorithms': '99'}, {'algorithms': ''}):
        s = chap(daemon.CHAP_NAME, **how)
        refused(0x0201, s.login)
        assert s.closed()
    for answer in ({'CHAP_N': daemon.USER, 'CHAP_R': '0x00'}, {'CHAP_N': daemon.USER}, {'CHAP_R': '0x' + '00' * 16},
                   {'CHAP_N': daemon.USER, 'CHAP_R': '0x' + '0' * 2048}, {'CHAP_N': daemon.USER, 'CHAP_R': 'zz'}, {}):
        s = chap(daemon.CHAP_NAME)
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
        s.login_step(SECURITY, OPERATIONAL, {'CHAP_A': '5'}, False)
        refused(0x0201, s.login_step, SECURITY, OPERATIONAL, answer)
        s.close()


def test_chap_reflection():
    """our own challenge played back: 0201"""
    refused(0x0201, chap(daemon.MUTUAL_NAME, target=daemon.TARGET_SECRET, reflect=True).login)


def test_chap_mutual_not_configured():
    """the target is asked to prove itself but has no secret: 0201"""
    refused(0x0201, chap(daemon.CHAP_NAME, target='whatever-12-b').login)


def test_chap_same_secret():
    """one secret for both ways: 0201"""
    if not daemon.MEMORY:
        raise Skip('the command line refuses such a rule before')
    refused(0x0201, chap(daemon.SAME_NAME, target=daemon.SECRET).login)


def test_chap_not_done():
    """asking to go on in the middle of CHAP does not help"""
    s = chap(daemon.CHAP_NAME)
    s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
    equal(s.login_pdus[-1].flags, 0)
    s.login_step(SECURITY, FULL, {'CHAP_A': '5'})
    equal(s.login_pdus[-1].flags, 0)
    refused(0x0200, s.login_step, OPERATIONAL, FULL, {})


def test_chap_challenges_differ():
    """100 challenges are 100 different ones"""
    seen = set()
    for _ in range(100):
        s = chap(daemon.CHAP_NAME)
        s.login_step(SECURITY, OPERATIONAL, s.first_login_keys(), False)
        seen.add(s.login_step(SECURITY, OPERATIONAL, {'CHAP_A': '5'}, False)['CHAP_C'])
        s.close()
    equal(len(seen), 100)


def test_chap_offered_but_not_needed():
    """CHAP,None offered where no CHAP is needed: None"""
    with session(chap=Chap('a', 'b')).login() as s:
        equal(s.keys['AuthMethod'], 'None')
    refused(0x0201, lambda: session(first_keys={'AuthMethod': 'CHAP'}).login())


TESTS = tap.tests_of(globals())

if __name__ == '__main__':
    main(TESTS)
