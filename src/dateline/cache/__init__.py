"""What every post of a publication says, in one SQLite file.

It is disposable: it saves time, and holds nothing that the posts do not say. Whatever it answers was put in under the
same key. Selection is SQL over indexed columns, so that a feed costs what its entries cost, however many posts there
are. A `Catalogue` has a drawer for each thing that it is asked about, all over one connection.
"""
