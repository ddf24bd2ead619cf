"""Personal data: sealed, carried to whom it is for, opened with the access logged first, checked, and forgotten when told so.

It may import the store, `peers.client` and the home. Nothing from here goes on the log but commitments, and no log line holds a
value.
"""
