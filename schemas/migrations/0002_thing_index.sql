-- The index by thing. Derived from events alone: it can be dropped and rebuilt. The same event gives the same rows, so
-- what is delivered twice vanishes in the merge. A row without its event (the insert was cut off before the event was
-- stored) does not count: readers join, and take the event's id and record time from events.

-- Backward: what was done to a thing, what it was put into, what it was made from.
CREATE TABLE thing_events
(
    -- Canonical id without 'https://id.gs1.org/' when it is GS1's, so that a class's serials lie together;
    -- 'tf:' + id stands for a transformation.
    `thing` String CODEC(ZSTD(3)),
    `event_time` DateTime64(6, 'UTC') CODEC(GCD, ZSTD(3)),
    -- The first bytes of the event's content: with the instant they find it in events.
    `ref` FixedString(8) CODEC(ZSTD(1)),
    -- What the event says, packed (services/domain/relations.py).
    `entry` LowCardinality(String) CODEC(ZSTD(3)),
    -- The other side: container, transformation, input or lot.
    `other` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PRIMARY KEY thing
ORDER BY (thing, event_time, ref, entry, other)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256,
         min_compress_block_size = 1, max_compress_block_size = 16384;

-- Forward: from a container to its contents, from an input to the transformation, from that to its outputs, from a lot
-- to its instances.
CREATE TABLE thing_contents
(
    `thing` String CODEC(ZSTD(3)),
    `event_time` DateTime64(6, 'UTC') CODEC(GCD, ZSTD(3)),
    `ref` FixedString(8) CODEC(ZSTD(1)),
    `entry` LowCardinality(String) CODEC(ZSTD(3)),
    `other` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PRIMARY KEY thing
ORDER BY (thing, event_time, ref, entry, other)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 64,
         min_compress_block_size = 1, max_compress_block_size = 16384;
