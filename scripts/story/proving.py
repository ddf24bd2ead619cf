"""Scenes f, g and h: who sees what, the audit of an edited database, receipts verified with every node stopped."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dengbu.api.client import ApiError, Client
from dengbu.scripts.net.homes import AUDITOR, SYSTEM
from dengbu.scripts.net.processes import environ
from dengbu.scripts.story.stage import BANK_A, BANK_B, REGISTRY, Story, StoryFailed

EXIT_VERIFICATION = 3
FORBIDDEN = 403
COMMAND_S = 60


def scene_views(story: Story, mortgaged: Mapping[str, Any]) -> None:
    """(f) Each party asks its own node and sees only what it may."""
    story.say.scene(
        "f",
        "各方从自己的节点查询，只能看到有权看到的内容",
        "each party asks its own node and sees only what it may",
    )
    for institution in (REGISTRY, BANK_A, BANK_B):
        with story.client(institution) as client:
            unit = client.units.get(mortgaged["unit"])
            seen = sorted(name for name in ("use", "right", "mortgages") if getattr(unit, name))
            flags = unit.flags
        story.say.line(
            f"{institution}: {'登记簿全貌' if seen else '仅有无标志'} {[name for name, on in flags.items() if on]}",
            f"{institution} sees {', '.join(seen) if seen else 'yes/no flags, no structure'}",
        )
    with story.client(BANK_A) as client:
        parts = client.cases.private(mortgaged["case"], purpose="loan-review")
    story.say.line(
        "bank-a 查阅本行案件的隐私材料：先记入访问日志，后给出内容",
        f"bank-a reads {len(parts['items'])} private parts of its own case: logged first",
    )
    _scene_keys(story, mortgaged["case"])


def _scene_keys(story: Story, case: str) -> None:
    """Each key of bank-a does what its user needs, and no more."""
    log, parts = "/v1/access-log", f"/v1/cases/{case}/private?purpose=loan-review"
    with (
        story.client(BANK_A) as officer,
        story.client(BANK_A, SYSTEM) as system,
        story.client(BANK_A, AUDITOR) as auditor,
    ):
        rows = auditor.get(log)["items"]
        for client, path in ((auditor, parts), (system, parts), (officer, log), (system, log)):
            _forbidden(client, path)
    story.say.line(
        f"审计员的密钥看得到 {len(rows)} 次查阅是谁所为, 看不到内容; 经办人的密钥反之; 业务系统的密钥两者都看不到",
        f"the auditor's key sees who made {len(rows)} reading(s) and not what was read, the officer's the reverse, "
        "the system's neither",
    )


def _forbidden(client: Client, path: str) -> None:
    try:
        client.get(path)
    except ApiError as refusal:
        if refusal.status == FORBIDDEN:
            return
        raise
    raise StoryFailed(f"{path} was shown to a key that may not see it")


def tamper(home: Path) -> int:
    """Edit a node's database behind its back, turning the oldest refusal into "entered"; return the entry's index."""
    with sqlite3.connect(home / "ledger.db", isolation_level=None) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='entries'"
        ).fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        index, leaf = database.execute(
            "SELECT idx, leaf FROM entries WHERE outcome='refused' ORDER BY idx LIMIT 1"
        ).fetchone()
        edited = bytes(leaf).replace(b'"outcome":"refused"', b'"outcome":"entered"')
        database.execute("UPDATE entries SET leaf=?, outcome='entered' WHERE idx=?", (edited, index))
    database.close()
    return int(index)


def scene_tampering(story: Story) -> None:
    """(g) One node's database is edited behind its back; the audit names the first bad entry."""
    story.say.scene(
        "g", "有人绕过程序修改了一个节点的数据库", "one node's database is edited behind its back"
    )
    story.net.stop([BANK_B])
    index = tamper(story.net.home(BANK_B))
    story.say.line(
        f"bank-b 的第 {index} 条由 refused 改为 entered",
        f"in bank-b's ledger.db entry {index} now says entered, not refused",
    )
    done = dengbu("audit", "--home", str(story.net.home(BANK_B)))
    if done.returncode != EXIT_VERIFICATION or str(index) not in done.stdout + done.stderr:
        raise StoryFailed(f"the audit ended with {done.returncode}: {done.stdout}{done.stderr}")
    story.say.line(f"dengbu audit：退出码 {done.returncode}", (done.stdout + done.stderr).strip())


def scene_offline(story: Story) -> None:
    """(h) Receipts verify with every node stopped."""
    story.say.scene(
        "h", "关闭所有节点，离线核验回执", "every node is stopped; the receipts are verified offline"
    )
    for path in story.kept:
        done = dengbu("receipt", "verify", str(path), "--policy", str(story.net.policy_path))
        if done.returncode:
            raise StoryFailed(f"{path.name}: {done.stdout}{done.stderr}")
        first = done.stdout.strip().splitlines()[0]
        story.say.line(f"{path.name}：核验通过", first)


def dengbu(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the `dengbu` command as a person would, and capture its output."""
    command = [sys.executable, "-m", "dengbu.scripts", *arguments]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=COMMAND_S, env=environ(), check=False
    )
