"""The register book: its rows, and the view that rules have of it.

This package may import `log` and `law`. A row says what is entered; whether it should have been is for the rules.
"""
