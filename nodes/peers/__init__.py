"""Talking to other nodes.

The two halves stand far apart: `client` asks other nodes and lies below finality, `server` answers them and lies above
the engines. Neither imports the other.
"""
