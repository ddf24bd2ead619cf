"""Events that are no application: imported titles, what courts and freezing institutions do, notices, erasure.

Each file holds one subject whole.

It may import the rules and what is below them. It knows no act and nothing of the network's
events.
"""
