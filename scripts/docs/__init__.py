"""Pages that are written from the rule tables, and the check that they are current.

It may import the ledger and the SDK and nothing else of the scripts. It is the only room here that knows the rules.
"""
