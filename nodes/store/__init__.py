"""The ledger on disk: one SQLite file, one writer, one transaction for each block, and the questions asked of it.

It may import the home at most. It executes nothing and believes what it is given; `dengbu.nodes.audit` checks what it holds.
"""
