# SPDX-License-Identifier: Apache-2.0
"""A small iSCSI target of another vendor: a changer and two tapes, as rude as a test wants them.

    with Foreign(answer) as target:          # answer(cdb, lun) is asked before the target's own manners
        ... target.portal, target.cdbs

answer returns None to let the target speak, bytes of data, or one of Refuse, HANG_UP, DIE, MUTE, Overrun.
"""
import socket
import threading

from header import *

HANG_UP, DIE, MUTE = 'hang up', 'die', 'mute'
NAME = 'iqn.2001-04.test:foreign'
INQUIRY, MODE_SENSE, REPORT_LUNS, READ_ELEMENT_STATUS = 0x12, 0x1a, 0xa0, 0xb8
TRANSPORT, SLOT, MAILSLOT, DRIVE = 1, 2, 3, 4
ELEMENTS = {TRANSPORT: [0], SLOT: [1000, 1001, 1002], MAILSLOT: [800], DRIVE: [500, 501]}
SERIALS = {0: b'CHANGER001', 1: b'TAPE000001', 2: b'TAPE000002'}


class Refuse:
    def __init__(self, key=5, asc=0x24, ascq=0):
        self.sense = bytes([0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0, 0, 0, 0])


class Overrun:
    """More data than was asked for."""

    def __init__(self, data):
        self.data = data


def asked(cdb):
    """Type, start, number, tags, identifiers and allocation length of READ ELEMENT STATUS."""
    return (cdb[1] & 15, int.from_bytes(cdb[2:4], 'big'), int.from_bytes(cdb[4:6], 'big'), bool(cdb[1] & 16),
            bool(cdb[6] & 1), int.from_bytes(cdb[7:10], 'big'))


def identity(lun):
    return b'OTHER   ' + (b'ROBOT' if lun == 0 else b'TAPE').ljust(16) + SERIALS[lun]


def descriptor(kind, address, tags=True, ids=False):
    full = kind == SLOT
    out = address.to_bytes(2, 'big') + bytes([full]) + bytes(9)
    if tags:
        out += (b'T%05dL8' % address if full else b'').ljust(32) + bytes(4)
    if ids:
        name = identity(ELEMENTS[DRIVE].index(address) + 1) if kind == DRIVE else b''
        out += bytes([2, 1, 0, len(name)]) + name
    return out


def page(kind, addresses, tags=True, ids=False):
    all_of_them = b''.join(descriptor(kind, a, tags, ids) for a in addresses)
    step = len(descriptor(kind, addresses[0], tags, ids)) if addresses else 16
    return bytes([kind, 0x80 if tags else 0]) + step.to_bytes(2, 'big') + len(all_of_them).to_bytes(4, 'big') + all_of_them


def report(pages, count, first=0):
    body = b''.join(pages)
    return first.to_bytes(2, 'big') + count.to_bytes(2, 'big') + len(body).to_bytes(4, 'big') + body


def elements(cdb, known=None):
    """The report that was asked for, by the book."""
    kind, start, number, tags, ids, _ = asked(cdb)
    pages, count = [], 0
    for k, addresses in (known or ELEMENTS).items():
        fit = [a for a in addresses if kind in (0, k) and a >= start][:number - count]
        if fit:
            pages.append(page(k, fit, tags, ids))
            count += len(fit)
    return report(pages, count)


def vpd(code, data):
    return bytes([0, code]) + len(data).to_bytes(2, 'big') + data


def manners(cdb, lun):
    """What a well-behaved device answers."""
    if lun not in SERIALS:
        return bytes([0x7f, 0, 5, 2, 31]) + bytes(31) if cdb[0] == INQUIRY else Refuse(5, 0x25)
    if cdb[0] == INQUIRY and cdb[1] & 1:
        pages = {0: b'\0\x80\x83', 0x80: SERIALS[lun], 0x83: bytes([2, 1, 0, 34]) + identity(lun)}
        return vpd(cdb[2], pages[cdb[2]]) if cdb[2] in pages else Refuse()
    if cdb[0] == INQUIRY:
        return bytes([1 if lun else 8, 0x80, 5, 2, 31, 0, 0, 2]) + identity(lun)[:24] + b'1.00'
    if cdb[0] == REPORT_LUNS:
        return (8 * len(SERIALS)).to_bytes(4, 'big') + bytes(4) + b''.join(bytes([0, n]) + bytes(6) for n in SERIALS)
    if cdb[0] == MODE_SENSE and cdb[2] & 0x3f == 0x1d:
        numbers = b''.join(ELEMENTS[k][0].to_bytes(2, 'big') + len(ELEMENTS[k]).to_bytes(2, 'big') for k in ELEMENTS)
        return bytes([23, 0, 0, 0, 0x1d, 18]) + numbers + bytes(2)
    if cdb[0] == READ_ELEMENT_STATUS and lun == 0:
        return elements(cdb)
    return b'' if cdb[0] == 0 else Refuse(5, 0x20)


class Foreign:
    def __init__(self, answer=lambda cdb, lun: None, residuals=True):
        self.answer, self.residuals = answer, residuals
        self.cdbs, self.lengths, self.connections = [], [], set()
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.portal = '127.0.0.1:%d' % self.socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.die()

    def die(self):
        """As a process that is killed: nobody listens, every connection is gone."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        for connection in list(self.connections):
            connection.gone()

    def _listen(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            connection = Connection(self, sock)
            self.connections.add(connection)
            threading.Thread(target=connection.serve, daemon=True).start()


class Connection:
    def __init__(self, target, sock):
        self.target, self.sock, self.stat_sn = target, sock, 1
        self.serves = {LOGIN: self.login, TEXT: self.text, SCSI_COMMAND: self.command, LOGOUT: self.logout,
                       NOP_OUT: self.nop}

    def gone(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def serve(self):
        try:
            while True:
                pdu = Pdu()
                pdu.bhs = bytearray(self.exactly(48))
                self.exactly(4 * pdu.ahs_words)
                pdu.data = self.exactly(pdu.segment + -pdu.segment % 4)[:pdu.segment]
                self.serves[pdu.code](pdu)
        except (OSError, EOFError):
            pass
        finally:
            self.target.connections.discard(self)
            self.sock.close()

    def exactly(self, n):
        data = b''
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def send(self, code, to, flags=FINAL, data=b'', **fields):
        pdu = Pdu(code, flags, data, itt=to.itt, stat_sn=self.stat_sn, exp_cmd_sn=to.cmd_sn + (not to.bhs[0] & IMMEDIATE),
                  max_cmd_sn=to.cmd_sn + 32, **fields)
        pdu.segment = len(data)
        self.stat_sn += 1
        self.sock.sendall(bytes(pdu.bhs) + pad(data))

    def login(self, pdu):
        answers = {'AuthMethod': 'None', 'HeaderDigest': 'None', 'DataDigest': 'None', 'InitialR2T': 'Yes',
                   'ImmediateData': 'Yes', 'MaxRecvDataSegmentLength': '262144', 'MaxConnections': '1',
                   'ErrorRecoveryLevel': '0', 'MaxOutstandingR2T': '1'}
        offered = dict(parse_text(pdu.data))
        keys = {k: answers[k] for k in offered if k in answers}
        if 'InitiatorName' in offered:
            keys['TargetPortalGroupTag'] = '1'
        self.send(LOGIN_RESPONSE, pdu, pdu.flags & ~CONTINUE, text(keys), isid=pdu.isid, tsih=1)

    def text(self, pdu):
        self.send(TEXT_RESPONSE, pdu, data=text({'TargetName': NAME, 'TargetAddress': self.target.portal + ',1'}),
                  ttt=NO_TAG)

    def nop(self, pdu):
        if pdu.itt != NO_TAG:
            self.send(NOP_IN, pdu, ttt=NO_TAG)

    def logout(self, pdu):
        self.send(LOGOUT_RESPONSE, pdu)
        raise EOFError

    def command(self, pdu):
        cdb, lun = bytes(pdu.bhs[32:48]), pdu.bhs[9]
        self.target.cdbs.append((lun, cdb))
        self.target.lengths.append(pdu.expected)
        said = self.target.answer(cdb, lun)
        if said is None:
            said = manners(cdb, lun)
        if said == DIE:
            self.target.die()
        if said in (DIE, HANG_UP):
            raise EOFError
        if said == MUTE:
            return
        if isinstance(said, Refuse):
            self.send(SCSI_RESPONSE, pdu, FINAL | 2, len(said.sense).to_bytes(2, 'big') + said.sense, status=2,
                      residual=pdu.expected)
        else:
            self.data_in(pdu, said)

    def data_in(self, pdu, said):
        data = said.data if isinstance(said, Overrun) else said[:pdu.expected]
        left = max(pdu.expected - len(data), 0) if self.target.residuals else 0
        flags = FINAL | 1 | (2 if left else 0)
        if data:
            self.send(DATA_IN, pdu, flags, data, ttt=NO_TAG, residual=left)
        else:
            self.send(SCSI_RESPONSE, pdu, FINAL | (2 if left else 0), residual=left)
