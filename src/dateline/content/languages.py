"""Language tags (BCP 47, RFC 5646), as far as feeds need them."""

import re

from dateline.errors import Unreadable, quoted

# The codes of ISO 639-1; a language that has one of them goes by it.
_TWO_LETTERS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+")


def language_tag(text: str) -> str:
    """Return `text` as a well-formed tag in its usual case, like ``en``, ``es-SV``, ``zh-Hant`` or ``x-klingon``."""
    if _PRIVATE.fullmatch(text.lower()):
        return text.lower()
    match = _TAG.fullmatch(text.lower())
    if not match or (len(match["language"]) == 2 and match["language"] not in _TWO_LETTERS):
        raise Unreadable(f"{quoted(text)} is not a language", "write its code, like en, es-SV or ar")
    if match["region"] == "uk":
        raise Unreadable(f"{quoted(text)} names no country", "write en-GB")
    return _usual_case(match)


def _usual_case(match: re.Match[str]) -> str:
    tag = match[0]
    for group, change in (("script", str.title), ("region", str.upper)):
        if match[group]:
            start, end = match.span(group)
            tag = tag[:start] + change(match[group]) + tag[end:]
    return tag
