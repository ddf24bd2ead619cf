"""The `dengbu` command, the demo, local networks and the bench: all of it through the SDK and by starting processes.

It never reaches into a node or its rules, with two exceptions: what an operator does in a node's home is done by
`dengbu.nodes.operating`, and `dengbu node run` becomes the node (`dengbu.api.serving`); both are loaded when they are called.
`docs` writes pages from the rule tables; of the ledger the others import only what a program checks or estimates by itself
before it asks a node: identifiers, limits of texts, tax rates.
"""
