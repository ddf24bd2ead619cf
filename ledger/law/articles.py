"""Articles of law, and the citation of the statutes that hold them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its stable id on the log, and its citation and gist in Chinese and English.

    `sure` is true if the article was read in the statute's own text.
    """

    id: str
    zh: str
    en: str
    gist_zh: str
    gist_en: str
    sure: bool = True


MADE: dict[str, Article] = {}  # by id; complete once `law` is loaded, which hands it out as `ARTICLES`


def article(id_: str, zh: str, en: str, gist_zh: str, gist_en: str, *, sure: bool = True) -> Article:
    """Make an article and return it; no other may have its id. `sure` is as in `Article`."""
    assert id_ not in MADE
    MADE[id_] = Article(id_, zh, en, gist_zh, gist_en, sure)
    return MADE[id_]


def article_of(
    form: tuple[str, str], prefix: str, number: str, zh: str, en: str, *, sure: bool = True
) -> Article:
    """Make an article of a statute; `form` is its citation in Chinese and English, with `{}` for the number."""
    return article(f"{prefix}-{number}", form[0].format(number), form[1].format(number), zh, en, sure=sure)
