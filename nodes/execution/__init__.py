"""Executing events in order: admission, judgement, leaf, digest. The same entries give the same bytes on every node.

It may import the store. It knows no engine, no peer and no clock: who ordered the events makes no difference here.
"""
