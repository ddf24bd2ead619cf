"""The `dengbu` command, the demo, local networks and the bench: all of them use the SDK and start processes.

None of them reaches into a node or its rules, with two exceptions: `dengbu.nodes.operating` does what an operator does in a
node's home, and `dengbu node run` becomes the node (`dengbu.api.serving`); both are loaded only when called. `docs` writes
pages from the rule tables; the other rooms import from the ledger only what a program checks or estimates by itself before
it asks a node: identifiers, limits of texts, tax rates.
"""
