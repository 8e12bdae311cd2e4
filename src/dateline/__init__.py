"""Dateline publishes a folder of dated Markdown posts as feeds that people subscribe to."""

__version__ = "0.1.0"
