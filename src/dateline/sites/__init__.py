"""Move a whole site in: `dateline import` reads it once and writes a publication that builds.

`importers` has one module for each kind of source, and `registry` names them. An importer says what a site is, in the
values of `model`; what is the same for all of them happens in `import_site`, which is the way from end to end.
Nothing of a source is ever executed, and nothing is written into it.
"""
