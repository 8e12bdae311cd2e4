"""Every field of a post is classified, and the rest of the program does what its roles promise.

A new field fails these tests until it has a row in `POST_ROLES` and an example for each of its roles here.
"""

import json

import pytest
from conftest import PAGES, SETTINGS, Site

from dateline.model import Post
from dateline.post_roles import CONTENT_FIELDS, GUARDED_FIELDS, POST_ROLES, Role

SENTENCE = "The harbour master will announce a second ferry for the summer season"
PODCAST = """
[podcast]
author = "Harbour Radio"
category = "News"
explicit = false
image = "https://example.org/cover.png"
owner = {name = "Ana Díaz", email = "ana@example.org"}
guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
"""
SOUND = '{url: "https://cdn.example/one.mp3", type: audio/mpeg, length: 99%s}'
PICTURE = "https://example.org/a.png"
# For each field that feeds show, front matter before and after a change of it. The file's name stays.
CHANGES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "id": ({"id": "tag:example.org,2025:a"}, {"id": "tag:example.org,2025:b"}),
    "url": ({}, {"slug": "another"}),
    "title": ({"title": "One"}, {"title": "Two"}),
    "published": ({"date": "2025-04-14"}, {"date": "2025-04-15"}),
    "updated": ({}, {"updated": "2025-04-20"}),
    "authors": ({"author": "Ana"}, {"author": "Mike"}),
    "tags": ({"tags": "[sea]"}, {"tags": "[sea, land]"}),
    "language": ({"language": "en"}, {"language": "es"}),
    "link": ({"body": ""}, {"body": "", "link": "https://other.example/"}),
    "related": ({}, {"link": "https://other.example/"}),
    "first_words": ({"title": '""', "body": "One.\n"}, {"title": '""', "body": "Two.\n"}),
    "notes": ({}, {"corrections": "[{date: 2025-04-20, text: It was two.}]"}),
    "withdrawn": ({}, {"withdrawn": "2025-04-20"}),
    "summary": ({"summary": "One."}, {"summary": "Two."}),
    "image": ({"image": PICTURE}, {"image": "https://example.org/b.png"}),
    "image_alt": (
        {"image": PICTURE, "image_alt": "A quay"},
        {"image": PICTURE, "image_alt": "A ferry"},
    ),
    "image_caption": ({"image": PICTURE, "image_caption": "One."}, {"image": PICTURE, "image_caption": "Two."}),
    "image_credit": ({"image": PICTURE}, {"image": PICTURE, "image_credit": "Photo: Ana"}),
    "image_in_feed": ({"image": PICTURE}, {"image": PICTURE, "image_in_feed": "false"}),
    "enclosures": ({}, {"enclosure": SOUND % ""}),
    "episode": ({"enclosure": SOUND % "", "episode": "1"}, {"enclosure": SOUND % "", "episode": "2"}),
}
# For each field whose text must not be published while the post is hidden, front matter that holds SENTENCE there.
TEXTS = {
    "summary": {"summary": SENTENCE},
    "image_alt": {"image": PICTURE, "image_alt": SENTENCE},
    "image_caption": {"image": PICTURE, "image_caption": SENTENCE},
    "image_credit": {"image": PICTURE, "image_credit": SENTENCE},
    "enclosures": {"enclosure": SOUND % f", title: {SENTENCE}"},
    "episode": {"enclosure": SOUND % "", "episode_title": SENTENCE},
    "extra": {"extra": f'{{list: [1, "Quoted: \\"{SENTENCE}\\""]}}'},
    "first_words": {"title": '""', "body": f"{SENTENCE}.\n"},
}
# Shows what only templates of the user's own show.
TEMPLATE = '{% extends "dateline/post.html" %}{% block title %}{{ post.extra.get("list", [])|join }}{% endblock %}'


def test_every_field_is_classified_once() -> None:
    assert sorted(POST_ROLES) == sorted(Post._fields)


@pytest.mark.parametrize("field", [name for name, role in POST_ROLES.items() if Role.SHOWN in role])
def test_a_change_of_a_field_that_feeds_show_is_reported(site: Site, field: str) -> None:
    before, after = CHANGES[field]
    site.write("feed.toml", SETTINGS + PODCAST)
    site.post("2025-04-13-other.md")
    site.post(**before)
    assert site.build().code == 0
    assert changes(site) == []
    site.post(**after)
    assert changes(site) != []


def changes(site: Site) -> list[str]:
    """Return the kinds of changes that ``dateline diff`` reports."""
    report = json.loads(site.run("diff", "--json").out)
    return [kind for kind, found in report.items() if isinstance(found, list) and found]


@pytest.mark.parametrize("field", GUARDED_FIELDS)
def test_the_text_of_a_guarded_field_of_a_draft_is_not_published(site: Site, field: str) -> None:
    site.write("feed.toml", SETTINGS + PODCAST)
    site.post("2025-04-13-published.md", body=f"{SENTENCE}.\n")
    site.post("2025-05-01-draft.md", title="Draft", draft="true", **TEXTS[field])
    refused = site.build()
    assert refused.code == 1
    assert "2025-04-13-published.md" in refused.err
    assert not site.public.exists()


@pytest.mark.parametrize("field", CONTENT_FIELDS)
def test_a_retraction_drops_the_content_of_a_field(site: Site, field: str) -> None:
    front_matter = TEXTS[field] if field in TEXTS else CHANGES[field][1]
    mark = SENTENCE if field in TEXTS else "b.png"
    site.write("feed.toml", (PAGES if field == "extra" else SETTINGS) + PODCAST)
    if field == "extra":
        site.write("_templates/post.html", TEMPLATE)
    site.post(**front_matter)
    assert site.build().code == 0
    assert mark in published(site)
    site.post(**front_matter, retracted="{date: 2025-04-20, reason: It was wrong.}")
    assert site.build().code == 0
    assert mark not in published(site)


def published(site: Site) -> str:
    """Return all that is in the output."""
    return b"".join(site.tree().values()).decode()
