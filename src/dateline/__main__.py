"""``python -m dateline``, for when the script is not on the path."""

from dateline.start import run

run()
