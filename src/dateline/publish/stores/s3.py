"""Publish to a bucket of S3, or of any service that understands its protocol.

The only module that imports s3fs, and botocore below it. Credentials are those of Amazon's own tools: the variables
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile AWS_PROFILE in ``~/.aws``.
"""

from functools import partial
from pathlib import Path
from typing import Any

from botocore import exceptions as boto
from s3fs import S3FileSystem

from dateline.errors import TargetError
from dateline.fileio import read_regular
from dateline.model import PublishTo
from dateline.publish.model import Held
from dateline.publish.stores.fsspec import (
    BUSY,
    DISCONNECTED,
    DISK_FULL,
    UNREACHABLE,
    Fault,
    FileSystemStore,
    Kinds,
    by_code,
    split_address,
)
from dateline.publish.stores.objects import from_object, to_object
from dateline.publish.upload import StoreTarget

_NO_CREDENTIALS = Fault("no credentials ({error})", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
# By the service's own codes, or the status.
_BY_CODE = by_code(
    ("NoSuchBucket", Fault("there is no such bucket ({error})", "create it, or correct its name in feed.toml")),
    (
        "AccessDenied 403 AllAccessDisabled AccountProblem",
        Fault(
            "{path}: no permission ({error})",
            "allow ListBucket, GetObject, PutObject and DeleteObject to the owner of the key",
        ),
    ),
    (
        "AuthFailure ExpiredToken InvalidAccessKeyId InvalidClientTokenId InvalidToken SignatureDoesNotMatch 401",
        Fault("the service does not accept the credentials ({error})", "check AWS_ACCESS_KEY_ID and the rest"),
    ),
    (
        "RequestTimeTooSkewed",
        Fault("the clocks here and there differ too much ({error})", "set the clock of this machine"),
    ),
    (
        "PermanentRedirect AuthorizationHeaderMalformed 301",
        Fault("the bucket is in another region ({error})", "set AWS_DEFAULT_REGION to that of the bucket"),
    ),
    ("QuotaExceeded XMinioStorageFull 507", DISK_FULL),
    ("InternalError OperationAborted RequestTimeout ServiceUnavailable SlowDown 429 500 502 503 504", BUSY),
)
_LARGE = 2**26  # bytes that are sent in parts


def open_s3(publish: PublishTo, _posts: Path) -> StoreTarget:
    """Open the bucket, or the part of it, at ``s3://bucket/prefix``."""
    address = split_address(publish.to, "s3://bucket/folder")
    if "@" in address.netloc or ":" in address.netloc:
        raise TargetError(publish.to, None, "has more than a bucket and a folder", "write it like s3://bucket/folder")
    root = f"{address.netloc}/{address.path}".replace("//", "/").rstrip("/")
    return StoreTarget(S3Store(publish, root), f"{publish.endpoint} {root}")


class S3Store(FileSystemStore):
    """Keep objects in a bucket, with the headers to serve them with. Each is replaced at once."""

    parallel = 16
    _has_exact_versions = True  # ETag
    _faults: tuple[tuple[Kinds, Fault], ...] = (
        ((boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound), _NO_CREDENTIALS),
        ((boto.CredentialRetrievalError, boto.TokenRetrievalError), _NO_CREDENTIALS),
        ((boto.EndpointConnectionError, boto.SSLError, boto.ProxyConnectionError), UNREACHABLE),
        ((boto.ConnectTimeoutError, boto.HTTPClientError, boto.ConnectionError), DISCONNECTED),
    )

    def __init__(self, to: PublishTo, root: str) -> None:
        super().__init__(to.to, root)
        self._to = to

    def _connect(self) -> Any:
        retries = {"total_max_attempts": 2, "mode": "standard"}
        config: dict[str, Any] = {"connect_timeout": 10, "read_timeout": 30, "retries": retries}
        config["max_pool_connections"] = self.parallel
        if self._to.endpoint:  # others than Amazon do not know its checksums yet
            config |= {"request_checksum_calculation": "when_required"}
            config |= {"response_checksum_validation": "when_required"}
        options = {"use_listings_cache": False, "skip_instance_cache": True}
        files = S3FileSystem(endpoint_url=self._to.endpoint or None, config_kwargs=config, **options)
        files.retries = 1  # StoreTarget tries again, with longer pauses
        return files

    def listing(self) -> dict[str, Held]:
        """Return the state of all files, by path."""
        find = partial(self._files.find, self._root, detail=True)
        found = self._within(self._root, lambda: self._unless_missing(find), _LARGE) or {}
        files = (info for name, info in found.items() if name.startswith(f"{self._root}/") and name[-1] != "/")
        return {self._path(info["name"]): self._held(info) for info in files}

    def _at(self, path: str) -> str:
        if "?versionId=" in path:  # which s3fs would take for something else
            raise TargetError(self.name, None, f"{path}: has '?versionId=' in its name", "rename the file")
        return super()._at(path)

    def _read(self, place: str, limit: int) -> bytes:
        is_too_large = self._files.info(place)["size"] > limit
        stored = self._files.cat_file(place, end=limit if is_too_large else None, max_concurrency=1)
        return from_object(place, stored, limit)

    def _write(self, place: str, content: Path | bytes, size: int) -> Held:
        stored = to_object(place, content, compress=self._to.gzip)
        headers = {"ContentType": stored.content_type, "CacheControl": stored.cache_control}
        if stored.content_encoding:
            headers["ContentEncoding"] = stored.content_encoding
        body = read_regular(stored.body) if isinstance(stored.body, Path) and size < _LARGE else stored.body
        if isinstance(body, bytes):
            answer = self._files.pipe_file(place, body, **headers)
            return Held(len(body), answer["ETag"])
        self._files.put_file(str(body), place, **headers)
        return self._held(self._files.info(place))

    def _remove(self, place: str) -> None:
        self._files.rm_file(place)  # there are no folders

    def _fault(self, error: Exception) -> Fault | None:
        cause = error.__cause__ if isinstance(error.__cause__, boto.ClientError) else error
        code = cause.response.get("Error", {}).get("Code", "") if isinstance(cause, boto.ClientError) else ""
        return _BY_CODE.get(code) or super()._fault(error)
