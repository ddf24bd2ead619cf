"""Registration acts, one per file: its shape, its rules with their articles, its effects, and its row in the catalogue.

An act may import events, rules and everything below them, but never another act: to read one file is to know one
act. Code that several acts share is in `dengbu.ledger.rules`. A new act is one file here and one line in the
catalogue.
"""
