"""Renders on other machines: the workers of a Dask cluster fill the cache before the build looks into it.

A task is texts, and its answer is their renderings, so that the machines need no disk in common, but the same versions
of everything that makes HTML. What the cluster does not render, the build does: posts with errors, and all that are
left when it fails. A worker renders in a process of its own for each of its threads, where limits of time hold.
"""

import asyncio
import logging
import pickle
import socket
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dateline.building import BuildContext
from dateline.building.entries import render_posts
from dateline.cache.entry_tables import RenderingRow, rendering_row
from dateline.errors import DatelineError, InputError, OutputError, Problem, printable, quoted, reason_of
from dateline.hashing import versions_by_name
from dateline.installation import how_to_install
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Rendering
from dateline.parallel import Jobs
from dateline.render import render_key
from dateline.render.limits import MAX_HTML

A = TypeVar("A")
B = TypeVar("B")

WORTHWHILE = 100  # posts; rendering fewer takes less time than connecting
WAIT = 10.0  # seconds for the scheduler to answer, for a worker to be there, and for all of them to answer
PATIENCE = 50.0  # seconds without any answer, less than another build waits for this one (`output.lock`)
CHUNK = 200  # renderings that are put into the cache at a time
_WRITTEN = "write it like tls://build.example:8786 or tcp://127.0.0.1:8786"
_ALONE = "or build without --cluster"

_ADDRESS = lazy_pattern(r"(?:(?P<scheme>tcp|tls)://)?(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_NOT_RENDERED = InputError("text: not rendered by the cluster", "build without --cluster")
_local = threading.local()


class ClusterError(Exception):
    """Why the cluster is of no use any more."""


def cluster_address(text: str, *, is_insecure: bool) -> str:
    """Return the address of a scheduler as Dask writes it. Raises InputError, also if it is not safe to connect to."""
    match = _ADDRESS.fullmatch(text)
    if not match or not 0 < int(match["port"]) < 65536:
        raise InputError(f"{quoted(text)} is no address of a scheduler", _WRITTEN)
    scheme, host = match["scheme"] or "tcp", match["host"]
    if scheme == "tcp" and not is_insecure and not _is_here(host.strip("[]")):
        problem = f"{quoted(text)} is another machine, and whoever answers in its place could run any code on this one"
        raise InputError(problem, "use tls://, or add --insecure-cluster on a network where you trust everybody")
    return f"{scheme}://{host}:{int(match['port'])}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def render_on_cluster(address: str, context: BuildContext, numbers: Collection[int] | None) -> list[Problem]:
    """Fill the cache with the renderings of posts to be built, all or those of `numbers`, made by a cluster.

    Returns a note if it failed meanwhile. Raises OutputError if it cannot be used.
    """
    cache = context.cache
    wanted = cache.renderings.missing(cache.entries.unbuilt(context.now, numbers), render_key(context.publication))
    if len(wanted) < WORTHWHILE:
        return []
    context.progress("connecting to the cluster", 0, 1)
    with _connected(address) as workers:
        try:
            fill_renderings(context, wanted, workers)
        except ClusterError as error:
            problem = f"the cluster at {address} failed ({error}), so this machine rendered what was left"
            return [Problem("--cluster", None, problem, "see the logs of its scheduler", is_relative=False)]
    return []


def fill_renderings(context: BuildContext, numbers: Sequence[int], executor: Executor) -> None:
    """Put the renderings of posts that the cache does not have into it, as far as the executor gets.

    Errors in texts are left to the build, which finds them again. Raises PostChangedError.
    """
    key_end = render_key(context.publication)
    new: list[tuple[int, RenderingRow]] = []

    def keep() -> None:
        with context.cache.transaction():
            context.cache.renderings.keep(new)
        new.clear()

    try:
        for done, (row, rendering, is_new) in enumerate(render_posts(context, numbers, executor=executor)):
            context.progress("rendering on the cluster", done, len(numbers))
            if is_new and isinstance(rendering, Rendering):
                new.append((row.number, rendering_row(row.text_key + key_end, rendering)))
            if len(new) >= CHUNK:
                keep()
    finally:
        keep()


# The connection. It has an event loop in a thread of its own: so no wait is endless, and Ctrl-C is heard.


@contextmanager
def _connected(address: str) -> "Iterator[_Workers]":
    """Connect to a scheduler whose workers are like this machine. Raises OutputError."""
    try:
        import distributed  # noqa: F401 - it takes a second, and is missing without the extra
    except ModuleNotFoundError:
        raise OutputError(
            "--cluster", None, "needs libraries that are not installed", how_to_install("cluster")
        ) from None
    ready: Future[_Workers] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_stay_connected(address, ready)), daemon=True)
    with _silence():
        thread.start()
        workers = ready.result()
        try:
            yield workers
        finally:
            workers.stop()
            thread.join(2 * WAIT)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Dask from writing to the terminal what is reported, or does not matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable()
        try:
            yield
        finally:
            logging.disable(before)


async def _stay_connected(address: str, ready: "Future[_Workers]") -> None:
    """Set the result or the exception of `ready`, and stay connected until they are stopped."""
    from distributed import Client

    client = None
    try:
        _check_certificates(address)
        client = Client(address, asynchronous=True, set_as_default=False, timeout=WAIT)
        await asyncio.wait_for(client, WAIT + 1)
        workers = _Workers(client, own_versions())
        await _check_workers(client, workers.versions)
    except DatelineError as error:
        ready.set_exception(error)
    except Exception as error:  # noqa: BLE001 - whatever Dask, the network or TLS say
        problem = f"cannot connect to {address} ({await _refusal(address) or _reason(error)})"
        ready.set_exception(
            OutputError("--cluster", None, problem, f"check the address, and that the same Dask is there, {_ALONE}")
        )
    else:
        ready.set_result(workers)
        await workers.stopped.wait()
    finally:
        if client:
            with suppress(Exception):
                await client.close(timeout=WAIT)


async def _refusal(address: str) -> str:
    """Return why nothing answers at an address; empty if something does.

    Dask tries again until its time is up, and names the last attempt, which that may have cut off.
    """
    host, port = address.partition("://")[2].rsplit(":", 1)
    try:
        connection = await asyncio.to_thread(socket.create_connection, (host.strip("[]"), int(port)), WAIT / 5)
    except OSError as error:
        return reason_of(error)
    connection.close()
    return ""


def _check_certificates(address: str) -> None:
    from distributed.security import Security

    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        problem = f"{address} needs certificates, and the configuration of Dask names none"
        raise OutputError("--cluster", None, problem, "see what it must have: dateline help speed")


async def _check_workers(client: Any, expected: Mapping[str, str]) -> None:
    """Raise OutputError if there are no workers, or if some differ from this machine."""
    try:
        await client.wait_for_workers(1, timeout=WAIT)
    except TimeoutError:
        problem = f"no worker has joined the scheduler at {client.scheduler.address}"
        raise OutputError("--cluster", None, problem, f"start one with `dask worker`, {_ALONE}") from None
    answers = await asyncio.wait_for(client.run(own_versions, on_error="return"), WAIT)
    wrong = [error.problem for worker, found in answers.items() if (error := _difference(worker, found, expected))]
    if wrong:
        raise OutputError.of(wrong)


def _difference(worker: str, found: object, expected: Mapping[str, str]) -> OutputError | None:
    """Return the error for a worker whose versions are not those of this machine; None if they are the same."""
    if found == expected:
        return None
    if isinstance(found, dict):
        differing = [name for name in {**expected, **found} if expected.get(name) != found.get(name)]
        shown = (f"{name} {found.get(name, 'missing')} (here {expected.get(name, 'missing')})" for name in differing)
        problem = f"the worker {worker} has other versions than this machine: {', '.join(shown)}"
    else:
        problem = f"the worker {worker} has no such Dateline ({_reason(found)})"
    return OutputError("--cluster", None, printable(problem), f"install the same there, stop it, {_ALONE}")


def _reason(error: object) -> str:
    """Return the reason of an exception, which is that of the one that caused the others."""
    while isinstance(error, BaseException) and error.__cause__:
        error = error.__cause__
    if isinstance(error, OSError) and error.strerror:
        return reason_of(error)
    return printable(" ".join(f"{error}".split())) or type(error).__name__


class _Workers(Executor):
    """The workers of a cluster, as an executor for `render_all`."""

    ahead = 64  # tasks that are submitted before the first must be done: as many cores have something to do

    def __init__(self, client: Any, expected: Mapping[str, str]) -> None:
        self.versions = expected
        self.stopped = asyncio.Event()
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._last_answer = time.monotonic()

    def submit(self, work: Callable[[A], B], task: A, /) -> Future[B]:  # type: ignore[override]
        """Schedule `work(task)`, with an InputError for each text that is not rendered.

        The future raises ClusterError, or OutputError for a worker that differs.
        """
        return asyncio.run_coroutine_threadsafe(self._answer(work, task), self._loop)

    async def _answer(self, work: object, task: Any) -> Any:
        from distributed.comm import CommClosedError

        message = pickle.dumps((work, task))
        future = self._client.submit(_on_worker, self.versions, message, pure=False, retries=2)
        waiting, begun = asyncio.ensure_future(future.result()), time.monotonic()
        waiting.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # else asyncio reports that
        while not waiting.done():
            left = max(begun, self._last_answer) + PATIENCE - time.monotonic()
            if left <= 0:
                raise ClusterError(f"no answer for {PATIENCE:.0f} seconds")
            await asyncio.wait({waiting}, timeout=left)
        self._last_answer = time.monotonic()
        failure = waiting.exception()
        if isinstance(failure, (CancelledError, CommClosedError)):  # the second from asking for a result meanwhile
            raise ClusterError("the connection to its scheduler was lost")
        if failure:
            raise ClusterError(_reason(failure))
        worker, found, results = waiting.result()
        if error := _difference(worker, found, self.versions):
            raise error
        if not isinstance(results, list) or len(results) != len(task):
            raise ClusterError(f"the worker {worker} answered with something else than renderings")
        return [result if _is_rendering(result) else _NOT_RENDERED for result in results]

    def stop(self) -> None:
        """Disconnect, which cancels all tasks."""
        self._loop.call_soon_threadsafe(self.stopped.set)


# What workers do.


@cache
def own_versions() -> dict[str, str]:
    """Return the versions of what this process has loaded, which may not be those that are installed later."""
    return versions_by_name()


def _on_worker(expected: Mapping[str, str], message: bytes) -> tuple[str, dict[str, str], Any]:
    """Do a task in another process; return the address of this worker, its versions, and the result."""
    from distributed import get_worker

    jobs = _local.__dict__.setdefault("jobs", Jobs(1))
    try:
        return get_worker().address, *jobs.submit(_do, (expected, message)).result()
    except OutputError:  # that process was killed; another worker tries
        jobs.stop()
        raise


def _do(task: tuple[Mapping[str, str], bytes]) -> tuple[dict[str, str], Any]:
    expected, message = task
    if own_versions() != expected:
        return own_versions(), None
    work, argument = pickle.loads(message)  # noqa: S301 - workers trust their scheduler, and it those that it lets in
    return own_versions(), work(argument)


# What is checked of an answer.


def _is_rendering(value: Any) -> bool:
    return _fits(value, Rendering) and len(value.html) <= MAX_HTML


def _fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of exactly this type, and what it holds, too."""
    if hasattr(hint, "_make"):
        hints = _hints(hint)
        return type(value) is hint and len(value) == len(hints) and all(map(_fits, value, hints))
    if get_origin(hint) is tuple:
        return type(value) is tuple and all(_fits(item, get_args(hint)[0]) for item in value)
    return type(value) is hint


@cache
def _hints(named_tuple: type) -> tuple[Any, ...]:
    return tuple(get_type_hints(named_tuple).values())
