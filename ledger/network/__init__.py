"""The network's own events: its founding, members, keys and policy, and votes on the order of events.

This package may import the catalogue of acts, since a policy names acts, and everything below it. It knows no unit
and no case: the network would be the same if no title had ever been entered.
"""
