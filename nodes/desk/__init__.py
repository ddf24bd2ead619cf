"""The automatic desk: it enters what the policy lets it enter and hands everything else to a person, with reasons.

It imports nothing else of a node: what it asks and what it submits are functions that it is given.
"""
