"""What a kept demo leaves to go on with: an application that nobody has made, and a sale whose tax is not assessed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dengbu.scripts.net.homes import MORTGAGE
from dengbu.scripts.story.dealings import apply_for_sale, mortgage_application
from dengbu.scripts.story.stage import BANK_A, REGISTRY, Story, single_dwelling


@dataclass(frozen=True)
class Open:
    """A title with the file of an application for its mortgage, and the case of a sale that waits for its tax."""

    title: Mapping[str, Any]
    application: Path
    sale: str


def leave(story: Story) -> Open:
    """Write the application into the story's folder, and apply for the sale.

    Both titles come from the end of the city: README's example takes the first that the story has left.
    """
    story.titles.reverse()
    title = story.title(single_dwelling)
    with story.client(BANK_A) as bank:
        asked = mortgage_application(bank, title)
    path = story.folder / MORTGAGE
    path.write_text(json.dumps(asked, ensure_ascii=False, indent=1), encoding="utf-8")
    with story.client(REGISTRY) as registry:
        sale = apply_for_sale(story, registry, story.title(single_dwelling), "sale-2026-000003")
    return Open(title, path, sale)
