"""The cache: everything that a build knows of the posts, in one SQLite file.

It is disposable: deleting it costs time, never correctness, and each value is kept under a key of all that it depends
on. Selection is SQL over indexed columns, so a feed costs what its entries cost, however many posts there are.
"""
