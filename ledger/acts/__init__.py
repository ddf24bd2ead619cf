"""Registration acts, one whole act in each file: its shape, its rules with their articles, what it enters, and its row.

An act may import events, rules and what is below them, and never another act: to read one file is to know one act.
What several acts need is in `dengbu.ledger.rules`. A new act is one file here and one line in the catalogue.
"""
