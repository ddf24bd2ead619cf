"""The `dengbu` command, the demo, local networks and the bench: all of it through the SDK and by starting processes.

It never reaches into a node or its rules; only `docs`, which writes pages from the rule tables, imports the ledger.
"""
