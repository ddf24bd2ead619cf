"""The byte formats of the log: encoding, keys, envelopes, entries, the tree, checkpoints and receipts.

Verifying a receipt years from now takes this package and the network's policy file, and nothing else. It therefore
imports no other package of the ledger and holds no rules: the bytes are the same whatever the law says.
"""
