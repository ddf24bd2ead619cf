"""`python -m scripts` is the `dengbu` command."""

from scripts.cli import main

main()
