"""``python -m dateline``, for when the script is not on the path."""

from dateline.cli.fastpath import script

script()
