"""Answers other nodes: a listener of its own, and the rules of who may ask what.

This room lies above the engines and imports what is below them. It knows what it serves as protocols, not as an
engine's classes.
"""
