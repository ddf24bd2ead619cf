"""The HTTP API by which a node serves its own institution, and the client for it.

The server's rooms, lowest first: `edge`, `shapes`, `views`, then `routes` and `pages`; `app` puts them together, and `serving` runs
it. `body_size` holds what a client must keep as well. `client` is the SDK: it imports only the ledger, and no
server room imports it. Of a node, the API sees `node.Node` and plain values (`answers`); `serving` also takes
the threads of the listeners (`peer_server.lanes`) and the reading of a passphrase (`home.keystore`).
"""
