"""Asking other nodes: signed requests, their log as they serve it, and how fresh this node's own view is.

It may import the home at most. Whatever comes from here is a claim, until who asked has checked it.
"""
