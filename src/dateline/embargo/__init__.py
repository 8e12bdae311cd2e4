"""No output tells of a post that is a draft, or held: the proof of that, made before anything is written.

It is loaded where there is such a post. `guarded` is the way in.
"""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from dateline.build import BuildContext, Progress
from dateline.embargo.proof import Proof
from dateline.errors import Problem
from dateline.output import Output


def guarded(
    desk: BuildContext,
    hidden: Sequence[int],
    shown: Collection[int] | None,
    products: Sequence[Output],
    output: Path,
    progress: Progress,
) -> tuple[list[Output], list[Problem]]:
    """Products that are looked through, when they are made, for `hidden` posts, and a list for notes on them.

    `shown` are the numbers of the posts that some feed shows, None for all. What tells of hidden posts in published
    ones, or among the files to copy, raises BuildError here. Raises PostChangedError.
    """
    # The files of _static are those that no post and no setting names.
    files = {product.path: product.origin for product in products if product.is_static}
    proof = Proof(desk, output, shown, files, progress)
    proof.of_posts(hidden)
    documents = {product.path for product in products if product.work}
    proven = desk.cache.documents.keys()
    desk.cache.documents.forget(proven.keys() - documents)
    return [
        product._replace(proof=partial(proof.of_document, product), is_proven=proven.get(product.path) == product.key)
        if product.work
        else product
        for product in products
    ], proof.notes
