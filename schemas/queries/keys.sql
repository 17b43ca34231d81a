-- All API keys, oldest first; a revocation wins over its key's creation.
SELECT key_id, secret_hash, party, admin, label, created_at, revoked_at
FROM api_keys
ORDER BY created_at, key_id, revoked_at DESC
LIMIT 1 BY key_id
