"""`dengbu get`: a signed GET of any path."""

from __future__ import annotations

import json
import sys

import click

from dengbu.scripts.session import Session, remote


@click.command("get")
@click.argument("path")
@remote
def command(session: Session, path: str) -> None:
    """查询 Send a signed GET for any path of the node; JSON is printed as JSON, anything else as it comes.

    \b
    示例 Examples:
      dengbu get /v1/worklists/registry --as hz-registry
      dengbu get /v1/checkpoint --url http://127.0.0.1:8017
    """
    if not path.startswith("/"):
        raise click.UsageError("路径须以 / 开头 the path must start with /")
    with session.client() as client:
        answer = client.transport.get(path, accept="*/*")
    if "json" in answer.headers.get("Content-Type", ""):
        session.show(json.loads(answer.body))
    else:
        sys.stdout.buffer.write(answer.body)
