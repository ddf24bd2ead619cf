"""The engine for members that trust no single operator: CometBFT runs beside each node; only this folder talks to it.

This room may import finality, founding and the rooms below them. `choosing` loads `wiring`, and protobuf with it, only when the
configuration names this engine. `files` and `setup` need no protobuf: `backup` and `operating` import them for every home.
"""
