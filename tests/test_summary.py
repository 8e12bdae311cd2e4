"""What stands for a post that has no summary: its first paragraph that says something, and nothing folded."""

import time

import pytest

from dateline.content.config import MARKDOWNS
from dateline.render import render
from dateline.render.html import first_paragraph

FOLDED = "<details>\n<summary>Who did it</summary>\n<p>The butler did it.</p>\n</details>"


def summary(body: str, engine: str, *, smart: bool = False) -> str:
    return render(body, engine=engine, footnote_prefix="", smart_quotes=smart).summary


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"{FOLDED}\n\nA review.", "A review."),
        (f"- A list\n\n{FOLDED}", "A list Who did it"),
        (FOLDED, "Who did it"),
        (f"<details>\n{FOLDED}\n<p>She knew.</p>\n</details>\n\nText.", "Text."),
        ("<div>\n<details><p>A<p>B</details>\n</div>\n\nText.", "Text."),
        ("<p>He <details><summary>did</summary> it</details>", "He"),
        (FOLDED.replace("<details>", "<details open>"), "The butler did it."),
        (FOLDED.replace("<details>", '<details title="an open= secret">'), "Who did it"),
        ("[TOC]\n\nText.", "Text."),
        ("[[_TOC_]]\n\nText.", "Text."),
        ("[toc]\n\n- A list", "A list"),
        ('{{< figure src="boat.jpg" >}}\n\nText.', "Text."),
        ('{{< figure src="boat.jpg" title="A } b" >}}\n{{% note %}}\n\nText.', "Text."),
        ("{{<youtube abc>}}\n\nText.", "Text."),
        ("{% include map.html %}\n\nText.", "Text."),
        ('[gallery ids="1,2"]\n\nText.', "Text."),
        ("[gallery]\n\nText.", "Text."),
        ('[caption id="a" width="3"]\n\nText.', "Text."),
        ("$$\nx = 1\n$$\n\nText.", "Text."),
        ("$$x$$ $$y$$\n\nText.", "Text."),
        ("\\\\[ x = 1 \\\\]\n\nText.", "Text."),
        ("[sic]\n\nText.", "[sic]"),
        ("[Music playing]\n\nText.", "[Music playing]"),
        ("Costs $$ and $$ more.\n\nText.", "Costs $$ and $$ more."),
        ("{% raw %} A word {% endraw %}\n\nText.", "Text."),
        ("{% raw %} A word {% endraw %}", "A word"),
        ("Hello {{ name }}.\n\nText :wave:.", "Text ."),
        ("<p>{{ note }} <em>says</em> so", "says so"),
        ("[TOC] and more\n\nText.", "[TOC] and more"),
        ("[gallery]", ""),
    ],
)
def test_the_summary_of_a_text(engine: str, body: str, found: str) -> None:
    assert summary(body, engine) == found


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_smart_quotes_do_not_turn_a_shortcode_into_text(engine: str) -> None:
    assert summary('[gallery ids="1,2"]\n\nText.', engine, smart=True) == "Text."


def test_it_takes_linear_time() -> None:
    started = time.process_time()
    for part in ("{{}}", "{% a %}", "[gallery a=", "$$a$$ ", "<details>", "[a b=c d", "{{", "\\["):
        first_paragraph(f"<p>{part * 50_000} x</p><p>{part * 50_000}</p>")
    assert time.process_time() - started < 10
