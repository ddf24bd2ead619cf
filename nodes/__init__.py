"""One institution's node: it executes the log, keeps it, cosigns what it has executed, and guards personal data.

`node.Node` is the door: the API and the commands talk to it and to nothing below it. The rooms, lowest first: `home`; `store`,
`peers.client`, `founding` and `desk`; `execution` and `private`; `finality`; `engines` and `audit`; `peers.server`. `opening`
opens the ledger, `counter` serves the desk, `peering` makes the listener for other nodes, `wiring` puts everything together,
and `operating` holds what an operator does in a home. A room imports rooms below it and none beside it. The rules are in
`dengbu.ledger`; nothing here decides a case.
"""
