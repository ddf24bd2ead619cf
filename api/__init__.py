"""HTTP at the edge of a node, for its own institution, and the client that speaks it.

The server's rooms, lowest first: `edge`, `shapes`, `views`, `routes`; `app` puts them together. `client` is the SDK: it imports
the ledger alone, and no server room imports it. Of a node the API is to see `node.Node` and values.
"""
