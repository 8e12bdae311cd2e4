"""The proof that nothing which goes into the output tells of a hidden post.

One rule makes it whole, cold or warm: what is in the index was looked through for every hidden post that is kept. A
hidden post that is new or changed is looked for in the index, and what its digests meet there goes out of it. Whatever
is published and is not in the index, post or document, made now or standing there from before, is looked through for
all of them, and put in.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from dateline import formats
from dateline.build import BuildContext, Progress
from dateline.content.urls import page_key
from dateline.embargo import findings
from dateline.embargo.documents import Documents
from dateline.embargo.hidden_posts import Secret, packed, read_secrets, secret_key, unpacked
from dateline.embargo.search import SETTINGS, Index, index, mentions, met, naming, renew, said_by, search, unproven
from dateline.embargo.texts import of_page
from dateline.errors import BuildError, Problem
from dateline.output import Output


class Proof:
    """What is known of hidden posts in one build. `notes` is what was found that can be chance.

    `shown` are the numbers of the posts that some feed shows, None for all; `files` the files of _static by their
    places in the output.
    """

    def __init__(
        self,
        desk: BuildContext,
        output: Path,
        shown: Collection[int] | None,
        files: Mapping[str, str],
        progress: Progress,
    ) -> None:
        self.notes: list[Problem] = []
        self._desk = desk
        self._output = output
        self._shown = shown
        self._files = files
        self._progress = progress
        self._posts: Index | None = None
        self._secrets: dict[int, Secret] = {}
        self._hidden: frozenset[int] = frozenset()
        self._documents: Documents | None = None
        self._judged: dict[int, bool] = {}
        self._noted: set[int] = set()
        self._titles: dict[int, str] = {}  # that were looked for before

    def of_posts(self, hidden: Sequence[int]) -> None:
        """Look for hidden posts, by their numbers, in all that is published, where that was not done before.

        Raises BuildError, and PostChangedError.
        """
        self._hidden = frozenset(hidden)
        self._secrets = self._known(hidden)
        changed = unproven(self._desk, self._shown)
        told, mentioned = self._told_in(changed) if self._secrets else (set(), [])
        wanted = [number for number in hidden if number in told or number not in self._secrets]
        fresh = sorted(read_secrets(self._desk, wanted), key=lambda secret: secret.post.path)
        # Before a post goes into the index: should the build end early, that must not count as a proof.
        with self._desk.cache.transaction():
            self._desk.cache.secrets.forget(wanted)
        if not fresh:
            renew(self._desk, changed, self._progress)
        errors = self._judge(fresh) if fresh else []
        if errors:
            raise BuildError(errors)
        self._secrets = dict(sorted(self._secrets.items(), key=lambda known: known[1].post.path))
        self._note([self._secrets[number] for number in mentioned])

    def _told_in(self, changed: Collection[int]) -> tuple[set[int], list[int]]:
        """The secrets, of those that were looked for before, that stand in posts which have changed since.

        And those whose titles do.
        """
        told: set[int] = set()
        mentioned: dict[int, None] = {}
        if not changed:
            return told, []
        documents = Documents(self._secrets, self._desk.cache.secrets.windows())
        for number in changed:
            said = said_by(self._desk, number)
            told.update(hit.number for hit in documents.hits(said)[0])
            mentioned |= {n: None for n, secret in self._secrets.items() if secret.title and secret.title in said.text}
        if not told and self._secrets.keys() == self._hidden:
            self._documents = documents
        return told, [*mentioned]

    def of_document(self, product: Output, content: bytes) -> list[Problem]:
        """What a document tells of hidden posts: what posts tell that are in it, or else the document itself."""
        if self._documents is None:
            self._documents = Documents(self._secrets, self._desk.cache.secrets.windows())
        errors: list[Problem] = []
        hits, digests = self._documents.look(self._values(product, content), self._known_html)
        for hit in hits:
            secret = self._secrets[hit.number]
            if hit.number not in self._judged:
                errors += self._judge([secret])
            if self._judged[hit.number] and self._documents.is_told(hit):
                errors.append(findings.in_document(str(self._output / product.path), product.origin, secret, hit.what))
                self._judged[hit.number] = False
                self._desk.cache.secrets.forget([hit.number])
        if product.key and not errors:
            self._desk.cache.documents.keep(product.path, product.key, digests)
        return errors

    @cached_property
    def _known_html(self) -> Collection[int]:
        """Fingerprints of the HTML of posts, all of which were looked through by the time that documents are."""
        return self._desk.cache.texts.html()

    def _values(self, product: Output, content: bytes) -> Iterator[str]:
        """All that a document says, value by value, by what it is."""
        if not product.is_feed:
            return of_page(content, self._desk.publication.url + quote(product.path))
        return formats.texts(product.path, content)

    def _known(self, hidden: Sequence[int]) -> dict[int, Secret]:
        """The secrets that were looked for before, and need not be again."""
        catalogue, publication = self._desk.cache, self._desk.publication
        rows = catalogue.secrets.all()
        found: dict[int, Secret] = {}
        for post in catalogue.posts.get([number for number in hidden if number in rows]) if rows else ():
            key, title, told = rows[post.number]
            self._titles[post.number] = title
            if key == secret_key(post, publication):
                secret = unpacked(post, publication, told)
                if secret.copied == self._copied(secret):
                    found[post.number] = secret
        witnesses = {witness for secret in found.values() for witness in secret.witnesses}
        if not witnesses:
            return found
        shown = catalogue.published.entry_keys_by_number(self._desk.now, [number for number, _ in witnesses])
        gone = {pair for pair in witnesses if shown.get(pair[0]) != pair[1] or not self._is_shown(pair[0])}
        return {number: secret for number, secret in found.items() if gone.isdisjoint(secret.witnesses)}

    def _is_shown(self, number: int) -> bool:
        return self._shown is None or number in self._shown

    def _copied(self, secret: Secret) -> tuple[str, ...]:
        """Return the files of _static that a secret names, or whose address it will have."""
        places = self._addresses.items()
        return tuple(path for path, uri in places if path in secret.files or uri in secret.addresses)

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        """The address of each file of _static. Several may have one: that of ``a b`` is that of ``a%20b``."""
        return {path: page_key(self._desk.publication.url + path) for path in self._files}

    def _judge(self, secrets: Sequence[Secret]) -> list[Problem]:
        """Look for secrets in all that is published. Keeps those that nothing tells of; gives what does of others."""
        catalogue = self._desk.cache
        posts = self._posts = self._posts or index(self._desk, self._shown, self._progress)
        errors: list[Problem] = []
        clean: list[tuple[int, str, str, str, bytes]] = []
        cases = search(self._desk, secrets, posts)
        for case in cases:
            secret = case.secret._replace(copied=self._copied(case.secret), public=tuple(case.cover.public()))
            found, namers = self._judge_files(secret, posts)
            told = [*findings.leaks(self._desk, case), *found]
            witnesses = {*case.runs, *namers} - {SETTINGS}
            secret = secret._replace(witnesses=tuple((number, posts.shown[number]) for number in sorted(witnesses)))
            self._secrets[secret.number] = secret
            self._judged[secret.number] = not told
            if not told:
                title, digests = secret.post.title, case.windows.tobytes()
                clean.append((secret.number, secret.key, title, packed(secret), digests))
            errors += told
        with catalogue.transaction():
            catalogue.documents.forget(met(self._desk, cases))
            catalogue.secrets.forget([number for number, is_clean in self._judged.items() if not is_clean])
            catalogue.secrets.keep(clean)
        titles = self._titles
        self._note([s for s in secrets if self._judged[s.number] and s.post.title != titles.get(s.number)])
        return errors

    def _judge_files(self, secret: Secret, posts: Index) -> tuple[list[Problem], list[int]]:
        """What is wrong with files that a secret names, and published posts that name the others."""
        errors: list[Problem] = []
        namers: list[int] = []
        settings = self._desk.publication
        for path in secret.copied:
            if self._addresses[path] in secret.addresses:
                errors.append(findings.at_address(self._files[path], secret))
            elif self._files[path] not in (settings.icon, settings.logo, settings.podcast and settings.podcast.image):
                namer = naming(self._desk, [settings.url + path, settings.url + self._files[path]], posts)
                if namer is None:
                    errors.append(findings.file_of(self._files[path], secret))
                else:
                    namers.append(namer)
        return errors, namers

    def _note(self, secrets: Sequence[Secret]) -> None:
        """Note where the titles of secrets stand."""
        wanted = [secret for secret in secrets if secret.title and secret.number not in self._noted]
        self._noted |= {secret.number for secret in wanted}
        if wanted:
            posts = self._posts = self._posts or index(self._desk, self._shown, self._progress)
            for number, by in mentions(self._desk, wanted, posts).items():
                self.notes += findings.mentioned(self._desk, self._secrets[number], by)
