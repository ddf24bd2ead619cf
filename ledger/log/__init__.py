"""What lies on the log, byte for byte: encoding, keys, envelopes, entries, tree, checkpoints, receipts.

Whoever verifies a receipt years from now needs this room, the policy file of the network, and nothing else. So it
imports no other room of the ledger, and no rule is here: the bytes are the same whatever the law says.
"""
