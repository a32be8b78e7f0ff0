#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Makes the files the guest writes to tape: always the same bytes, from a seed.
#   data.py DIR STREAM_MB
import pathlib
import random
import sys

SEED = 20260101
root = pathlib.Path(sys.argv[1])
megabytes = int(sys.argv[2])
rng = random.Random(SEED)

root.mkdir(parents=True)
(root / 'words').write_bytes(b''.join(b'%09d\n' % n for n in range(100_000)))

# A tree of the kinds of files a backup meets: empty, tiny, odd lengths, long names, a few megabytes.
tree = root / 'tree'
sizes = [0, 1, 511, 512, 513, 10_239, 10_240, 65_537, 1_000_003, 3_000_000]
for n, size in enumerate(sizes * 2):
    folder = tree / f'folder {n % 4}' / ('deep-' * 12 + str(n % 3))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ('name-' * 20 + f'{n}')).write_bytes(rng.randbytes(size))

# The stream: incompressible, in files of 25 MB.
stream = root / 'stream'
stream.mkdir()
for n in range((megabytes + 24) // 25):
    (stream / f'{n:03}').write_bytes(rng.randbytes(min(25, megabytes - 25 * n) * 1_000_000))
