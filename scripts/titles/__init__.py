"""Existing titles: read from a CSV file or generated from a seed, and sent to the registry.

This room may import the SDK and the wording. The bench, the story and `dengbu title` build on it.
"""
