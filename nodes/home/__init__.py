"""A node's home folder as it stands before the start, configuration and secret keys, and the clock the node reads.

This room imports nothing else of a node. The keystore is written and read only here.
"""
