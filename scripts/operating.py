"""Runs the commands that work in a node's home, in this process, and turns their failures into errors of `dengbu`."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from dengbu.scripts.session import Input, local, remote

PASSPHRASE_VARIABLE = "DENGBU_KEY_PASSPHRASE_FILE"  # noqa: S105  (the name of a variable)


class NotDone(Exception):
    """An operation in a node's home could not be done; the message says why and what to do."""


class Damaged(NotDone):
    """Data in a home was changed from outside or is damaged."""


home = click.option(
    "--home", type=click.Path(file_okay=False), required=True, help="节点目录 the node's home."
)
passphrase = click.option(
    "--passphrase-file",
    type=Input(),
    required=True,
    envvar=PASSPHRASE_VARIABLE,
    help=f"口令文件 passphrase file, or set {PASSPHRASE_VARIABLE}.",
)


def at_home(command: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command work in a node's home: it gets a Session as its first argument, and the option `--json`."""
    return local(_explaining(command))


def at_home_and_asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command work in a node's home and ask a node: it has the options that say which node and as whom, too."""
    return remote(_explaining(command))


def _explaining(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        if os.name != "posix":
            raise NotDone("节点须在 Linux 或 macOS 上运行 a node runs on Linux or macOS; on Windows use WSL")
        from dengbu.nodes import operating  # only these commands load a node's modules

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

    return run
