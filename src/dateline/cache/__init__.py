"""The cache: everything that a build knows about the posts, in one SQLite file.

It is disposable: deleting it costs time, never correctness. Each value is stored under a key of all that it depends on.
Selection is SQL over indexed columns, so a feed costs what its entries cost, however many posts there are.
"""
