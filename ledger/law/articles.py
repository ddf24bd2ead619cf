"""What an article is, and how the statutes are cited."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One article: stable id on the log, citation and gist in Chinese and English; `sure` if read in the statute's text."""

    id: str
    zh: str
    en: str
    gist_zh: str
    gist_en: str
    sure: bool = True


ARTICLES: dict[str, Article] = {}


def article(id_: str, zh: str, en: str, gist_zh: str, gist_en: str, *, sure: bool = True) -> Article:
    """A new article under an id of its own; `sure` if it was read in the statute's text."""
    assert id_ not in ARTICLES
    ARTICLES[id_] = Article(id_, zh, en, gist_zh, gist_en, sure)
    return ARTICLES[id_]


def article_of(
    form: tuple[str, str], prefix: str, number: str, zh: str, en: str, *, sure: bool = True
) -> Article:
    """An article of a statute: `form` is how it is cited in Chinese and English, with a place for the number."""
    return article(f"{prefix}-{number}", form[0].format(number), form[1].format(number), zh, en, sure=sure)
