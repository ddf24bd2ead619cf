"""The HTTP API by which a node serves its own institution, and the client for it.

The server's rooms, lowest first: `edge`, `shapes`, `views`, `routes`; `app` puts them together. `client` is the SDK:
it imports only the ledger, and no server room imports it. `limits` holds what a client must keep as well. Of a node,
the API sees only `node.Node` and plain values.
"""
