# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# stenc: encryption on, off, with another key, mixed and raw, with what tar has written.
key_a=/tmp/key-a key_b=/tmp/key-b
mkdir -p /var/log
echo a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf >$key_a
echo "guest key A" >>$key_a
echo c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf >$key_b
at_start() { mt -f "$TAPE_1" rewind; }

check "mt rewind before encryption" at_start
check "a plain archive" tar -c -f "$TAPE_1" -b 64 -C "$tree" .
check "stenc switches encryption on" stenc -f "$TAPE_1" -e on -a 1 -k $key_a
check "an encrypted archive behind it" tar -c -f "$TAPE_1" -b 64 -C "$tree" .
check "mt rewind to the plain archive" at_start
refused "plain records are refused while all are decrypted" tar -t -f "$TAPE_1" -b 64
check "mt rewind after the refusal" at_start
check "to the encrypted archive" mt -f "$TAPE_1" fsf 1
stenc -f "$TAPE_1" --detail >/tmp/out 2>&1
contains "stenc shows that it encrypts" "on" "$(grep -i 'encrypt' /tmp/out)"
contains "stenc shows the name of the key" "guest key A" "$(cat /tmp/out)"
sed 's/^/# stenc: /' /tmp/out
check "the encrypted archive compares equal" tar -d -f "$TAPE_1" -b 64 -C "$tree"
check "stenc switches to mixed" stenc -f "$TAPE_1" -e mixed -a 1 -k $key_a
check "mt rewind with mixed" at_start
check "the plain archive compares equal" tar -d -f "$TAPE_1" -b 64 -C "$tree"
check "to the next one" mt -f "$TAPE_1" fsf 1
check "and so does the encrypted one" tar -d -f "$TAPE_1" -b 64 -C "$tree"
check "stenc sets another key" stenc -f "$TAPE_1" -e mixed -a 1 -k $key_b
check "mt rewind with another key" at_start
check "to the archive of the first key" mt -f "$TAPE_1" fsf 1
refused "another key does not read it" tar -t -f "$TAPE_1" -b 64
check "stenc switches to raw reading" stenc -f "$TAPE_1" -e rawread -a 1 -k $key_a
refused "what was not meant for it is not read raw" dd if="$TAPE_1" bs=256k count=1
check "stenc switches encryption off" stenc -f "$TAPE_1" -e off
refused "without a key it is not read" dd if="$TAPE_1" bs=256k count=1
check "mt rewind without a key" at_start
check "the plain archive is" tar -d -f "$TAPE_1" -b 64 -C "$tree"
check "stenc sets a key until the unload" stenc -f "$TAPE_1" -e on -a 1 -k $key_a --ckod
check "unload" mt -f "$TAPE_1" offline
check "load" mt -f "$TAPE_1" load
check "mt rewind after the load" at_start
check "the key is gone: the plain archive is read" tar -d -f "$TAPE_1" -b 64 -C "$tree"
