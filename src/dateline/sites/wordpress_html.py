"""Make HTML of what the editors of WordPress save: blocks, blank lines between paragraphs, and shortcodes. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, NamedTuple

from dateline.content.json import read_json
from dateline.render.paragraphs import with_paragraphs
from dateline.sites.elements import drop, only_link, rewritten

