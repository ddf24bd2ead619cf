"""Tax as a gate: the deal beside a transfer, what is assessed, what is cleared, what is paid back.

It may import the rules and what is below them. No act is imported here: acts ask this room, never the other way round.
Rates are not here either: they are advice (`dengbu.ledger.advisory`), and the bureau decides.
"""
