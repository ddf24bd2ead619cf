"""`dengbu`, also started as `python -m dengbu.scripts`: the one program; it says so if the extra with its parser is missing."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command."""
    try:
        from dengbu.scripts import cli
    except ModuleNotFoundError as error:
        sys.exit(_without_parser(error))
    cli.main()


def _without_parser(error: ModuleNotFoundError) -> int:
    from dengbu.scripts import exits, extras

    found = extras.extras_with(error.name)
    if not found:
        raise error
    message, hint = extras.told(error.name, found)
    if "--json" in sys.argv:
        sys.stdout.write(exits.as_json("missing-extra", message, hint, exits.EXIT_USAGE) + "\n")
    else:
        sys.stderr.write(f"error: {message}\nhint: {hint}\n")
    return exits.EXIT_USAGE


if __name__ == "__main__":
    main()
