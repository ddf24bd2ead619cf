"""The chain over the kept checkpoints: each row's hash covers its own note and the row before.

A checkpoint cannot be made up without the log's key, but it can be taken away, or lose a cosignature above the quorum.
The number of a row shows that one is missing, the chain that one was replaced, and the tip in `meta` that the last ones
were cut off.
"""

import hashlib

FIRST = bytes(32)
FIRST_SEQ = 1
CHAINING = "chained_checkpoints"  # the step of the schema that made the chain
HAS_TIP = "SELECT 1 FROM meta WHERE name = 'checkpoints'"
HAS_CHAIN = "SELECT 1 FROM pragma_table_info('checkpoints') WHERE name = 'chain'"
TAG = b"dengbu-checkpoint-chain/v1\n"


def link(before: bytes, size: int, final: int, note: bytes) -> bytes:
    """Return the hash that a checkpoint's row keeps. before: the hash of the row before, `FIRST` for the first one."""
    return hashlib.sha256(TAG + before + b"%d %d\n" % (size, final) + note).digest()


def format_tip(seq: int, chain: bytes) -> bytes:
    """Return the value of `meta` that names the last row."""
    return b"%d %s" % (seq, chain.hex().encode())
