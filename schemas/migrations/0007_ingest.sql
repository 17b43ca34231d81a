-- What comes over Kafka: captures whose events travel by themselves, where each event stood, and what was refused.

-- How many of a capture's events travel by themselves: it has ended when capture_progress has so many. 0: all events
-- were stored before this row.
ALTER TABLE captures ADD COLUMN IF NOT EXISTS `awaited` UInt32 DEFAULT 0 CODEC(ZSTD(1));

-- Where the event stood in captures.v1; -1 when it did not come over Kafka. Not a part of what the event is.
ALTER TABLE events ADD COLUMN IF NOT EXISTS `kafka_partition` Int32 DEFAULT -1 CODEC(ZSTD(1));
ALTER TABLE events ADD COLUMN IF NOT EXISTS `kafka_offset` Int64 DEFAULT -1 CODEC(Delta(8), ZSTD(1));

-- Which events of a capture have been stored, by their place in it. One row for each block that brought some.
CREATE TABLE capture_progress
(
    `capture_id` UUID,
    -- The first 8 bytes of SHA-256 of `positions`, as they are stored.
    `digest` FixedString(8) CODEC(ZSTD(1)),
    `positions` Array(UInt32) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (capture_id, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

-- Records that could not be accepted, with their bytes. Evidence: written before the record is passed over.
CREATE TABLE dead_letters
(
    `topic` LowCardinality(String),
    `partition` Int32,
    `offset` Int64,
    -- When the broker appended the record.
    `record_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    -- headers, decode, validate, limits or unforeseen
    `stage` LowCardinality(String),
    -- JSON array of violations, as in captures.errors.
    `errors` String CODEC(ZSTD(3)),
    -- The capture that it belongs to; all zeros when it names none.
    `capture_id` UUID,
    `party` String,
    -- topic:partition:offset of the dead letter that this record was to mend; '' for any other.
    `replay_of` String,
    `has_key` UInt8,
    `key` String CODEC(ZSTD(3)),
    `has_value` UInt8,
    `value` String CODEC(ZSTD(3)),
    -- Names and values in order.
    `headers` Array(Tuple(String, String)) CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

-- Which dead letters were replayed, and what became of it: from the mended record to the original and its events.
CREATE TABLE replays
(
    -- topic:partition:offset of the dead letter
    `letter` String,
    -- topic:partition:offset of the record that replayed it
    `record` String,
    `record_time` DateTime64(6, 'UTC'),
    `event_ids` Array(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (letter, record)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

-- What tells one life of the server from the next: it is empty after a restart. See services/store/block_writer.py.
CREATE TABLE boot
(
    `id` UUID
)
ENGINE = Memory;
