"""Personal data: sealed, delivered to the entitled, opened only after the access is logged, checked, erased on order.

This room may import the store, `peer_client` and the home. Only commitments go from here onto the log, and no log line
holds a value.
"""
