-- One row for each capture job that has ended (EPCIS 2.0 CaptureJob). Written after its events are stored.
CREATE TABLE captures
(
    `capture_id` UUID,
    `created_at` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `finished_at` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    -- document, event or scans
    `kind` LowCardinality(String),
    `party` LowCardinality(String),
    -- rollback or proceed
    `error_behaviour` LowCardinality(String),
    `success` UInt8,
    `events` UInt32 CODEC(ZSTD(1)),
    -- Between which event times its events lie: where to look for them.
    `first_event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `last_event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    -- JSON array of problems, '[]' when there are none.
    `errors` String CODEC(ZSTD(3)),
    -- The body as it came, each stored event's bytes replaced by one NUL; for scans the whole body.
    `frame` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY capture_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

-- API keys. The secret itself is never stored.
CREATE TABLE api_keys
(
    `key_id` String,
    -- SHA-256 of the secret (32 random bytes, so no salt or stretching is needed).
    `secret_hash` FixedString(32),
    `party` String,
    `admin` UInt8,
    `label` String,
    `created_at` DateTime64(6, 'UTC'),
    -- 1970-01-01 while the key is valid.
    `revoked_at` DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(revoked_at)
ORDER BY key_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000;
