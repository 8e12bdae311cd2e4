"""Checks of a live site: what its server answers to a reader, and to everything else that asks.

Works for any site. Read `site` first. `remedies.REMEDIES` has a row for each check.
"""
