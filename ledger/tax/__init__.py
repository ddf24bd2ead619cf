"""Tax as a gate: the deal beside a transfer, what is assessed, what is cleared, what is paid back.

It may import the catalogue of acts and what is below it: the row of an act says whether its taxes stand in the way.
Rates are not here either: they are advice (`dengbu.ledger.advisory`), and the bureau decides.
"""
