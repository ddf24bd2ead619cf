"""The law as data: the articles that rules cite, the codes of refusals and their wording, legal days, identifiers, shares.

It may import the log alone. Nothing here knows the register or decides anything, and a number once given out never changes its
meaning.
"""
