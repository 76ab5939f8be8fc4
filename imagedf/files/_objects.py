"""Object storage: ``s3://bucket/key`` through ``pyarrow.fs``, with one put per file.

The bytes are complete before the object is opened: an exception while Arrow's output stream is
open publishes what was written so far (https://github.com/apache/arrow/issues/37748), and
Arrow's ``move`` is a copy and a delete. Everything that could contain a key is checked before
Arrow sees it, since Arrow's own errors print it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from imagedf._text import one_line, received, shorten
from imagedf.errors import ImagedfError

if TYPE_CHECKING:
    from pyarrow import Buffer
    from pyarrow.fs import S3FileSystem

_SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CONNECT, _REQUEST = 5.0, 60.0
"""Time-outs [s]; without them, a server that doesn't respond takes half a minute per attempt."""
_ATTEMPTS = 3
_REASONS = (
    ("ACCESS_DENIED", "access denied: check the keys and the bucket's policy"),
    ("INVALID_ACCESS_KEY_ID", "the access key is unknown to the endpoint"),
    ("SIGNATURE_DOES_NOT_MATCH", "the secret key is wrong"),
    ("NO_SUCH_BUCKET", "the bucket does not exist"),
    ("NO_SUCH_KEY", "the object does not exist"),
    ("RESOURCE_NOT_FOUND", "the object or bucket does not exist"),
    ("NETWORK_CONNECTION", "the connection to the endpoint failed"),
    ("REQUEST_TIMEOUT", "the endpoint did not respond in time"),
    ("SLOW_DOWN", "the endpoint asks for fewer requests"),
    ("SERVICE_UNAVAILABLE", "the endpoint is unavailable"),
    ("INTERNAL_FAILURE", "the endpoint failed"),
)


class Location(NamedTuple):
    """A bucket and a key; ``path`` combines them as Arrow expects."""

    bucket: str
    key: str

    @property
    def path(self) -> str:
        """``bucket/key``."""
        return f"{self.bucket}/{self.key}" if self.key else self.bucket


class Settings(NamedTuple):
    """The storage settings of the environment."""

    endpoint: str | None
    region: str | None
    access_key: str | None
    secret_key: str | None
    session_token: str | None


def is_object(target: object) -> bool:
    """Return whether a target is in object storage."""
    return isinstance(target, str) and target.lower().startswith(_SCHEME)


def check_object(uri: str) -> Location:
    """Return bucket and key of a target, and check the settings, without any request.

    Raises
    ------
    ValueError
        It is not ``s3://bucket/key``, contains credentials, or the endpoint has no scheme.
    """
    parts = urlsplit(uri)
    # Messages don't repeat the target: the wrong part may be a secret.
    if "@" in parts.netloc or ":" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "an s3:// target must not contain keys, a query or a fragment: write s3://bucket/key "
            "and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL"
        )
    key = parts.path.lstrip("/")
    if not _BUCKET.fullmatch(parts.netloc) or "//" in key or {".", ".."} & set(key.split("/")):
        raise ValueError("an s3:// target must be s3://bucket/key, with the bucket in lower case")
    _host_of(_settings().endpoint)
    return Location(parts.netloc, key)


def _settings() -> Settings:
    """Read the usual variables of S3 clients."""
    first = os.environ.get
    return Settings(
        first("AWS_ENDPOINT_URL_S3") or first("AWS_ENDPOINT_URL"),
        first("AWS_REGION") or first("AWS_DEFAULT_REGION"),
        first("AWS_ACCESS_KEY_ID"),
        first("AWS_SECRET_ACCESS_KEY"),
        first("AWS_SESSION_TOKEN"),
    )


def _host_of(endpoint: str | None) -> tuple[str, str] | None:
    """Return scheme and host of the endpoint."""
    if not endpoint:
        return None
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise ValueError(
            "AWS_ENDPOINT_URL must be a URL without keys, such as "
            "https://fra1.digitaloceanspaces.com"
        )
    return parts.scheme, parts.netloc


def _filesystem() -> S3FileSystem:
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    settings = _settings()
    options: dict[str, Any] = {"region": settings.region or "us-east-1"}
    endpoint = _host_of(settings.endpoint)
    if endpoint is not None:
        options |= {"scheme": endpoint[0], "endpoint_override": endpoint[1]}
    if settings.access_key and settings.secret_key:
        options |= {"access_key": settings.access_key, "secret_key": settings.secret_key}
        options |= {"session_token": settings.session_token or ""}
    return S3FileSystem(
        **options,
        connect_timeout=_CONNECT,
        request_timeout=_REQUEST,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        background_writes=False,
        allow_delayed_open=True,  # one request per put instead of three
    )


def put(uri: str, content: bytes) -> None:
    """Write an object in one put: readers see the old or the new object, never a part.

    Raises
    ------
    ValueError
        The target is not valid.
    ImagedfError
        It can't be written; the message names the target and the reason, never a key.
    """
    location = check_object(uri)
    if not location.key or location.key.endswith("/"):
        raise ValueError(f"{received(uri)} names no object: write s3://bucket/key")
    try:
        with _filesystem().open_output_stream(location.path) as stream:
            stream.write(content)
    except (OSError, ValueError) as error:
        raise _failed(f"can't write {uri}", error) from None  # its text may contain a key


def get(uri: str) -> Buffer:
    """Return the content of an object.

    Raises
    ------
    ImagedfError
        It can't be read; the message names the target and the reason, never a key.
    """
    location = check_object(uri)
    try:
        with _filesystem().open_input_file(location.path) as file:
            return file.read_buffer()
    except (OSError, ValueError) as error:
        raise _failed(f"can't read {uri}", error) from None  # its text may contain a key


def list_objects(uri: str) -> list[str]:
    """Return the targets of all objects below a prefix, sorted; none if it does not exist.

    Raises
    ------
    ImagedfError
        The bucket can't be listed.
    """
    from pyarrow.fs import FileSelector, FileType

    location = check_object(uri)
    selector = FileSelector(location.path.rstrip("/"), recursive=True, allow_not_found=True)
    try:
        found = _filesystem().get_file_info(selector)
    except (OSError, ValueError) as error:
        raise _failed(f"can't list {uri}", error) from None  # its text may contain a key
    return sorted(f"{_SCHEME}{info.path}" for info in found if info.type == FileType.File)


def _failed(what: str, error: Exception) -> ImagedfError:
    """Return one clear error for any message of Arrow or the AWS SDK."""
    text = str(error)
    known = next((reason for code, reason in _REASONS if code in text), None)
    if known is None and isinstance(error, FileNotFoundError):
        known = "the object does not exist"
    return ImagedfError(f"{what}: {known or shorten(_masked(one_line(text)), 200)}")


def _masked(text: str) -> str:
    """Replace keys by stars wherever the SDK repeats them."""
    settings = _settings()
    for secret in (settings.secret_key, settings.session_token, settings.access_key):
        if secret:
            text = text.replace(secret, "***")
    return text
