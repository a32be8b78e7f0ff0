# SPDX-License-Identifier: Apache-2.0
"""An iSCSI initiator that may break every rule: raw PDUs, any key, any ISID, digests, CHAP.

    s = Session(address, target='iqn...', isid=b'\\x40\\x00\\x01\\x37\\x00\\x00')
    s.login()                              # raises LoginRefused(status) unless it works
    r = s.command(1, bytes.fromhex('000000000000'))
    r.status, r.sense, r.data, r.residual

Everything below that level is open: s.send(Pdu(...)), s.receive(), s.cmd_sn, s.keys.
Only Python's standard library is used.
"""
import socket
import struct
import time

from chap import Chap
from header import *

WINDOWS_DISCOVERY = {
    'HeaderDigest': 'None,CRC32C', 'DataDigest': 'None,CRC32C', 'MaxRecvDataSegmentLength': '65536',
    'DefaultTime2Wait': '0', 'DefaultTime2Retain': '60'}
WINDOWS_NORMAL = {
    **WINDOWS_DISCOVERY, 'ErrorRecoveryLevel': '2', 'InitialR2T': 'No', 'ImmediateData': 'Yes',
    'MaxBurstLength': '262144', 'FirstBurstLength': '65536', 'MaxConnections': '32',
    'MaxOutstandingR2T': '16', 'DataPDUInOrder': 'Yes', 'DataSequenceInOrder': 'Yes'}
DEFAULT_KEYS = {
    'HeaderDigest': 'None', 'DataDigest': 'None', 'MaxRecvDataSegmentLength': '262144',
    'InitialR2T': 'No', 'ImmediateData': 'Yes', 'MaxBurstLength': '262144',
    'FirstBurstLength': '65536', 'MaxConnections': '1', 'MaxOutstandingR2T': '1',
    'DataPDUInOrder': 'Yes', 'DataSequenceInOrder': 'Yes', 'ErrorRecoveryLevel': '0',
    'DefaultTime2Wait': '2', 'DefaultTime2Retain': '0'}


class Closed(Exception):
    """The target closed the connection (or nothing came in time)."""


class LoginRefused(Exception):
    def __init__(self, status):
        super().__init__(f'login status {status:04x}')
        self.status = status


class Response:
    """What came for one command: status None means only a Reject or nothing fit."""

    def __init__(self):
        self.status = self.pdu = self.reject = None
        self.data, self.sense, self.data_ins, self.r2ts = b'', b'', [], []

    @property
    def residual(self):
        """Signed: positive is underflow (U), negative overflow (O), 0 none."""
        flags = self.pdu.flags
        return self.pdu.residual if flags & 2 else -self.pdu.residual if flags & 4 else 0

    @property
    def key(self):
        return (self.sense[2] & 15, self.sense[12], self.sense[13]) if len(self.sense) >= 14 else None

    def __repr__(self):
        return f'<status {self.status} sense {self.key} data {len(self.data)} residual {self.pdu and self.residual}>'


class Session:
    def __init__(self, address, target=None, initiator='iqn.2026-01.test:initiator', isid=ISID, tsih=0, cid=1,
                 keys=None, first_keys=None, chap=None, timeout=10, cmd_sn=1, connect=True, login_itt=0x10000,
                 source=None):
        self.address, self.target, self.initiator, self.source = address, target, initiator, source
        self.isid, self.tsih, self.cid, self.chap = isid, tsih, cid, chap
        self.offer = dict(DEFAULT_KEYS if target else WINDOWS_DISCOVERY) if keys is None else keys
        self.first_keys = first_keys or {}
        self.timeout, self.cmd_sn, self.exp_stat_sn, self.next_itt = timeout, cmd_sn, 1, 1
        self.login_itt = login_itt
        self.header_digest = self.data_digest = False
        self.keys, self.login_pdus, self.inbox, self.r2ts_seen = {}, [], [], {}
        self.exp_cmd_sn = self.max_cmd_sn = None
        self.sock, self.buffer = None, b''
        if connect:
            self.connect()

    # --- bytes ---

    def connect(self):
        self.sock = socket.create_connection(self.address, timeout=self.timeout,
                                             source_address=(self.source, 0) if self.source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self, reset=False):
        if self.sock:
            if reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            self.sock.close()
            self.sock = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def pack(self, pdu, segment=None, bad_header=False, bad_data=False):
        """The bytes of a PDU, digests included; segment lies about the length."""
        pdu.bhs[4] = pdu.bhs[4] or len(pdu.ahs) // 4
        pdu.segment = len(pdu.data) if segment is None else segment
        out = bytes(pdu.bhs) + pdu.ahs
        if self.header_digest:
            out += struct.pack('<I', crc32c(out) ^ (1 if bad_header else 0))
        if pdu.data:
            out += pad(pdu.data)
            if self.data_digest:
                out += struct.pack('<I', crc32c(pad(pdu.data)) ^ (1 if bad_data else 0))
        return out

    def send_raw(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise Closed(str(e)) from e

    def send(self, pdu, **how):
        self.send_raw(self.pack(pdu, **how))

    def _exact(self, n, deadline):
        while len(self.buffer) < n:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Closed('nothing came in time')
            self.sock.settimeout(left)
            try:
                more = self.sock.recv(1 << 20)
            except socket.timeout:
                raise Closed('nothing came in time') from None
            except OSError as e:
                raise Closed(str(e)) from e
            if not more:
                raise Closed('end of stream')
            self.buffer += more
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def receive(self, timeout=None):
        """The next PDU, in order of arrival."""
        if self.inbox:
            return self.inbox.pop(0)
        return self._receive(timeout)

    def _receive(self, timeout=None):
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        pdu = Pdu()
        pdu.bhs = bytearray(self._exact(48, deadline))
        pdu.ahs = self._exact(4 * pdu.bhs[4], deadline)
        if self.header_digest:
            digest = self._exact(4, deadline)
            assert struct.unpack('<I', digest)[0] == crc32c(bytes(pdu.bhs) + pdu.ahs), 'header digest'
        length = pdu.segment
        if length:
            padded = self._exact(length + -length % 4, deadline)
            pdu.data = padded[:length]
            if self.data_digest:
                digest = self._exact(4, deadline)
                assert struct.unpack('<I', digest)[0] == crc32c(padded), 'data digest'
        self._note(pdu)
        return pdu

    def _note(self, pdu):
        """Keeps the sequence numbers a good initiator keeps, and checks the target's."""
        has_status = pdu.code in (SCSI_RESPONSE, TMF_RESPONSE, LOGIN_RESPONSE, TEXT_RESPONSE, LOGOUT_RESPONSE,
                                  ASYNC, REJECT) or (pdu.code == DATA_IN and pdu.flags & 1) or \
            (pdu.code == NOP_IN and pdu.itt != NO_TAG)
        if has_status:
            if pdu.code != LOGIN_RESPONSE or self.login_pdus:
                assert pdu.stat_sn == self.exp_stat_sn, f'StatSN {pdu.stat_sn}, expected {self.exp_stat_sn}: {pdu}'
            self.exp_stat_sn = (pdu.stat_sn + 1) & 0xffffffff
        if pdu.code == R2T:
            assert pdu.r2t_sn == self.r2ts_seen.get(pdu.itt, 0), f'R2TSN: {pdu}'
            self.r2ts_seen[pdu.itt] = pdu.r2t_sn + 1
        self.exp_cmd_sn = pdu.exp_cmd_sn
        if self.max_cmd_sn is None or (pdu.max_cmd_sn - self.max_cmd_sn) & 0xffffffff < 0x80000000:
            self.max_cmd_sn = pdu.max_cmd_sn
        elif pdu.code != LOGIN_RESPONSE:
            raise AssertionError(f'MaxCmdSN went back: {pdu.max_cmd_sn} after {self.max_cmd_sn}')

    def closed(self, timeout=5):
        """True when the target closes the connection; PDUs before that are kept in self.inbox."""
        deadline = time.monotonic() + timeout
        kept = self.inbox
        self.inbox = []
        try:
            while time.monotonic() < deadline:
                kept.append(self._receive(deadline - time.monotonic()))
        except Closed as e:
            return 'in time' not in str(e)
        finally:
            self.inbox = kept
        return False

    # --- numbers ---

    def itt(self):
        self.next_itt += 1
        return self.next_itt - 1

    def number(self, pdu):
        """Gives a request its CmdSN and ExpStatSN."""
        pdu.cmd_sn = self.cmd_sn
        pdu.exp_stat_sn = self.exp_stat_sn
        if not pdu.bhs[0] & IMMEDIATE:
            self.cmd_sn = (self.cmd_sn + 1) & 0xffffffff
        return pdu

    # --- login ---

    def login_pdu(self, csg, nsg, keys, transit=True, more=False):
        flags = (FINAL if transit else 0) | (CONTINUE if more else 0) | csg << 2 | (nsg if transit else 0)
        return Pdu(LOGIN, flags, text(keys), immediate=True, isid=self.isid, tsih=self.tsih, itt=self.login_itt,
                   cid=self.cid, cmd_sn=self.cmd_sn, exp_stat_sn=self.exp_stat_sn)

    def login_step(self, csg, nsg, keys, transit=True, more=False):
        """One Login Request and its response; its keys, and the response in self.login_pdus."""
        self.send(self.login_pdu(csg, nsg, keys, transit, more))
        pdu = self.receive()
        assert pdu.code == LOGIN_RESPONSE, pdu
        self.login_pdus.append(pdu)
        if pdu.login_status:
            raise LoginRefused(pdu.login_status)
        got = dict(parse_text(pdu.data))
        self.keys.update(got)
        return got

    def first_login_keys(self):
        keys = {'InitiatorName': self.initiator, 'SessionType': 'Normal' if self.target else 'Discovery'}
        if self.target:
            keys['TargetName'] = self.target
        keys['AuthMethod'] = 'CHAP,None' if self.chap else 'None'
        keys.update(self.first_keys)
        return {k: v for k, v in keys.items() if v is not None}

    def login(self, final=True):
        """The whole login.  final False: stop before the operational stage."""
        transit = not self.chap
        got = self.login_step(SECURITY, OPERATIONAL, self.first_login_keys(), transit)
        if self.chap and got.get('AuthMethod') == 'CHAP':
            got = self.login_step(SECURITY, OPERATIONAL, {'CHAP_A': self.chap.algorithms}, False)
            got = self.login_step(SECURITY, OPERATIONAL, self.chap.answer(got))
            self.chap.answered = got
        elif self.chap:
            self.login_step(SECURITY, OPERATIONAL, {})
        if final:
            self.login_step(OPERATIONAL, FULL, self.offer)
            self.logged_in()
        return self

    def logged_in(self):
        self.tsih = self.login_pdus[-1].tsih
        self.header_digest = self.keys.get('HeaderDigest') == 'CRC32C'
        self.data_digest = self.keys.get('DataDigest') == 'CRC32C'

    def value(self, key, default):
        """What the session agreed on for a numeric key."""
        return int(self.keys.get(key, default))

    # --- commands ---

    def command_pdu(self, lun, cdb, write=0, read=0, data=b'', final=True, attr=0, itt=None, **more):
        flags = (FINAL if final else 0) | (READ if read else 0) | (WRITE if write else 0) | attr
        pdu = Pdu(SCSI_COMMAND, flags, data, lun=lun_bytes(lun), itt=self.itt() if itt is None else itt,
                  expected=write or read, cdb=cdb.ljust(16, b'\0'), **more)
        return self.number(pdu)

    def submit(self, lun, cdb, write=b'', read=0, immediate_data=None, **more):
        """Sends a command with the immediate data the session allows; its Command PDU."""
        if immediate_data is None:
            limit = min(self.value('FirstBurstLength', 65536), self.value('MaxRecvDataSegmentLength', 8192))
            immediate_data = write[:limit] if self.keys.get('ImmediateData', 'Yes') == 'Yes' else b''
        pdu = self.command_pdu(lun, cdb, len(write), read, immediate_data, **more)
        self.send(pdu)
        return pdu

    def answer_r2t(self, r2t, write, segment=None):
        """The Data-Outs one R2T asks for."""
        size = segment or self.value('MaxRecvDataSegmentLength', 8192)
        at, end, sn = r2t.offset, r2t.offset + r2t.length, 0
        while at < end:
            n = min(size, end - at)
            self.send(Pdu(DATA_OUT, FINAL if at + n == end else 0, write[at:at + n], lun=r2t.lun, itt=r2t.itt,
                          ttt=r2t.ttt, exp_stat_sn=self.exp_stat_sn, data_sn=sn, offset=at))
            at, sn = at + n, sn + 1

    def finish(self, pdu, write=b'', timeout=None, segment=None):
        """Answers R2Ts and gathers Data-In of a submitted command until its status."""
        r, deadline = Response(), time.monotonic() + (timeout or self.timeout)
        others = []
        while r.status is None and r.reject is None:
            got = self.receive(max(deadline - time.monotonic(), 0.01))
            if got.code == REJECT and got.data[16:20] == pdu.bhs[16:20]:
                r.reject = got.reason
            elif got.itt != pdu.itt:
                others.append(got)
            elif got.code == R2T:
                r.r2ts.append(got)
                self.answer_r2t(got, write, segment)
            elif got.code == DATA_IN:
                assert got.data_sn == len(r.data_ins) and got.offset == len(r.data), got
                r.data_ins.append(got)
                r.data += got.data
                if got.flags & 1:
                    r.status, r.pdu = got.status, got
            elif got.code == SCSI_RESPONSE:
                assert got.exp_data_sn == len(r.data_ins) + self.r2ts_seen.get(pdu.itt, 0), got
                r.status, r.pdu = got.status, got
                if got.data:
                    n = int.from_bytes(got.data[:2], 'big')
                    assert n + 2 <= len(got.data), got
                    r.sense = got.data[2:2 + n]
        self.inbox = others + self.inbox
        self.r2ts_seen.pop(pdu.itt, None)
        return r

    def command(self, lun, cdb, write=b'', read=0, timeout=None, **more):
        if isinstance(cdb, str):
            cdb = bytes.fromhex(cdb)
        return self.finish(self.submit(lun, cdb, write, read, **more), write, timeout)

    def clear(self, *luns):
        """Takes the unit attentions that wait, so that a test begins clean."""
        for lun in luns:
            for _ in range(8):
                if self.command(lun, bytes(6)).key not in ((6, 0x29, 0), (6, 0x29, 7), (6, 0x28, 0), (6, 0x3f, 0x0e),
                                                           (6, 0x29, 3), (6, 0x29, 1), (6, 0x28, 1), (6, 0x2f, 0)):
                    break
        return self

    # --- the rest ---

    def expect(self, code, timeout=None, itt=None):
        """The next PDU of that code; others before it are kept."""
        others, deadline = [], time.monotonic() + (timeout or self.timeout)
        try:
            while True:
                pdu = self.receive(max(deadline - time.monotonic(), 0.01))
                if pdu.code == code and itt in (None, pdu.itt):
                    return pdu
                others.append(pdu)
        finally:
            self.inbox = others + self.inbox

    def gather(self, seconds=0.1):
        """Takes in what comes during that time, into self.inbox; how many PDUs."""
        fresh, deadline = [], time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                fresh.append(self._receive(deadline - time.monotonic()))
        except Closed as e:
            if 'in time' not in str(e):
                raise
        finally:
            self.inbox += fresh
        return len(fresh)

    def quiet(self, seconds=0.3, code=None):
        """True when nothing (or nothing of that code) has come or comes for so long."""
        self.gather(seconds)
        return not [p for p in self.inbox if code in (None, p.code)]

    def nop(self, data=b'', immediate=False, itt=None, ttt=NO_TAG, **how):
        pdu = self.number(Pdu(NOP_OUT, FINAL, data, immediate=immediate, ttt=ttt,
                              itt=self.itt() if itt is None else itt))
        self.send(pdu, **how)
        return self.expect(NOP_IN, itt=pdu.itt) if pdu.itt != NO_TAG else None

    def tmf(self, function, lun=0, task=NO_TAG, ref_cmd_sn=0, immediate=True, wait=True):
        pdu = self.number(Pdu(TMF, FINAL | function, immediate=immediate, lun=lun_bytes(lun), itt=self.itt(),
                              ttt=task, ref_cmd_sn=ref_cmd_sn))
        self.send(pdu)
        return self.expect(TMF_RESPONSE, itt=pdu.itt).response if wait else pdu

    def text_exchange(self, keys, more=False, **fields):
        """A Text Request and the whole answer, also over several responses: pairs."""
        itt = self.itt()
        self.send(self.number(Pdu(TEXT, CONTINUE if more else FINAL, text(keys), itt=itt, ttt=NO_TAG, **fields)))
        data, n = b'', 0
        while True:
            pdu = self.expect(TEXT_RESPONSE, itt=itt)
            data, n = data + pdu.data, n + 1
            if pdu.final:
                assert pdu.ttt == NO_TAG, pdu
                self.text_responses = n
                return parse_text(data)
            assert pdu.ttt != NO_TAG, pdu
            self.send(self.number(Pdu(TEXT, FINAL, itt=itt, ttt=pdu.ttt)))

    def send_targets(self, value='All'):
        """{name: [addresses]}"""
        found, name = {}, None
        for key, v in self.text_exchange({'SendTargets': value}):
            if key == 'TargetName':
                name = v
                found[name] = []
            elif key == 'TargetAddress':
                found[name].append(v)
        return found

    def logout(self, reason=0, cid=None, close=True):
        pdu = self.number(Pdu(LOGOUT, FINAL | reason, itt=self.itt(), cid=self.cid if cid is None else cid))
        self.send(pdu)
        response = self.expect(LOGOUT_RESPONSE, itt=pdu.itt).response
        if close and response == 0:
            self.close()
        return response
