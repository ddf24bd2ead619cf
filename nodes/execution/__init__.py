"""Executes events in order: admission, judgement, leaf, digest. The same entries give the same bytes on every node.

This room may import the store. It knows no engine, peer or clock: it makes no difference here who ordered the events.
"""
