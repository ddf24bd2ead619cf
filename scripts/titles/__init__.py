"""Existing titles: read from a city's files or generated from a seed, and sent to the registry.

This room may import the SDK, the wording, and what checks a file before it is sent: of the ledger what `setup.cfg` lists, and the
limit that the API sets on a request's body (`dengbu.api.body_size`). The bench, the story and `dengbu title` build on it.
"""
