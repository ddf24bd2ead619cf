"""What a node finds in its home folder before it starts: configuration, secret keys; and the clock it reads.

It imports nothing else of a node. The keystore is written and read here and nowhere else.
"""
