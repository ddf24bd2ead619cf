"""Founding a network: homes, requests, the genesis that every founder signs.

This room may import the home. Nothing here runs while a network runs; a node only reads its genesis time from here.
"""
