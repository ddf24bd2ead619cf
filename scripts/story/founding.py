"""Scenes a and b: the network forms, and existing titles are imported."""

import time

from dengbu.api.client import NotFound
from dengbu.scripts.net.homes import MISTAKES, SYSTEM, TITLES
from dengbu.scripts.net.processes import wait_until
from dengbu.scripts.story.stage import BANK_A, BANK_B, REGISTRY, TAX, Story, StoryFailed
from dengbu.scripts.titles import city
from dengbu.scripts.titles.importing import import_all
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles

FOUNDED_S = 10.0


def scene_genesis(story: Story) -> None:
    """(a) The network forms from a genesis file."""
    wait_until(lambda: _founded(story), FOUNDED_S)
    story.say.scene("a", "四家机构由创世文件组成网络", "the network forms from a genesis file")
    with story.client(REGISTRY) as registry:
        members = registry.institutions.list()
        for member in members:
            story.say.line(
                f"{member.name_zh} ({member.id}) 节点 {story.net.url(member.id)}",
                f"{member.name_en}: role {member.role}, own process, own keys, own database",
            )
        receipt = registry.receipts.get(0)
    story.say.line(
        f"第 0 条：创世，由 {len(receipt.cosigners)} 家会签",
        f"entry 0 is the genesis, cosigned by {len(receipt.cosigners)} of {len(members)} institutions",
    )


def _founded(story: Story) -> bool:
    """Return whether every founder's node has the genesis under a quorum's cosignatures."""
    try:
        for institution in (REGISTRY, TAX, BANK_A, BANK_B):
            with story.client(institution) as client:
                client.receipts.get(0)
    except NotFound:
        return False
    return True


def scene_import(story: Story) -> None:
    """(b) Existing titles are imported from a CSV file; from a file with mistakes nothing is imported."""
    story.say.scene("b", "导入存量登记数据", "existing titles are imported from a CSV file")
    good, bad = story.folder / TITLES, story.folder / MISTAKES
    rows = city.write_csv(good, story.seed, story.titles_count)
    city.spoil(good, bad)
    faults = read_titles(bad, bounds_of_today()).faults
    story.say.line(
        f"{bad.name}：发现 {len(faults)} 处错误，一行也不导入",
        f"{len(faults)} mistakes found, nothing of this file is imported",
    )
    for fault in faults:
        story.say.line(f"  {fault}", f"{bad.name}:{fault.line}")
    found = read_titles(good, bounds_of_today())
    if found.faults or len(faults) < len(city.SPOILED):
        raise StoryFailed(
            f"expected {len(city.SPOILED)} faults and then none, found {len(faults)} and {len(found.faults)}"
        )
    began = time.monotonic()
    with story.say.progress("导入", "importing", len(found.titles)) as step:
        import_all(lambda: story.client(REGISTRY, SYSTEM), found.titles, step)
    took = time.monotonic() - began
    story.titles = list(found.titles)
    story.say.line(
        f"{rows} 行，{len(found.titles)} 个不动产单元，{took:.1f} 秒；姓名和证件号码只存于登记机构的保管库",
        f"{rows} rows, {len(found.titles)} units in {took:.1f} s; names and numbers stay in the registry's vault",
    )
