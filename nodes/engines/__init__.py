"""What orders events: the sequencer, a follower of it, and CometBFT.

It may import finality, founding and what is below them. An engine decides the order and nothing else.
"""
