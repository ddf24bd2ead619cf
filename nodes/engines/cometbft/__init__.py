"""The engine for members that trust no single operator: CometBFT runs beside each node; only this folder talks to it.

This room may import finality, founding and the rooms below them. No other room imports it. `choosing` loads it only
when the configuration names it, as do the commands that set it up and copy it, so a node with another engine never has it
in memory.
"""
