"""Tell in which language of a publication a post is, what speakers call a language, and in which direction it runs."""

from collections.abc import Sequence
from functools import lru_cache

from dateline.content.scan import bare

# What speakers call their languages.
_NAMES = dict(
    pair.split("=")
    for pair in (
        "ar=العربية;bg=Български;bn=বাংলা;ca=Català;cs=Čeština;da=Dansk;de=Deutsch;el=Ελληνικά;en=English;eo=Esperanto;"
        "es=Español;et=Eesti;eu=Euskara;fa=فارسی;fi=Suomi;fr=Français;gl=Galego;he=עברית;hi=हिन्दी;hr=Hrvatski;hu=Magyar;"
        "id=Bahasa Indonesia;it=Italiano;ja=日本語;ko=한국어;lt=Lietuvių;lv=Latviešu;nb=Norsk bokmål;nl=Nederlands;"
        "no=Norsk;pl=Polski;pt=Português;pt-BR=Português (Brasil);ro=Română;ru=Русский;sk=Slovenčina;sl=Slovenščina;"
        "sr=Српски;sv=Svenska;th=ไทย;tr=Türkçe;uk=Українська;vi=Tiếng Việt;zh=中文;zh-CN=简体中文;zh-TW=繁體中文;"
        "zh-Hans=简体中文;zh-Hant=繁體中文"
    ).split(";")
)
_RIGHT_TO_LEFT = frozenset("ae ar arc ckb dv fa he khw ks lrc mzn nqo ps sd syr ug ur yi".split())
_SCRIPTS = frozenset("adlm arab aran hebr mand nkoo rohg samr syrc thaa".split())


def language_name(language: str) -> str:
    """Return the name that its speakers give a language, or the one that it is a variant of; its code if unknown."""
    return _NAMES.get(language) or _NAMES.get(language.partition("-")[0], language)


@lru_cache
def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr``, by the script that a language tag names, else by the usual script of the language."""
    first, *others = language.lower().split("-")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    return "rtl" if (scripts[0] in _SCRIPTS if scripts else first in _RIGHT_TO_LEFT) else "ltr"


def listed(language: str, languages: Sequence[str]) -> str | None:
    """Return the one of `languages` that is written in this way, perhaps like ``zh_cn``; None if it is not listed."""
    written = language.replace("_", "-").lower()
    return next((known for known in languages if known.lower() == written), None)


def edition_of(path: str, written: str | None, languages: Sequence[str]) -> str:
    """Return the edition of a post, empty for the main language, which is the first.

    What counts is its `written` language, the suffix of its file, or its top folder: the first that is listed.
    """
    if not languages:
        return ""
    top, *below = path.split("/")
    signs = (written, suffix_of(path, languages)[1:], top if below else None)
    found = next(filter(None, (listed(sign, languages) for sign in signs if sign)), None)
    return found if found and found != languages[0] else ""


def suffix_of(path: str, languages: Sequence[str]) -> str:
    """Return the suffix of a file that is one of `languages`, with its dot; an empty text if there is none."""
    if not languages:
        return ""
    stem, dot, suffix = bare(path.rpartition("/")[2]).rpartition(".")
    return dot + suffix if stem and listed(suffix, languages) else ""
