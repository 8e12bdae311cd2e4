"""Dateline publishes a folder of dated Markdown posts as feeds that people subscribe to."""

__version__ = "0.1.0"
# Feeds name it as their generator's address; a reserved name until the program has a home of its own.
HOME = "https://dateline.example/"
