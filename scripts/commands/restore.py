"""`dengbu restore`: a node's home from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from dengbu.scripts.operating import at_home, home
from dengbu.scripts.session import Session


@click.command("restore")
@click.option(
    "--from",
    "copy",
    type=click.Path(file_okay=False),
    required=True,
    help="备份目录 the folder that `dengbu backup` made.",
)
@home
@at_home
def command(session: Session, copy: str, home: str) -> None:
    """恢复 Restore a home from a backup: it is audited first (exit 3 if it is damaged), and put in place as a whole.

    \b
    先确认其余机构在本机停止之后至少又登过一笔，同一密钥绝不在两台机器上运行，见 docs/deploy.md
    First make sure that the others have entered something since this machine stopped, and that no other machine runs
    these keys: docs/deploy.md, section 7.

    \b
    示例 Example:
      dengbu restore --from ./copy --home ./restored
    """
    from dengbu.nodes import operating

    height, size = operating.restore(Path(copy), Path(home))
    session.say("已恢复，可以启动节点 restored; the node may be started")
    session.show({"home": home, "height": height, "size": size}, [str(height)])
