"""The engines that order events: the sequencer, its follower, and CometBFT.

This room may import finality, founding and the rooms below them. An engine decides the order and nothing else.
"""
