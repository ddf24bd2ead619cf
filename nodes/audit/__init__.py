"""Finding what was changed behind the node's back: the checks before it serves, and the full execution of the log again.

It may import execution, the store and the last signed head. It looks and reports, and mends nothing.
"""
