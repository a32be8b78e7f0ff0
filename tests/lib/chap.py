# SPDX-License-Identifier: Apache-2.0
"""The initiator's side of CHAP, with any algorithm and coding, and with mischief."""
import base64
import hashlib


class Chap:
    """Our side of CHAP; target: the secret the target must prove it knows (mutual)."""
    HASHES = {5: 'md5', 6: 'sha1', 7: 'sha256', 8: 'sha3_256'}

    def __init__(self, user, secret, target=None, algorithms='5', coding='hex', reflect=False):
        self.user, self.secret, self.target = user, secret, target
        self.algorithms, self.coding, self.reflect = algorithms, coding, reflect
        self.challenges, self.algorithm, self.answered = [], None, {}

    def encode(self, data):
        return '0b' + base64.b64encode(data).decode() if self.coding == 'base64' else '0x' + data.hex()

    @staticmethod
    def decode(value):
        return base64.b64decode(value[2:]) if value[:2] in ('0b', '0B') else bytes.fromhex(value[2:])

    def digest(self, number, secret, challenge):
        return hashlib.new(self.HASHES[self.algorithm], bytes([number]) + secret.encode() + challenge).digest()

    def answer(self, keys):
        """The keys that answer the target's CHAP_A, CHAP_I and CHAP_C."""
        self.algorithm = int(keys['CHAP_A'])
        challenge = self.decode(keys['CHAP_C'])
        self.challenges.append(challenge)
        reply = {'CHAP_N': self.user,
                 'CHAP_R': self.encode(self.digest(int(keys['CHAP_I']), self.secret, challenge))}
        if self.target is not None:
            self.ours = challenge if self.reflect else hashlib.sha256(challenge).digest()[:16]
            reply.update(CHAP_I='77', CHAP_C=self.encode(self.ours))
        return reply

    def target_proven(self, keys):
        return self.decode(keys.get('CHAP_R', '0x')) == self.digest(77, self.target, self.ours)
