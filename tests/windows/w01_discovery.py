# SPDX-License-Identifier: Apache-2.0
"""W01 discovery login"""
from host import *


def test_login(place):
    """two login PDUs, SendTargets, Logout 0"""
    with Host(place).session() as s:
        pdu = s.login_pdu(SECURITY, OPERATIONAL, s.first_login_keys())
        equal(bytes(pdu.bhs[:2]), b'\x43\x81')
        equal(list(s.first_login_keys()), ['InitiatorName', 'SessionType', 'AuthMethod'])
        got = s.login_step(SECURITY, OPERATIONAL, s.first_login_keys())
        first = s.login_pdus[0]
        equal((first.bhs[:2].hex(), first.login_status, first.tsih), ('2381', 0, 0), 'the first answer')
        equal(got, {'AuthMethod': 'None'})

        equal(bytes(s.login_pdu(OPERATIONAL, FULL, s.offer).bhs[:2]), b'\x43\x87')
        equal(list(s.offer), ['HeaderDigest', 'DataDigest', 'MaxRecvDataSegmentLength', 'DefaultTime2Wait',
                              'DefaultTime2Retain'])
        got = s.login_step(OPERATIONAL, FULL, s.offer)
        last = s.login_pdus[1]
        equal((last.bhs[:2].hex(), last.login_status), ('2387', 0), 'the last answer')
        assert last.tsih, 'a session without TSIH'
        equal(set(got) - set(s.offer), set(), 'keys that nobody offered')
        equal((got['HeaderDigest'], got['DataDigest']), ('None', 'None'))
        assert int(got['DefaultTime2Wait']) >= 0 and int(got['DefaultTime2Retain']) <= 60, got
        assert 512 <= int(got['MaxRecvDataSegmentLength']) < 1 << 24, got
        s.logged_in()

        s.send(s.number(Pdu(TEXT, FINAL, text({'SendTargets': 'All'}), itt=s.itt(), ttt=NO_TAG)))
        answer = s.expect(TEXT_RESPONSE)
        equal((answer.final, answer.ttt), (True, NO_TAG))
        equal(answer.data[-1:], b'\0', 'the length counts the last NUL and no padding')
        wanted = []
        for target in sorted({target for library in place.libraries() for _, target, _ in place.devices(library)}):
            wanted.append([('TargetName', target)] + [
                ('TargetAddress', f'[{h}]:{p},1' if ':' in h else f'{h}:{p},1') for h, p in place.portals])
        pairs, found = parse_text(answer.data), []
        for pair in pairs:
            if pair[0] == 'TargetName':
                found.append([])
            found[-1].append(pair)
        equal(sorted(found), wanted)
        equal(s.logout(), 0)
