"""One institution's node: it executes the log, keeps it, cosigns what it has executed, and guards personal data.

`node.Node` is the door of a node that runs: the API talks to it and to nothing below it. `operating` is the door of a home: it
holds what an operator does there, and the commands talk to nothing else of a node. The rooms, lowest first: `home`; `store`,
`peer_client`, `founding` and `desk`; `execution` and `private`; `finality`; `engines` and `audit`; `peer_server`. `opening`
opens the ledger, `desk_clerk` serves the desk, `peering` makes the listener for other nodes, and `wiring` puts everything together.
A room imports rooms below it and none beside it. The rules are in `dengbu.ledger`; nothing here decides a case.
"""
