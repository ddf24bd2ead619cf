"""The register book: what its rows are, and how a rule sees it.

It may import the log and the law. A row says what is entered, never whether it should have been: that is for the rules.
"""
