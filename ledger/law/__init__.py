"""The law as data: articles that rules cite, codes of refusals and their wording, legal days, identifiers, shares.

This package may import only `log`. Nothing here knows the register or decides anything, and a code number, once
assigned, never changes its meaning.
"""
