"""Decides when an entry is final: the engine interface, the quorum, cosigning, the last-signed head.

This room may import execution, the store, `peer_client` and the home. It knows no engine by name; final means the same on all.
"""
