"""Finds changes made behind the node's back, by checks before it serves and by executing the whole log again.

This room may import finality and the rooms below it: of finality it reads the last-signed head, of `private` the access log's
chain. It examines and reports, and repairs nothing.
"""
