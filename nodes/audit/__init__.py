"""Finds changes made behind the node's back, by checks before it serves and by executing the whole log again.

This room may import execution, the store and the last-signed head. It examines and reports, and repairs nothing.
"""
