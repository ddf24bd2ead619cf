"""The measurements of `dengbu bench`: the load, the figures, and the rest of the report.

This room may import `net` and `titles`, and knows nothing of the commands.
"""
