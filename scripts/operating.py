"""Commands that work in a node's home do so in this process; what can go wrong there is told with the codes of `dengbu`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from dengbu.scripts.session import local

PASSPHRASE_VARIABLE = "DENGBU_KEY_PASSPHRASE_FILE"  # noqa: S105  (the name of a variable)


class NotDone(Exception):
    """A node's part could not do what was asked; the text says why and what to do."""


class Damaged(NotDone):
    """What lies in a home was touched or is damaged."""


home = click.option(
    "--home", type=click.Path(file_okay=False), required=True, help="节点目录 the node's home."
)
passphrase = click.option(
    "--passphrase-file",
    type=click.Path(),
    required=True,
    envvar=PASSPHRASE_VARIABLE,
    help=f"口令文件 or set {PASSPHRASE_VARIABLE}.",
)


def at_home(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command in a node's home: gets a Session first, and `--json`."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        from dengbu.nodes import operating  # a node's modules are loaded for such commands alone

        try:
            return command(*arguments, **options)
        except operating.BAD_ADDRESS as error:
            raise click.UsageError(str(error)) from error
        except operating.DAMAGED as error:
            raise Damaged(str(error)) from error
        except operating.FAILURES as error:
            raise NotDone(str(error)) from error
        except OSError as error:
            raise NotDone(": ".join(filter(None, (error.filename, error.strerror)))) from error

    return local(run)
