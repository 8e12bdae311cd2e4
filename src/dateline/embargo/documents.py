"""Hidden posts, all of them looked for in one thing that is published: a post, or the bytes of a document."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from dateline.embargo.hidden_posts import Secret
from dateline.embargo.runs import RUN, Cover, Run, blocks, digest_of, places, shared
from dateline.embargo.search import OFTEN, forms
from dateline.embargo.texts import Said, addresses, fingerprint, said


class Hit(NamedTuple):
    """A hidden post, by its number, and what of it was found. `run` is where that stands in its text."""

    number: int
    what: str
    run: Run | None = None


class Documents:
    """Looks for secrets, by their numbers, in what is published; in each value of documents once, whatever has it.

    `windows` are digests of all that they say and nobody may know. `secrets` may change meanwhile.
    """

    def __init__(self, secrets: Mapping[int, Secret], windows: Iterable[bytes]) -> None:
        self._secrets = secrets
        self._digests: set[int] = set()
        for digests in windows:
            self._digests.update(array("I", digests))
        self._addresses: dict[str, list[int]] = {}
        for number, secret in secrets.items():
            for uri in secret.addresses:
                self._addresses.setdefault(uri, []).append(number)
        self._ids = [(number, secret.id, forms(secret.id)) for number, secret in secrets.items() if secret.id]
        self._texts = [(number, secret.text) for number, secret in secrets.items() if secret.text]
        self._seen: dict[int, bytes] = {}

    def look(self, values: Iterable[str], known: Collection[int]) -> tuple[list[Hit], bytes]:
        """What of secrets stands in the values of a document and was not seen in others; and digests of them all.

        All but those that are `known`, by their fingerprints, from posts that were looked through.
        """
        hits: list[Hit] = []
        digests: list[bytes] = []
        for value in values:
            key = hash(value)
            if key not in self._seen:
                is_known = len(value) >= RUN and fingerprint(value) in known
                found, self._seen[key] = ([], b"") if is_known else self.hits(said(value))
                hits += found
            digests.append(self._seen[key])
        return hits, b"".join(dict.fromkeys(digests))

    def hits(self, said: Said) -> tuple[list[Hit], bytes]:
        """What of secrets stands in what is said, and digests of that."""
        digests, uris = blocks(said.text) if len(said.text) >= RUN else array("I"), addresses(said.raw)
        hits = [
            *self._named(uris),
            *self._identified(said),
            *self._quoted(said.text, places(digests, self._digests)),
        ]
        digests.extend(map(digest_of, uris))
        return hits, digests.tobytes()

    def is_told(self, hit: Hit) -> bool:
        """Whether a hit is one by what is known now."""
        secret = self._secrets[hit.number]
        return hit.run is None or bool(_cover(secret).hides(hit.run))

    def _named(self, uris: set[str]) -> Iterator[Hit]:
        for uri in sorted(uris & self._addresses.keys()):
            for number in self._addresses[uri]:
                yield Hit(number, uri)

    def _identified(self, said: Said) -> Iterator[Hit]:
        """Ids that are no addresses: wholes, in text and in HTML."""
        for number, id, inside in self._ids:
            if any(form in said.raw for form in inside) or (id in said.text and id in said.text.split("\n")):
                yield Hit(number, id)

    def _quoted(self, text: str, at: list[int]) -> Iterator[Hit]:
        for number, hidden in self._texts if at else ():
            for run in shared(text, hidden, at):
                told = _cover(self._secrets[number]).hides(run)
                if told:
                    yield Hit(number, hidden[told[0] : told[1]], told)


def _cover(secret: Secret) -> Cover:
    return Cover(len(secret.text), OFTEN, secret.public)
