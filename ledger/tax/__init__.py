"""Tax as a gate to entry: the deal beside a transfer, and what is assessed, cleared and paid back.

This package may import the catalogue of acts, whose rows say whether an act waits for its taxes, and everything below
it. Tax rates are not here: they are advice (`dengbu.ledger.advisory`), and the tax bureau decides.
"""
