"""Time zones by their IANA names, from the system or else from the package tzdata."""

import zoneinfo
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateline.errors import Unreadable, quoted


def read_zone(name: str) -> ZoneInfo:
    """The zone called `name`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):  # a folder's name, and one that leads elsewhere
        raise Unreadable(
            f"{quoted(name)} is no time zone", "write its IANA name, like America/El_Salvador or UTC"
        ) from None


def rules(zone: ZoneInfo) -> bytes:
    """The rules of a zone as the database of zones has them; they change with its releases."""
    for root in zoneinfo.TZPATH:
        file = Path(root, zone.key)
        if file.is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", *zone.key.split("/")).read_bytes()
