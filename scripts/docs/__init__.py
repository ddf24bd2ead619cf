"""Pages that are written from the rule tables, and the check that they are current.

This room may import the ledger, `titles`, whose columns `titlesdoc` lists, and the limit that the API sets on a request's body
(`dengbu.api.body_size`). No other room here reads the rule tables.
"""
