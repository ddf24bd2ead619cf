"""Local networks: homes, processes, and the CometBFT beside each node; a network that is taken down leaves no trace.

This room may import the SDK and no other room of the scripts.
"""
