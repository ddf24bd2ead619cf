"""Existing titles: read from a CSV file or made up by a seed, and sent to the registry.

It may import the SDK and the wording. The bench, the story and `dengbu title` build on it.
"""
