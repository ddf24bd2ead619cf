"""Advice drawn from the register and the log: deadlines, efficiency, rates and estimated tax, who owned a unit on a day.

It may import every room of the ledger. Nothing that decides may import it: a wrong figure here misleads a reader and changes
no entry.
"""
