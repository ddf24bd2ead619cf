"""`dengbu backup`: copies a node's home."""

from __future__ import annotations

from pathlib import Path

import click

from dengbu.scripts.operating import at_home, home
from dengbu.scripts.session import Session


@click.command("backup")
@home
@click.option(
    "--to",
    type=click.Path(file_okay=False),
    required=True,
    help="新目录 a new folder.",
)
@at_home
def command(session: Session, home: str, to: str) -> None:
    """备份 Copy a home while its node runs, and print the height; copy the engine's own data afterwards.

    \b
    示例 Example:
      dengbu backup --home ./home --to ./copy
    """
    from dengbu.nodes import operating

    height, size = operating.backup(Path(home), Path(to))
    session.say(
        f"已复制账本 the copy in {to} holds {size} entries up to height {height}; copy the engine's own data next"
    )
    session.show({"height": height, "size": size}, [str(height)])
