"""Cases: an application with its acts, from acceptance to entry, refusal or withdrawal, and what happens meanwhile.

This package may import the taxes, the acts and everything below them; only the transition, which decides every event,
is above it.
"""
