"""Pages that are written from the rule tables, and the check that they are current.

This room may import the ledger, the SDK and `titles`, whose columns `titlesdoc` lists. No other room here reads the rule tables.
"""
