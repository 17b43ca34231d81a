"""API keys: random, shown once, stored as a hash, bound to a party, revocable."""

import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from threading import Event, Lock, Thread

from services.domain.errors import TianzhuoError
from services.ports import ApiKey, KeyStore, StoreUnavailable

PREFIX = "tz"
CACHE_SECONDS = 10.0
"""How long a key may be believed without asking the store again: how late another process sees a revocation."""
AWAY_SECONDS = 3600.0
"""The same where `KeyRefresh` asks beside the requests: so long captures go on into Kafka without the store."""
CACHE_SIZE = 10_000
_is_key_id = re.compile(r"[0-9a-f]{12}").fullmatch  # nothing else is asked of the store
_is_secret = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch  # 256 bits, as `issue` makes them


class NotAuthenticated(TianzhuoError):
    """The caller showed no key, or one that is unknown or revoked."""


class NotPermitted(TianzhuoError):
    """The caller's key is valid, but not for this."""


class NoSuchKey(TianzhuoError):
    """There is no key with this id."""


class UnusableKey(TianzhuoError):
    """A key that somebody made elsewhere cannot be taken over."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; the only time its token is seen.

    Attributes:
        key: what is stored.
        token: what the emitter sends as `Authorization: Bearer`.
    """

    key: ApiKey
    token: str


class KeyService:
    """Issues, checks and revokes keys. May be used from several threads."""

    def __init__(self, store: KeyStore, clock: Callable[[], datetime], *, refreshed: bool = False) -> None:
        """Builds it.

        Args:
            store: where keys are.
            clock: now, aware.
            refreshed: whether somebody calls `refresh` every CACHE_SECONDS; then no request waits for the store to
                hear again of a key that is known.
        """
        self._store = store
        self._refreshed = refreshed
        self._clock = clock
        self._cache: dict[str, tuple[float, ApiKey]] = {}
        self._changes = 0
        self._lock = Lock()

    def issue(self, party: str, label: str, *, admin: bool = False) -> IssuedKey:
        """Makes a key for a party and stores its hash."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = self._put(key_id, secret, party, label, admin=admin)
        return IssuedKey(key, f"{PREFIX}_{key_id}_{secret}")

    def adopt_admin(self, token: str, label: str) -> ApiKey:
        """Stores the hash of an admin key that was made elsewhere, unless it is there; a revoked one stays revoked.

        Raises:
            UnusableKey: it is no key, or another key has its id.
        """
        prefix, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not _is_key_id(key_id) or not _is_secret(secret):
            raise UnusableKey(f"{PREFIX}_, 12 hexadecimal digits, _ and 43 characters of base64url")
        key = self._store.key(key_id)
        if key is None:
            return self._put(key_id, secret, "admin", label, admin=True)
        if not key.admin or not compare_digest(sha256(secret.encode()).digest(), key.secret_hash):
            raise UnusableKey(f"another id than {key_id}, which another key has")
        return key

    def _put(self, key_id: str, secret: str, party: str, label: str, *, admin: bool) -> ApiKey:
        key = ApiKey(
            key_id=key_id,
            secret_hash=sha256(secret.encode()).digest(),
            party=party,
            admin=admin,
            label=label,
            created_at=self._clock(),
        )
        self._store.put_key(key)
        self._forget(key_id)
        return key

    def authenticate(self, token: str) -> ApiKey:
        """The valid key that a token belongs to.

        Raises:
            NotAuthenticated: no such key, wrong secret, or revoked; the message does not say which.
            StoreUnavailable: the store cannot be asked, and nothing is known of this key.
        """
        prefix, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        key = self._find(key_id) if prefix == PREFIX and _is_key_id(key_id) and secret else None
        given = sha256(secret.encode("utf-8", "surrogatepass")).digest()
        if key is None or key.revoked_at is not None or not compare_digest(given, key.secret_hash):
            raise NotAuthenticated("the API key is unknown or revoked")
        return key

    def revoke(self, key_id: str) -> ApiKey:
        """Revokes a key; revoking twice changes nothing.

        Raises:
            NoSuchKey: there is no such key.
        """
        key = self._store.key(key_id)
        if key is None:
            raise NoSuchKey(f"there is no API key with the id {key_id!r}")
        if key.revoked_at is None:
            key = replace(key, revoked_at=self._clock())
            self._store.put_key(key)
        self._forget(key_id)
        return key

    def list(self) -> list[ApiKey]:
        """All keys, oldest first."""
        return self._store.keys()

    def refresh(self) -> None:
        """Asks for all keys at once. Raises StoreUnavailable."""
        with self._lock:
            changes = self._changes
        asked = time.monotonic()
        found = {key.key_id: (asked, key) for key in self.list()}
        with self._lock:
            if changes == self._changes:  # else they may be what stood there before a revocation
                self._cache = found

    def _find(self, key_id: str) -> ApiKey | None:
        now = time.monotonic()
        with self._lock:
            cached = self._cache.get(key_id)
            changes = self._changes
        if cached is not None and now - cached[0] < (AWAY_SECONDS if self._refreshed else CACHE_SECONDS):
            return cached[1]
        key = self._store.key(key_id)
        with self._lock:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            if key is not None and changes == self._changes:  # else it may be what stood there before a revocation
                self._cache[key_id] = (now, key)
        return key

    def _forget(self, key_id: str) -> None:
        with self._lock:
            self._changes += 1
            self._cache.pop(key_id, None)


class KeyRefresh:
    """Refreshes the keys of a service in a thread of its own, so that a store that is away or hangs holds up nobody."""

    def __init__(self, keys: KeyService) -> None:
        self._keys = keys
        self._stop = Event()
        self._thread = Thread(target=self._run, name="keys", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def close(self) -> None:
        """Ends; does not wait for a store that hangs."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(StoreUnavailable):
                self._keys.refresh()
            self._stop.wait(CACHE_SECONDS)
