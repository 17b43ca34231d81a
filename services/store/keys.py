"""API keys in ClickHouse: one row when a key is made, another when it is revoked."""

from datetime import UTC, datetime
from typing import Any

from services.domain.times import EPOCH
from services.ports import ApiKey
from services.store import sql
from services.store.connection import Connections

COLUMNS = ["key_id", "secret_hash", "party", "admin", "label", "created_at", "revoked_at"]


class Keys:
    """Implements `services.ports.KeyStore` for ClickHouse."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put_key(self, key: ApiKey) -> None:
        """See `services.ports.KeyStore.put_key`."""
        row = [
            key.key_id,
            key.secret_hash,
            key.party,
            int(key.admin),
            key.label,
            key.created_at,
            key.revoked_at or EPOCH,
        ]
        with self._connections.writing() as client:
            client.insert("api_keys", [row], column_names=COLUMNS)

    def key(self, key_id: str) -> ApiKey | None:
        """See `services.ports.KeyStore.key`."""
        with self._connections.client() as client:
            found = sql.rows(client, "key", key_id=key_id)
        return _key(found[0]) if found else None

    def keys(self) -> list[ApiKey]:
        """See `services.ports.KeyStore.keys`."""
        with self._connections.client() as client:
            return [_key(row) for row in sql.rows(client, "keys")]


def _key(row: tuple[Any, ...]) -> ApiKey:
    key_id, secret_hash, party, admin, label, created_at, revoked_at = row
    revoked: datetime | None = revoked_at.astimezone(UTC)
    return ApiKey(
        key_id=key_id.decode(),
        secret_hash=secret_hash,
        party=party.decode(),
        admin=bool(admin),
        label=label.decode(),
        created_at=created_at,
        revoked_at=None if revoked == EPOCH else revoked,
    )
