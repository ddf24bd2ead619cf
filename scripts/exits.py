"""The exit codes of `dengbu`, as `dengbu --help` lists them."""

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_UNVERIFIED = 3  # what was received does not stand
EXIT_UNREACHABLE = 4
EXIT_REFUSED = 5  # by the rules of the ledger
EXIT_INTERRUPTED = 130
