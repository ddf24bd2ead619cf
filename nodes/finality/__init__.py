"""When an entry is final: the interface of an engine, the quorum, cosignatures given and gathered, the last head signed.

It may import execution, the store and `peers.client`. It knows no engine by name; final means the same on each of them.
"""
