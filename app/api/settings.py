"""Settings of the HTTP interface, read from the environment: ``MLRISK_API_PORT=8080`` and so on."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, HttpUrl, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mlrisk.errors import MlriskError

PREFIX = "MLRISK_API_"
LOOPBACK_NAMES, ANY = ("localhost", "127.0.0.1", "::1"), "*"


class SettingsError(MlriskError, ValueError):
    """A setting that cannot be used; names the variable, its value and what is allowed."""


def _listed(value: Any) -> Any:
    """Names between commas, as an environment variable holds a list."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


def _origin(text: str) -> str:
    """An origin as browsers send it: scheme, host and port, nothing behind."""
    url = TypeAdapter(HttpUrl).validate_python(text)
    if text == "*" or text.count("/") != 2 or url.username or url.query or url.fragment:
        raise ValueError("an origin is scheme://host or scheme://host:port, without a path")
    return text.lower()


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Origins = Annotated[
    tuple[Annotated[str, BeforeValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)
]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Settings(BaseSettings):
    """What an operator decides; the defaults serve this machine alone.

    Parameters
    ----------
    host, port
        Where to listen. Port 0 takes any free one.
    keys_file
        File of ``name:sha256`` lines, written by ``mlrisk api-key``.
    keyless
        Answer without a key although others can reach the address.
    hosts
        Names that a request may be addressed to, ``*`` for any. Where requests need no key, the
        loopback names are the default: a page of another site, whose name was made to point here,
        is refused.
    https
        Whether clients reach this through TLS: browsers are then told to stay with it.
    cors_origins
        Origins whose pages may read answers; none by default.
    rate_per_minute, burst
        Requests of one key in any 60 seconds, and in any one second.
    max_header_bytes, max_body_bytes
        Sizes above which a request is refused.
    header_seconds, body_seconds, request_seconds
        Time for the header to arrive, for the body, and for the answer.
    idle_seconds
        How long a connection may stay open between two requests.
    shutdown_seconds
        Time that requests in flight have to end after SIGTERM.
    connections
        Open connections above which new requests are refused.
    reload_seconds
        How often to look for a new run of the DAG.
    log_level
        ``warning`` leaves the access log out.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    keys_file: Path | None = None
    keyless: bool = False
    hosts: Names = ()
    https: bool = False
    cors_origins: Origins = ()
    rate_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    burst: Annotated[int, Field(ge=1, le=100_000)] = 60
    max_header_bytes: Annotated[int, Field(ge=1024, le=1 << 20)] = 16 * 1024
    max_body_bytes: Annotated[int, Field(ge=1024, le=16 << 20)] = 64 * 1024
    header_seconds: Seconds = 10
    body_seconds: Seconds = 10
    request_seconds: Seconds = 30
    idle_seconds: Annotated[int, Field(ge=1, le=3600)] = 15
    shutdown_seconds: Annotated[int, Field(ge=1, le=3600)] = 20
    connections: Annotated[int, Field(ge=1, le=100_000)] = 500
    reload_seconds: Seconds = 2
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Settings of the environment, and what is given instead of it.

        Raises
        ------
        SettingsError
            Where a value cannot be used, or a variable of our prefix is none of ours: a limit that
            is misspelt would be no limit.
        """
        known = {PREFIX + name.upper() for name in cls.model_fields}
        for name in sorted(os.environ):
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                raise SettingsError(
                    f"{name}: no such setting. There are {', '.join(sorted(known))}."
                )
        try:
            return cls(**given)
        except ValidationError as error:
            raise SettingsError("\n".join(map(_told, error.errors()))) from None

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def needs_key(self) -> bool:
        """Whether a request is refused without a key."""
        return self.keys_file is not None

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Names that a request may be addressed to; empty for any."""
        if not self.hosts:
            return () if self.needs_key else LOOPBACK_NAMES
        return () if ANY in self.hosts else tuple(name.lower() for name in self.hosts)


def _told(problem: Any) -> str:
    """One value that cannot be used, in a sentence."""
    field = str(problem["loc"][0]) if problem["loc"] else ""
    message = problem["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{field.upper()}={problem['input']!r}: {message[:1].lower()}{message[1:]}"
