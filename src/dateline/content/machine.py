"""What a machine says about the person who uses it. Only defaults for questions come from here, never output."""

import os
import re
from contextlib import suppress
from pathlib import Path

from dateline.content.dates import read_zone
from dateline.content.validators import language
from dateline.errors import InputError

_ZONEINFO = "/zoneinfo/"
# Languages whose country is of use to readers, since it tells one way of writing from another.
_BY_COUNTRY = ("pt", "zh")


def machine_zone(root: str = "/") -> str:
    """Return the machine's time zone by its IANA name; UTC if it has none that is known. `root` is its file system."""
    names = [os.environ.get("TZ", "").removeprefix(":").rpartition(_ZONEINFO)[2]]
    with suppress(OSError):
        names.append(os.readlink(os.path.join(root, "etc/localtime")).rpartition(_ZONEINFO)[2])
    with suppress(OSError, UnicodeDecodeError):
        names.append(Path(root, "etc/timezone").read_text("utf-8")[:100].strip())
    for name in filter(None, names):
        with suppress(InputError):
            return read_zone(name).key
    return "UTC"


def machine_language() -> str:
    """Return the language of the machine's locale, as a tag; ``en`` if it has none."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next(filter(None, (os.environ.get(name, "") for name in variables)), "")
    code, _, country = re.split(r"[.@]", locale)[0].partition("_")
    with suppress(InputError):
        return language(f"{code}-{country}" if country and code in _BY_COUNTRY else code)
    return "en"
