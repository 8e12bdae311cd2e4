"""Checks of a live site: what its server answers to a reader, and to everything else that asks.

Works for any site. `checks.CHECKS` lists what is looked at, one row each.
"""
