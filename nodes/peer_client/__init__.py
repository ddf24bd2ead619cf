"""Asks other nodes: signed requests, their log as they serve it, and how fresh this node's own view is.

This room may import only the home. Whatever it returns is a claim until the caller has checked it.
"""
