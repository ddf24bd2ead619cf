"""Answering other nodes: a listener of its own, and what may be asked by whom.

It stands above the engines and imports what is below them. What it serves it knows as protocols, not as an engine's classes.
"""
