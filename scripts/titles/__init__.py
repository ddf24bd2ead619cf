"""Existing titles: read from a city's files or generated from a seed, and sent to the registry.

This room may import the SDK, the wording, and of the ledger what checks a file before it is sent (`setup.cfg` lists
it). The bench, the story and `dengbu title` build on it.
"""
