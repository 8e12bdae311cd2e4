"""Dates in front matter in the language of the publication, and of the post."""

import subprocess
import sys
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.core import Locale
from babel.dates import format_date
from conftest import Site
from test_docs import NEW_YORK, code, table

from dateline.content.dates import read_date
from dateline.content.local_dates import in_iso
from dateline.errors import InputError

LANGUAGES = "es fr de pt pt-PT it nl pl ru uk tr ar ar-EG ar-LB he zh-Hans zh-Hant ja ko".split()
NOON = time(12)
UTC = ZoneInfo("UTC")


def day(text: str, *languages: str) -> date:
    return read_date(text, UTC, NOON, languages).moment.date()


def check(language: str, days: list[date]) -> None:
    """Read the days of a list as Babel writes them in a language."""
    locale = Locale.parse(language, sep="-")
    for one in days:
        for form in ("long", "full"):
            written = format_date(one, form, locale)
            assert day(written, language) == one, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_of_each_month_reads_back_as_babel_writes_it(language: str) -> None:
    check(language, [date(2025, month, 2 * month + 1) for month in range(1, 13)])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_a_year_reads_back_as_babel_writes_it(language: str) -> None:
    check(language, [date(2024, 1, 1) + timedelta(number) for number in range(366)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_english_dates_read_as_before_in_every_language(language: str) -> None:
    for text, _ in table("You write", "It means"):
        (written,) = code(text)
        assert read_date(written, NEW_YORK, NOON, [language]) == read_date(written, NEW_YORK, NOON)
    for text, _ in table("You write", "Why it is refused"):
        (written,) = code(text)
        with pytest.raises(InputError):
            read_date(written, NEW_YORK, NOON, [language])


def test_the_examples_of_the_guide_mean_the_same_day() -> None:
    rows = table("Language", "You write, for the same day")
    assert len(rows) == 15
    for name, examples in rows:
        language = next(tag for tag in LANGUAGES if str(Locale.parse(tag, sep="-").english_name).startswith(name))
        assert {day(text, language) for text in code(examples)} == {date(2025, 4, 14)}, name


@pytest.mark.parametrize(
    ("language", "text", "iso"),
    [
        ("fr", "1er avril 2025", "2025-04-01"),
        ("fr", "LUNDI 14 AVRIL 2025 à 09:30", "2025-04-14 09:30"),
        ("es", "14 de abril de 2025 a las 9:30 pm", "2025-04-14 9:30 pm"),
        ("es", "14 de abril del 2025, 09:30 -06:00", "2025-04-14 09:30 -06:00"),
        ("de", "Montag, den 14. April 2025 um 09:30 Uhr", "2025-04-14 09:30"),
        ("pt", "1.º de janeiro de 2025", "2025-01-01"),
        ("tr", "14 NİSAN 2025", "2025-04-14"),
        ("tr", "14 KASIM 2025", "2025-11-14"),
        ("uk", "п’ятниця, 18 квітня 2025 року", "2025-04-18"),
        ("ar", "٢٠٢٥ أبريل ١٤", None),
        ("ja", "２０２５年４月１４日　09:30", "2025-04-14 09:30"),
        ("es", "14 avril 2025", None),
        ("es", "abril de 2025", None),
        ("es", "14 abr 25", None),
        ("es", "mañana", None),
        ("tlh", "14 jar 2025", None),
    ],
)
def test_dates_are_read_by_fixed_patterns(language: str, text: str, iso: str | None) -> None:
    assert in_iso(text, language) == iso


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("martes, 14 de abril de 2025", "'martes, 14 de abril de 2025' was a lunes; correct the weekday or the date"),
        ("31 de abril de 2025", "'31 de abril de 2025' is not a date that exists; correct it, or write it like"),
        ("14 de abril de 2025 25:10", "'2025-04-14 25:10' is not a date or time that exists; "),
        ("14 de avril de 2025", "cannot read '14 de avril de 2025'; write it like 2025-04-14, "),
    ],
)
def test_a_date_without_exactly_one_meaning_is_refused(site: Site, text: str, problem: str) -> None:
    site.settings('language = "es"\n')
    site.post(date=f"'{text}'")
    assert site.build().err.startswith(f"error: posts/2025-04-14-first.md:3: date: {problem}")


def test_all_dates_of_a_publication_may_be_in_its_language(site: Site) -> None:
    site.settings('language = "es"\nmoved_to = "https://new.example/"\nmoved_on = "2 de mayo de 2025"\n')
    site.post(
        date="lunes, 14 de abril de 2025 09:30",
        updated="15 de abril de 2025",
        corrections="[{date: 16 de abril de 2025, text: No. It sails at eight.}]",
    )
    assert site.build().code == 0
    assert site.json()["items"][1]["date_published"] == "2025-04-14T09:30:00Z"
    assert site.json()["items"][1]["date_modified"].startswith("2025-04-16T12:00:00")
    assert (site.public / "atom.xml").read_text("utf-8").count("2025-05-02") >= 1


def test_a_translation_may_have_its_date_in_its_language_or_in_the_main_one(site: Site) -> None:
    site.settings('language = "fr"\nlanguages = ["fr", "es"]\n')
    site.post("2025-04-14-boat.md", date="14 avril 2025")
    site.post("2025-04-14-boat.es.md", date="14 de abril de 2025")
    site.post("2025-04-15-net.es.md", date="15 avril 2025")
    site.post("2025-04-16-crew.md", date="16 de abril de 2025", language="es")
    assert site.build().code == 0, site.build()


def test_babel_is_loaded_only_for_what_english_refuses() -> None:
    program = """
import sys
from datetime import UTC, time
from dateline.content.dates import read_date
from dateline.errors import InputError
for text, language in (("14 April 2025", "es"), ("2025-04-14", "es"), ("04/05/2025", "es"), ("14 avril 2025", "en")):
    try:
        read_date(text, UTC, time(12), [language])
    except InputError:
        pass
    assert "babel" not in sys.modules, text
read_date("14 de abril de 2025", UTC, time(12), ["es"])
assert "babel" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
