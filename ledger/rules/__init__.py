"""Rules and what they share: who may apply, who must consent, and which burdens and notations on a unit are in force.

This package may import `register`, `law` and `log`. It defines no act and no event; those come above it, one file each.
"""
