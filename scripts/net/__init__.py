"""Local networks: homes, processes, and the CometBFT beside each node; everything comes up and goes down without a trace.

It may import the SDK and no other room of the scripts.
"""
