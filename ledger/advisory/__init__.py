"""Advice drawn from the register and the log: deadlines, efficiency, tax rates and estimates, past owners, concerns.

This package may import every other one of the ledger. Nothing that decides may import it: a wrong figure here misleads
a reader, but changes no entry.
"""
