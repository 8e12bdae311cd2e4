"""Hidden posts, looked for in the documents of a build: in their bytes, whatever these were made from."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from dateline.embargo.runs import RUN, Cover, Run, places, shared
from dateline.embargo.search import OFTEN, forms
from dateline.embargo.secrets import Secret
from dateline.embargo.texts import addresses, reading, values


class Hit(NamedTuple):
    """A hidden post, by its number, and what of it stands in a document. `run` is where that stands in its text."""

    number: int
    what: str
    run: Run | None = None
    is_title: bool = False


class Documents:
    """Looks for secrets, by their numbers, in documents; each value once, in however many documents it stands.

    `windows` are digests of all that they say and nobody may know, and `seen` hashes of values in which they need not
    be looked for. The titles of secrets that are `noted` are not looked for. `secrets` may change meanwhile.
    """

    def __init__(
        self, secrets: Mapping[int, Secret], windows: Iterable[bytes], seen: Iterable[int], noted: Collection[int]
    ) -> None:
        self._secrets = secrets
        self._digests: set[int] = set()
        for digests in windows:
            self._digests.update(array("I", digests))
        self._addresses = {uri: number for number, secret in secrets.items() for uri in secret.addresses}
        self._ids = [(number, secret.id, forms(secret.id)) for number, secret in secrets.items() if secret.id]
        self._titles = [(n, secret.title) for n, secret in secrets.items() if secret.title and n not in noted]
        self._texts = [(number, secret.text) for number, secret in secrets.items() if secret.text]
        self._shortest = min((len(title) for _, title in self._titles), default=RUN)
        self._seen = set(seen)

    def hits(self, document: bytes) -> Iterator[Hit]:
        """What of secrets stands in a document and was not seen in others."""
        return self.hits_of(values(document))

    def hits_of(self, values: Iterable[str]) -> Iterator[Hit]:
        """What of secrets stands in values and was not seen in others."""
        for value in values:
            seen = hash(value)
            if seen not in self._seen:
                yield from self._hits(value)
                self._seen.add(seen)

    def is_told(self, hit: Hit) -> bool:
        """Whether a hit is one by what is known now."""
        secret = self._secrets[hit.number]
        return hit.run is None or bool(_cover(secret).hides(hit.run))

    def _hits(self, value: str) -> Iterator[Hit]:
        for uri in addresses(value) & self._addresses.keys():
            yield Hit(self._addresses[uri], uri)
        for number, id, inside in self._ids:
            if value.strip() == id or any(form in value for form in inside):
                yield Hit(number, id)
        if len(value) < min(RUN, self._shortest):
            return
        text = reading(value)
        for number, title in self._titles:
            if title in text:
                yield Hit(number, title, is_title=True)
        at = places(text, self._digests)
        for number, hidden in self._texts if at else ():
            for run in shared(text, hidden, at):
                told = _cover(self._secrets[number]).hides(run)
                if told:
                    yield Hit(number, hidden[told[0] : told[1]], told)


def _cover(secret: Secret) -> Cover:
    return Cover(len(secret.text), OFTEN, secret.public)
