"""The words of pages and feeds: complete in each language, and the only ones there are."""

import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest
from conftest import NOW, PAGES, Site
from test_cost import watched

from dateline import words as package
from dateline.cldr import plural_forms
from dateline.options import BuildOptions
from dateline.pipeline import build
from dateline.words import Plural, has_words, languages, words

TABLES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in Path(package.__file__).parent.glob("*.toml")}
ENGLISH = TABLES["en"]
# Words that are the same as in English, by language.
SAME = {
    "es": {"audio"},
    "fr": {"audio", "site"},
    "it": {"audio", "file", "video"},
    "nl": {"audio", "video"},
}


def fields(text: str) -> set[str]:
    """The names in braces in a text."""
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def tags(text: str) -> list[str]:
    return re.findall("<[^>]*>", text)


@pytest.mark.parametrize("language", sorted(TABLES))
def test_each_language_has_all_words_and_they_fill_in_the_same_values(language: str) -> None:
    table = TABLES[language]
    assert table.keys() == ENGLISH.keys()
    for name, text in table.items():
        english = ENGLISH[name]
        assert isinstance(text, dict) == isinstance(english, dict), name
        if isinstance(text, dict):
            assert text.keys() == plural_forms(language), name
            assert fields(text["other"]) == fields(english["other"]) >= {"count"}, name
            assert all(fields(form) | {"count"} == fields(english["other"]) for form in text.values()), name
        else:
            assert fields(text) == fields(english), name
            assert tags(text) == tags(english), name
            assert name.endswith("_html") or not tags(text), name
        for form in text.values() if isinstance(text, dict) else [text]:
            assert form == form.strip() != "", name
    assert not table.keys() & {*dir(dict)}, "a template would get the method of that name"
    assert not [name for name in table if len(name) < 4], "it might be a language"


@pytest.mark.parametrize("language", sorted(TABLES.keys() - {"en"}))
def test_no_language_has_english_words_but_those_that_it_shares(language: str) -> None:
    same = {name for name, text in TABLES[language].items() if text == ENGLISH[name]}
    assert same - {"with_size"} == SAME.get(language, set())


@pytest.mark.parametrize(
    ("language", "found"),
    [
        ("en-GB", "en"),
        ("es-SV", "es"),
        ("pt-BR", "pt"),
        ("PT", "pt"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-hant-HK", "zh-Hant"),
        ("tlh", "en"),
        ("eo", "en"),
    ],
)
def test_a_variant_of_a_language_has_its_words(language: str, found: str) -> None:
    assert words(language).language == found
    assert has_words(language) == (found != "en" or language.startswith("en"))


def test_a_text_with_a_count_is_in_the_plural_form_of_the_count() -> None:
    forms = words("en").by_name["newest"]
    assert isinstance(forms, Plural)
    assert forms.format(count=1) == "This is the newest one."
    assert forms.format(count=1200) == "These are the newest 1,200."
    assert words("es").text("newest", count=1200) == "Estos son los 1.200 más recientes."
    russian = ["Показана 1 последняя", "Показаны 3 последние", "Показано 5 последних", "Показана 21 последняя"]
    assert [words("ru").text("newest", count=count).rpartition(" ")[0] for count in (1, 3, 5, 21)] == russian
    arabic = [words("ar").text("newest", count=count) for count in (0, 1, 2, 3, 11, 100)]
    assert len({*arabic}) == 6


@pytest.mark.parametrize("language", sorted({*languages()} - {"en"}))
def test_pages_in_a_language_contain_no_english_words(site: Site, language: str) -> None:
    site.write("feed.toml", f'language = "{language}"\n' + PAGES.replace("generator = false\n", ""))
    site.post("2025-04-01-a.md", "1 | 2\n---|---\n3 | 4\n", title="α", tags="[β]", enclosure="talk.mp3")
    site.write("talk.mp3", b"sound" * 250)
    site.post("2025-05-02-b.md", title="γ", updated="2025-05-03")
    build(BuildOptions(site.posts, site.public, NOW, accept=True, jobs=1))
    pages = {path: content.decode() for path, content in site.tree().items() if path.endswith(".html")}
    assert 'lang="en"' not in "".join(pages.values())
    for path, page in pages.items():
        texts = re.findall(r">([^<>]+)<", page) + re.findall(r'(?:aria-label|alt|title)="([^"]*)"', page)
        for name, english in ENGLISH.items():
            if isinstance(english, str) and name not in SAME.get(language, ()):
                assert english not in texts, (path, name)


def test_babel_is_loaded_only_for_another_language_than_english(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post("2025-04-01-a.md", title="A", tags="[one]")
    command = ("build", "posts", "--output", "public", "--now", NOW, "--jobs", "1", "--accept")
    assert "babel" not in watched(site, *command)[2]
    site.write("feed.toml", 'language = "es"\n' + PAGES)
    assert "babel" in watched(site, *command)[2]
