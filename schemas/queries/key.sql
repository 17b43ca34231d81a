-- One API key; its revocation wins over its creation.
SELECT key_id, secret_hash, party, admin, label, created_at, revoked_at
FROM api_keys
WHERE key_id = {key_id:String}
ORDER BY revoked_at DESC
LIMIT 1
