"""Founding a network: homes, requests, the genesis that every founder signs.

This room may import the home. An institution that joins later makes its home and its request here, too. A node that runs takes
the time of its genesis from here, and nothing else.
"""
