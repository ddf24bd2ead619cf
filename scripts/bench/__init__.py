"""The measurements of `dengbu bench`: the load, the figures, and what a report says beside them.

It may import `net` and `titles`, and knows nothing of the commands.
"""
