"""Existing titles: read from a city's files or generated from a seed, and sent to the registry.

This room may import the SDK and the wording. The bench, the story and `dengbu title` build on it.
"""
