"""Founding a network: homes, requests, the genesis that every founder signs.

It may import the home. Nothing here runs while a network runs; a node only reads the time of its genesis from here.
"""
