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
from dateline.words import Plural, languages, words

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
    assert words(language).is_instead == (found == "en" and not language.startswith("en"))


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
    site.post("2025-05-02-b.md", title="γ", corrections="[{date: 2025-05-04, text: δ}]")
    build(BuildOptions(site.posts, site.public, NOW, accept=True, jobs=1))
    pages = {path: content.decode() for path, content in site.tree().items() if path.endswith(".html")}
    assert 'lang="en"' not in "".join(pages.values())
    assert not re.search("[0-9] (?:April|May) 20", "".join(pages.values()))
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


def test_words_in_the_settings_replace_ours_on_pages_and_in_feeds(site: Site) -> None:
    site.write(
        "feed.toml",
        'language = "en"\nlanguages = ["en", "pl"]\n'
        + PAGES
        + """
        [words]
        subscribe = "Get <us>"
        corrections = "Errata"
        correction_lead = "Erratum of {date}."
        invitation_html = 'Read <em>us</em>: <a href="{url}">subscribe</a>'
        [words.pl]
        archive = "Dawniej"
        newest = {one = "Jeden", few = "{count} nowe", many = "{count} nowych", other = "{count}"}
        """,
    )
    site.post(
        "2025-04-01-a.md", title="A", tags="[one]", corrections='[{date: 2025-05-04, text: "Wrong.", announce: true}]'
    )
    site.post("2025-04-02-b.pl.md", title="B")
    assert site.run("build").code == 0
    home, polish = site.public / "index.html", site.public / "pl" / "index.html"
    assert "Get &lt;us&gt;</a>" in home.read_text("utf-8")
    assert 'Read <em>us</em>: <a href="/subscribe/">subscribe</a>' in home.read_text("utf-8")
    assert "Archive</a>" in home.read_text("utf-8")
    assert "Dawniej</a>" in polish.read_text("utf-8")
    feed = (site.public / "rss.xml").read_text("utf-8")
    assert "<strong>Erratum of 4 May 2025.</strong> Wrong." in feed
    assert "· Errata</title>" in (site.public / "corrections" / "rss.xml").read_text("utf-8")
    settings = (site.posts / "feed.toml").read_text("utf-8")
    (site.posts / "feed.toml").write_text(settings.replace("Erratum", "Wrong on the day"), "utf-8")
    assert site.run("build").code == 0
    assert "<strong>Wrong on the day of 4 May 2025.</strong>" in (site.public / "rss.xml").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('subscribed = "x"', "words.subscribed: no word has this name; did you mean subscribe?"),
        ('retracted_title = "No"', "words.retracted_title: there is no {title} in it; write it where that goes"),
        ('skip = "{x}"', "words.skip: unknown field in braces in '{x}'; this text has no fields, so use no braces"),
        ('moved_title = "{title.__class__}"', "words.moved_title: there is no {title} in it"),
        (
            'moved_title = "{title} {title!r}"',
            "words.moved_title: unknown field in braces in '{title} {title!r}'; use no braces but those of {title}",
        ),
        ('newest = "All"', "words.newest: a text for each plural form of 'en' is needed; write {one = …, other = …}"),
        ("invitation_html = '<script>{url}</script>'", "words.invitation_html: HTML that is not allowed"),
        ("invitation_html = '<a href=\"{url}\">'", "words.invitation_html: HTML that is not allowed, or not closed"),
        ('[words.es]\nskip = "Saltar"', "words.es: no word has this name"),
    ],
)
def test_words_that_cannot_replace_ours_are_errors(site: Site, line: str, problem: str) -> None:
    site.write("feed.toml", PAGES + "[words]\n" + line)
    site.post("2025-04-01-a.md", title="A")
    result = site.run("build")
    assert result.code == 1
    assert problem in result.err


def test_init_translates_addresses_once(site: Site) -> None:
    for language, line in (
        ("es", 'addresses = { archive = "archivo", subscribe = "suscribirse" }'),
        ("tr", 'addresses = { subscribe = "abone-ol" }'),
        ("en", None),
        ("ja", None),
    ):
        folder = site.root / language
        arguments = ("--title", "Puerto", "--url", "https://example.org/", "--language", language)
        assert site.run("init", str(folder), *arguments).code == 0
        lines = (folder / "feed.toml").read_text("utf-8").splitlines()
        assert [found for found in lines if found.startswith("addresses")] == ([line] if line else [])


def test_translated_addresses_hold_for_pages_feeds_and_the_sitemap(site: Site) -> None:
    languages = 'language = "es"\nlanguages = ["es", "fr"]\n'
    names = '[addresses]\narchive = "archivo"\nsubscribe = "suscribirse"\n[addresses.fr]\narchive = "archives"\n'
    site.write("feed.toml", languages + PAGES + "limit = 1\n" + names)
    for month in ("03", "04", "05"):
        site.post(f"2025-{month}-01-a.md", title=f"A {month}")
        site.post(f"2025-{month}-01-a.fr.md", title=f"F {month}")
    assert site.run("build").code == 0
    assert (site.public / "suscribirse" / "index.html").exists()
    assert (site.public / "fr" / "archives" / "2025" / "03" / "atom.xml").exists()
    assert (site.public / "fr" / "subscribe" / "index.html").exists()
    assert "https://example.org/archivo/2025/04/atom.xml" in (site.public / "atom.xml").read_text("utf-8")
    sitemap = site.tree()["sitemap.xml"].decode()
    assert "<loc>https://example.org/archivo/2025/03/</loc>" in sitemap
    whole = "".join(content.decode("utf-8", "replace") for content in site.tree().values())
    assert not re.findall(r'"/(?:archive|subscribe)/', whole)
    # Whoever moves an archive all the same is told that its pages die, but nothing is shown again.
    site.write("feed.toml", languages + PAGES + "limit = 1\n" + names.replace("archivo", "hemeroteca"))
    result = site.run("build")
    assert result.code == 0, result.err
    assert not (site.public / "archivo").exists()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('archive = "tags"', "addresses.archive: 'tags' is the folder of something else"),
        ('archive = "../x"', "addresses.archive: '../x' is not a name of letters from a to z, digits and hyphens"),
        ('archive = "x"\nsubscribe = "x"', "addresses: two pages have one address"),
        ('about = "x"', "addresses.about: no page with an address of its own; use archive and subscribe"),
    ],
)
def test_addresses_that_cannot_be_are_errors(site: Site, line: str, problem: str) -> None:
    site.write("feed.toml", PAGES + "[addresses]\n" + line)
    site.post("2025-04-01-a.md", title="A")
    result = site.run("build")
    assert result.code == 1
    assert problem in result.err
