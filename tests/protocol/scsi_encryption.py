# SPDX-License-Identifier: Apache-2.0
"""Encryption as clients do it: what stenc, Bareos and Proxmox Backup Server send; what is left on the disk."""
import os
import pathlib
import random
import subprocess

from scene import *

server = serve()
KEY = bytes(range(0xa0, 0xc0))
OTHER_KEY = bytes(range(0xc0, 0xe0))
PLAIN = b'the plain text of a record '
OTHER = b'\x40\0\1\x37\0\1'


def kad(kind, text):
    return bytes([kind, 0]) + len(text).to_bytes(2, 'big') + text


def spin(s, page, size=8192):
    r = s.command(tape(), bytes([0xa2, 0x20]) + page.to_bytes(2, 'big') + b'\0\0' + size.to_bytes(4, 'big') + b'\0\0', read=size)
    equal(r.status, 0, f'SECURITY PROTOCOL IN {page:04x}')
    return r.data


def write(s, data):
    equal(s.command(tape(), cdb6(0x0a, len(data)), write=data).status, 0, 'WRITE')


def read(s, size):
    return s.command(tape(), cdb6(0x08, size), read=size)


def record(i, size=5000):
    return (PLAIN + str(i).encode() + b' ') * (size // 20)


def next_block(s):
    return spin(s, 0x21)[12] & 15


def test_stenc():
    """stenc's sequence: on with a named key, status, a record, the state of the volume, off"""
    with member() as s:
        rewind(s)
        equal(spin(s, 0x20)[4:8], bytes(4), 'nothing is set')
        set_key(s, ON, DECRYPT, KEY, control=0x44, kads=kad(0, b'name of the key'))
        status = spin(s, 0x20)
        equal(status[4:8], bytes([2 << 5 | 2, ON, DECRYPT, 1]), 'status')
        equal(status[24:], kad(0, b'name of the key'), 'key-associated data')
        write(s, record(1))
        rewind(s)
        volume = spin(s, 0x21)
        equal(volume[12:14], bytes([0x35, 1]), 'encrypted, with this key')
        equal(volume[16:], kad(0, b'name of the key'), 'key-associated data of the record')
        equal(read(s, len(record(1))).data, record(1), 'the record')
        set_key(s, OFF, OFF, bytes(32), control=0x44)
        rewind(s)
        equal(read(s, 8192).key, (7, 0x74, 0x01), 'READ when off')
        equal(next_block(s), 6, 'encrypted, not with this key')


def test_mixed_and_wrong():
    """mixed: plain and encrypted records of one tape are read; with another key they are refused, and can be passed"""
    with member() as s:
        rewind(s)
        write(s, record(0))
        set_key(s, ON, MIXED, KEY)
        for i in range(1, 30):
            write(s, record(i))
        rewind(s)
        for i in range(30):
            equal(read(s, 16384).data, record(i), f'record {i}')
        set_key(s, ON, MIXED, OTHER_KEY)
        rewind(s)
        equal(read(s, 16384).data, record(0), 'plain')
        for _ in range(2):
            equal(read(s, 16384).key, (7, 0x74, 0x03), 'another key')
        equal(s.command(tape(), cdb6(0x13, 5000)).key, (7, 0x74, 0x03), 'VERIFY')
        equal(s.command(tape(), cdb6(0x11, 28)).status, 0, 'SPACE')
        set_key(s, ON, DECRYPT, KEY)
        equal(read(s, 16384).data, record(29), 'the last one')
        rewind(s)
        equal(read(s, 16384).key, (7, 0x74, 0x02), 'plain while decrypting all')
        set_key(s, OFF, OFF)


def test_bareos_and_pbs():
    """the capabilities that Proxmox Backup Server asks for, and the key of Bareos with algorithm index 1 for all hosts"""
    with member() as s, member(isid=OTHER) as t:
        s.clear(tape())
        capabilities = spin(s, 0x10)
        equal((capabilities[20], capabilities[22:24], capabilities[40:44]), (1, b'\0\x14', bytes.fromhex('00010014')))
        set_key(s, ON, MIXED, KEY, control=0)
        equal(t.command(tape(), TUR).key, (6, 0x2a, 0x11), 'the other session')
        equal(spin(t, 0x20)[5:7], bytes([ON, MIXED]), 'and it has the key')
        set_key(t, OFF, OFF, bytes(32), control=0)
        equal(s.command(tape(), TUR).key, (6, 0x2a, 0x11), 'the first session')


def der(tag, *parts):
    content = b''.join(parts)
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, 'big')
    return bytes([tag]) + (size if len(content) < 128 else bytes([0x80 | len(size)]) + size) + content


def wrapped(page, label):
    """the key, wrapped by openssl with the public key of page 0031h"""
    equal((page[4:12], page[12:14]), (bytes(8), b'\2\0'), 'RSA-2048')
    numbers = [der(2, b'\0' + page[at:at + 256].lstrip(b'\0')) for at in (14, 270)]
    rsa = der(0x30, bytes.fromhex('06092a864886f70d0101010500'))
    public = pathlib.Path(server.state, 'public.der')
    public.write_bytes(der(0x30, rsa, der(3, b'\0', der(0x30, *numbers))))
    done = subprocess.run(['openssl', 'pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', public,
                           '-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', 'rsa_oaep_md:sha256',
                           '-pkeyopt', 'rsa_mgf1_md:sha256', '-pkeyopt', f'rsa_oaep_label:{label.hex()}'],
                          input=KEY, capture_output=True, timeout=60)
    equal((done.returncode, len(done.stdout)), (0, 256), done.stderr)
    return b'\0\0' + len(label).to_bytes(2, 'big') + label + b'\1\0' + done.stdout + b'\0\0'


def test_wrapped():
    """a key that was wrapped with the drive's public key is the same key; another drive's name is refused"""
    with member() as s:
        s.clear(tape())
        equal(spin(s, 0x11)[4:], bytes([0, 2]), 'key formats')
        page = spin(s, 0x31)
        name = s.command(tape(), bytes.fromhex('12 01 83 00 ff 00'), read=255).data[4:]
        label = b'\0\0' + name[2:4] + name[4:4 + name[3]]
        set_key(s, ON, MIXED, wrapped(page, label), key_format=2)
        rewind(s)
        write(s, record(7))
        set_key(s, OFF, DECRYPT, KEY)
        rewind(s)
        equal(read(s, 16384).data, record(7), 'with the key as it is')
        before = spin(s, 0x20)
        other = label[:-1] + bytes([label[-1] ^ 1])
        equal(spout(s, page_0010(ON, MIXED, wrapped(page, other), key_format=2)).key, (5, 0x26, 0x00))
        key = bytearray(wrapped(page, label))
        key[-100] ^= 1
        equal(spout(s, page_0010(ON, MIXED, bytes(key), key_format=2)).key, (5, 0x74, 0x0c))
        equal(spin(s, 0x20), before, 'status')
        set_key(s, OFF, OFF)


def test_session_lost():
    """a key for all hosts outlives its session, one of its own does not"""
    with member() as s:
        set_key(s, ON, MIXED, KEY)
        rewind(s)
        write(s, record(1))
    with member(isid=OTHER) as s:
        rewind(s)
        equal(read(s, 16384).data, record(1), 'with the key of another session')
        set_key(s, ON, MIXED, OTHER_KEY, scope=1)
        rewind(s)
        equal(read(s, 16384).key, (7, 0x74, 0x03), 'with its own')
    with member(isid=OTHER) as s:
        rewind(s)
        equal(read(s, 16384).data, record(1), 'its own has ended')
        set_key(s, OFF, OFF)


def test_refused():
    """a list that is wrong or cut changes nothing"""
    with member() as s:
        set_key(s, ON, MIXED, KEY)
        before = spin(s, 0x20)
        for page in (page_0010(ON, MIXED, KEY[:31]), page_0010(ON, MIXED, KEY + b'x'), page_0010(ON, MIXED),
                     page_0010(ON, MIXED, KEY, algorithm=2), page_0010(1, MIXED, KEY), page_0010(ON, 4, KEY),
                     page_0010(ON, MIXED, KEY, kads=kad(1, b'x' * 13)), page_0010(ON, MIXED, KEY, kads=kad(0, b'x' * 33)),
                     page_0010(ON, MIXED, KEY, scope=3)):
            equal(spout(s, page).key, (5, 0x26, 0x00))
        page = page_0010(ON, MIXED, KEY)
        for size in range(1, len(page)):
            equal(spout(s, page[:size]).key, (5, 0x1a, 0x00), f'{size} bytes')
        equal(spin(s, 0x20), before, 'status')
        set_key(s, OFF, OFF)


def test_on_disk():
    """neither plain text nor a key is in the files of cartridge and daemon, in its log, or in what the tools show"""
    with member() as s:
        set_key(s, ON, MIXED, KEY, kads=kad(1, b'twelve bytes'))
        rewind(s)
        for i in range(100):
            write(s, record(i))
        equal(s.command(tape(), bytes.fromhex('100000000100')).status, 0, 'WRITE FILEMARKS')
        shown = server.evertape('--json', 'drive', 'show', '1') + server.evertape('drive', 'show', '1')
        assert '"encrypts": true' in shown and NAME in shown, shown
        server.evertape('log', 'scsi=trace')
        set_key(s, ON, MIXED, KEY)
        server.evertape('log', 'scsi=info')
        set_key(s, OFF, OFF)
    server.evertape('drive', 'unload', '1', '--force')
    shown += server.evertape('--json', 'cartridge', 'show', 'PDU001L8')
    assert '"encrypted": true' in shown, shown
    texts = [PLAIN, KEY, KEY[:8], KEY.hex().encode(), KEY.hex(' ').encode(), KEY.hex().upper().encode(), KEY.hex(' ').upper().encode()]
    found, files = [], 0
    for folder, _, names in os.walk(server.state):
        for name in names:
            path = pathlib.Path(folder, name)
            if path.is_file():
                files += 1
                content = path.read_bytes()
                found += [(name, text) for text in texts if text in content]
    log = '\n'.join(server.lines).encode() + shown.encode()
    found += [('log', text) for text in texts if text in log]
    assert files > 5 and not found, found
    assert 'encryption key set for all hosts' in log.decode(), 'no event'
    # and verify needs no key
    done = subprocess.run([str(daemon.BUILD / 'evertape'), '--state', server.state, 'cartridge', 'verify', 'PDU001L8'],
                          capture_output=True, text=True, timeout=120)
    equal(done.returncode, 0, done.stderr)
    server.evertape('drive', 'load', '1', 'PDU001L8')


def locate(s, number):
    equal(s.command(tape(), b'\x2b\0\0' + number.to_bytes(4, 'big') + bytes(3)).status, 0, 'LOCATE')


def noise(n, size=40000):
    """Records that differ, and do not become smaller."""
    return [os.urandom(size) for _ in range(n)]


def check_read(s, records, numbers):
    for i in numbers:
        equal(read(s, 65536).data == records[i], True, f'record {i}')


def test_keys_between_reads():
    """a drive reads ahead; the key that counts is the one at the READ, also when two hosts with keys of their own take turns"""
    records = noise(80)
    with member() as s, member(isid=OTHER) as t:
        set_key(s, ON, MIXED, KEY)
        s.clear(tape()), t.clear(tape())
        rewind(s)
        for data in records:
            write(s, data)
        rewind(s)
        wrong = [((OFF, MIXED, OTHER_KEY), (7, 0x74, 0x03), 6), ((OFF, DECRYPT, OTHER_KEY), (7, 0x74, 0x03), 6),
                 ((OFF, OFF), (7, 0x74, 0x01), 6)]
        at = 0
        for args, key, status in wrong:
            check_read(s, records, range(at, at + 12))
            at += 12
            set_key(s, *args)
            equal((read(s, 65536).key, next_block(s), read(s, 65536).key), (key, status, key), f'before record {at}')
            set_key(s, OFF, MIXED, KEY)
            equal(next_block(s), 5, f'before record {at}')
        t.clear(tape())
        set_key(t, OFF, MIXED, OTHER_KEY, scope=1)
        for at in range(at, at + 12):
            equal(read(t, 65536).key, (7, 0x74, 0x03), f'the other host, before record {at}')
            check_read(s, records, [at])
        check_read(s, records, range(at + 1, 80))
        set_key(s, OFF, OFF)


def test_moves_between_reads():
    """LOCATE, SPACE, REWIND and back between reads, over records of two keys and plain ones"""
    records, order = noise(90, 20000), random.Random(SEED)
    print(f'# SEED={SEED}')
    with member() as s:
        rewind(s)
        for i, data in enumerate(records):
            if i % 30 in (0, 20):
                set_key(s, OFF if i % 30 else ON, MIXED, KEY)
            if i % 30 == 25:
                set_key(s, ON, MIXED, OTHER_KEY)
            write(s, data)
        set_key(s, OFF, MIXED, KEY)
        for _ in range(30):
            at = order.randrange(90)
            locate(s, at)
            for step in (0, order.choice((-3, -1, 1, 2, 5))):
                by = min(max(at + step, 0), 89) - at
                if by:
                    equal(s.command(tape(), b'\x11\0' + by.to_bytes(3, 'big', signed=True) + b'\0').status, 0, 'SPACE')
                at += by
                end = min(at + order.randrange(25), 90)
                for i in range(at, end):
                    if i % 30 < 25:
                        check_read(s, records, [i])
                    else:
                        equal(read(s, 65536).key, (7, 0x74, 0x03), f'record {i}')
                        locate(s, i + 1)
                at = end
        set_key(s, OFF, OFF)


def test_damaged_between_reads():
    """a damaged record among those that the drive reads ahead: the error comes at its READ, and the others come whole"""
    records, bad = noise(40), 17
    with member() as s:
        set_key(s, ON, MIXED, KEY, control=0x60)
        rewind(s)
        for data in records:
            write(s, data)
        set_key(s, OFF, RAW)
        locate(s, bad)
        raw = read(s, 65536).data
        assert len(raw) > 40000, len(raw)
        set_key(s, OFF, OFF)
    server.evertape('drive', 'unload', '1', '--force')
    turn_bit_of(raw)
    server.evertape('drive', 'load', '1', 'PDU001L8')
    with member() as s:
        set_key(s, OFF, MIXED, KEY)
        rewind(s)
        check_read(s, records, range(bad))
        equal(read(s, 65536).key[0], 3, 'the damaged record')
        locate(s, bad + 1)
        check_read(s, records, range(bad + 1, 40))
        set_key(s, OFF, OFF)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(TESTS)
