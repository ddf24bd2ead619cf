"""Events other than applications: imported titles, measures of courts and freezing institutions, notices, erasure.

Each file holds one whole subject. This package may import the rules and everything below them. It knows no act and no
event of the network.
"""
