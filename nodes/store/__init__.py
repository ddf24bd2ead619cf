"""The ledger on the disk: one SQLite file, one writer, one transaction for each block, and the queries to it.

This room may import only the home. It executes nothing and trusts its input; `dengbu.nodes.audit` checks what it holds.
"""
