"""Time zones by their IANA names, from the system or else from the package tzdata."""

import zoneinfo
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


def file_of(zone: ZoneInfo) -> str:
    """Where the rules of a zone are, on this machine."""
    for root in zoneinfo.TZPATH:
        file = Path(root, zone.key)
        if file.is_file():
            return str(file)
    from importlib.resources import files  # which takes its time

    return str(files("tzdata").joinpath("zoneinfo", *zone.key.split("/")))


def rules(zone: ZoneInfo) -> bytes:
    """The rules of a zone as the database of zones has them; they change with its releases."""
    return Path(file_of(zone)).read_bytes()
