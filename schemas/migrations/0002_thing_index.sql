-- The index by thing. Derived from events alone: it can be dropped and rebuilt. A row without its event (the insert
-- was cut off before the event was stored) does not count; readers check.

-- Backward: what was done to a thing, what it was put into, what it was made from.
CREATE TABLE thing_events
(
    -- Canonical id without 'https://id.gs1.org/' when it is GS1's, so that a class's serials lie together;
    -- 'tf:' + id stands for a transformation.
    `thing` String CODEC(ZSTD(3)),
    `event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(3)),
    -- 2 bytes of the content digest, then the event id, UUIDs and hashes in binary (services/domain/relations.py).
    `event` String CODEC(ZSTD(3)),
    -- What the event says about the thing, packed; its first byte puts unpacking before everything else at an instant.
    `entry` String CODEC(ZSTD(3)),
    `record_time` SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(3))
)
ENGINE = AggregatingMergeTree
PRIMARY KEY thing
ORDER BY (thing, event_time, event, entry)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256,
         min_compress_block_size = 1, max_compress_block_size = 16384;

-- Forward: from a container to its contents, from an input to the transformation, from that to its outputs, from a lot
-- to its instances.
CREATE TABLE thing_contents
(
    `thing` String CODEC(ZSTD(3)),
    `event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(3)),
    `event` String CODEC(ZSTD(3)),
    `entry` String CODEC(ZSTD(3)),
    `record_time` SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(3))
)
ENGINE = AggregatingMergeTree
PRIMARY KEY thing
ORDER BY (thing, event_time, event, entry)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 64,
         min_compress_block_size = 1, max_compress_block_size = 16384;
