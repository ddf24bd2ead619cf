"""The automatic desk: it enters the cases the policy allows, and hands all others to a person, with reasons.

This room imports nothing else of a node: the desk asks and submits through functions that it is given.
"""
