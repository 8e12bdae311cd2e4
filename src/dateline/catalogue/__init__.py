"""What every post of a publication says, in one SQLite file.

It is disposable: it saves time, and holds nothing that the posts do not say. Whatever it answers was put in under the
same key. Selection is SQL over indexed columns, so that a feed costs what its entries cost, however many posts there
are. A `Catalogue` has a drawer for each thing that it is asked about, all over one connection.
"""

from dateline.catalogue.connection import CatalogueError
from dateline.catalogue.consulted import Consulted
from dateline.catalogue.entries import Kept, Made
from dateline.catalogue.opening import Catalogue, discard, open_catalogue, open_copy
from dateline.catalogue.out import Out
from dateline.catalogue.posts import Numbered
from dateline.catalogue.renderings import Measured
from dateline.catalogue.rows import Before, Label, Row, Values, values_of

__all__ = [
    "Before",
    "Catalogue",
    "CatalogueError",
    "Consulted",
    "Kept",
    "Label",
    "Made",
    "Measured",
    "Numbered",
    "Out",
    "Row",
    "Values",
    "discard",
    "open_catalogue",
    "open_copy",
    "values_of",
]
