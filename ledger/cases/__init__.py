"""Cases: an application with its acts, from acceptance to entry, refusal or withdrawal, with all events in between.

This package may import `acts` and everything below; above it is only the transition, which decides on every event.
"""
