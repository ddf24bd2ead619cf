"""The engine of members that trust no single operator: CometBFT runs beside each node, and only this folder speaks to it.

It may import finality, founding and what is below them. No other room imports it. `peering` loads it when the configuration
names it, and so do the commands that set it up and copy it: a node of another engine never has it in memory.
"""
