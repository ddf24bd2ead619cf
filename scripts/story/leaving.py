"""What a kept demo leaves to go on with: two applications that nobody has made, and a sale whose tax is not assessed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dengbu.scripts.net.homes import MORTGAGE, SALE
from dengbu.scripts.story.dealings import apply_for_sale, mortgage_application, sale_application
from dengbu.scripts.story.stage import BANK_A, REGISTRY, Story, single_dwelling

SALE_TO_MAKE = "sale-2026-000004"


@dataclass(frozen=True)
class Open:
    """A title with the file of an application for its mortgage, that of another's sale, and the case of a sale under way."""

    title: Mapping[str, Any]
    application: Path
    sale_application: Path
    sale: str  # waits for its tax


def leave(story: Story) -> Open:
    """Write the applications into the story's folder, and apply for another sale.

    All titles come from the end of the city: README's example takes the first that the story has left.
    """
    story.titles.reverse()
    title = story.title(single_dwelling)
    with story.client(BANK_A) as bank:
        asked = mortgage_application(bank, title)
    path = _written(story.folder / MORTGAGE, asked)
    with story.client(REGISTRY) as registry:
        sale = apply_for_sale(story, registry, story.title(single_dwelling), "sale-2026-000003")
        other = sale_application(story, registry, story.title(single_dwelling), SALE_TO_MAKE)
    return Open(title, path, _written(story.folder / SALE, other), sale)


def _written(path: Path, application: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(application, ensure_ascii=False, indent=1), encoding="utf-8")
    return path
