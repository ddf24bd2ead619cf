"""The story of the demo, scene by scene, told only through the SDK and the `dengbu` command.

Each scene states its expected outcome and raises `StoryFailed` otherwise: the demo is a check as well as a show.
This room may import the SDK, `titles`, `net` and what lies below them.
"""

from dengbu.scripts.story.dealings import scene_mortgage, scene_sale, scene_strangers
from dengbu.scripts.story.founding import scene_genesis, scene_import
from dengbu.scripts.story.leaving import Open, leave
from dengbu.scripts.story.proving import scene_offline, scene_tampering, scene_views
from dengbu.scripts.story.stage import Deeds, Story, StoryFailed

__all__ = ["Deeds", "Open", "Story", "StoryFailed", "leave", "scene_offline", "scene_tampering", "tell"]


def tell(story: Story) -> Deeds:
    """Play scenes a to f, which leave the network up; g and h stop nodes. Return what was registered."""
    story.rng.seed(story.seed)
    scene_genesis(story)
    scene_import(story)
    mortgaged = scene_mortgage(story)
    sold = scene_sale(story)
    scene_strangers(story, mortgaged)
    scene_views(story, mortgaged)
    return Deeds(mortgaged, sold)
