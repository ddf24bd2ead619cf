"""`python -m dengbu.scripts` is the `dengbu` command."""

from dengbu.scripts.cli import main

main()
