"""The shapes of requests and answers, as the OpenAPI document shows them, and the blueprint that applies them.

It may import the edge. A shape says what can be written down; the rules say whether it is lawful.
"""
