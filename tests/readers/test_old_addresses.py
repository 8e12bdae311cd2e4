"""Readers subscribed to another program's feed find ours at its address, with its ids, and show nothing new."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from conftest import Site

from dateline.comparison.published import published_at
from readers.conftest import serving
from readers.subscribed import Newsboat, Reader
from readers.test_what_subscribers_see import diff, kinds

ADOPT = Path(__file__).parents[1] / "adopt"
# An old feed, the address where its subscribers have it, and what feed.toml gets.
OLD = {
    "jekyll": ("feed.xml", 'atom = "feed.xml"'),
    "hugo": ("posts/index.xml", 'rss = "index.xml"\nalso = {rss = ["posts/index.xml"]}'),
    "eleventy": ("feed/feed.xml", 'atom = "feed/feed.xml"'),
    "wordpress": ("feed/", 'rss = "feed.xml"\nalso = {rss = ["feed/index.html"]}'),
}
HOME = {"wordpress": "http://www.harbour.example/"}
MEANT = {"updated", "feed_updated", "dead_address", "redated"}  # ours may say more about a post, or show it elsewhere


@pytest.mark.parametrize("case", OLD)
def test_subscribers_of_an_old_address_see_nothing_new(case: str, tmp_path: Path) -> None:
    address, names = OLD[case]
    site = Site(tmp_path)
    shutil.copytree(ADOPT / case / "posts", site.posts)
    place = site.public / (f"{address}index.html" if address.endswith("/") else address)
    place.parent.mkdir(parents=True)
    shutil.copy(ADOPT / case / "feed.xml", place)
    (old,) = published_at(str(place))
    with serving(site.public) as server, closing(Reader(server, [address])) as subscriber:
        newsboat = Newsboat(server, address, tmp_path / "newsboat")
        subscriber.update()
        newsboat.update()
        had = subscriber.ids(address)
        server.conditional = False
        assert site.run("adopt", place).code == 0
        settings = (site.posts / "feed.toml").read_text("utf-8")
        settings = settings.replace("https://harbour.example/", HOME.get(case, "https://harbour.example/"))
        if old.id:
            settings = re.sub("^id = .*", f'id = "{old.id}"', settings, flags=re.MULTILINE)
        site.write("feed.toml", f"{settings}[feed_files]\n{names}\n")
        assert kinds(diff(site)[1]).keys() <= MEANT
        assert site.build("--accept").code == 0
        seen = subscriber.update()[address]
        assert seen
        assert (seen.new, seen.gone) == (set(), set())
        assert newsboat.update().new == set()
        assert subscriber.ids(address) == had
    (now,) = published_at(str(place))
    assert now.is_ours
    assert (now.format, now.id) == (old.format, old.id)
