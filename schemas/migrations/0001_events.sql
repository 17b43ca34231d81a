-- Every accepted EPCIS event, once for each delivery until the parts merge; of several deliveries the earliest stays.
-- Evidence: an insert is on disk (fsync) before it is acknowledged.
CREATE TABLE events
(
    -- eventTime as an instant, UTC, microseconds.
    `event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(3)),
    -- eventID: the emitter's, else the CBV 2.0 event hash.
    `event_id` String CODEC(ZSTD(3)),
    -- What the event says: 16 bytes of a digest. The same event id with another content is another row.
    `content` FixedString(16) CODEC(ZSTD(1)),
    -- eventTimeZoneOffset in minutes.
    `zone_minutes` Int16 CODEC(ZSTD(1)),
    -- ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent or a URI.
    `event_type` LowCardinality(String),
    `action` LowCardinality(String),
    -- CBV terms in their short form, others as URI; '' when absent.
    `biz_step` LowCardinality(String),
    `disposition` LowCardinality(String),
    -- Canonical ids; '' when absent.
    `read_point` String CODEC(ZSTD(3)),
    `biz_location` String CODEC(ZSTD(3)),
    -- 1 when the event carries an errorDeclaration: it withdraws the other event(s) of its id.
    `declares_error` UInt8 CODEC(ZSTD(1)),
    -- Who sent it (the party of the API key), in which capture, at which place in it.
    `party` LowCardinality(String),
    `capture_id` UUID CODEC(ZSTD(1)),
    `position` UInt32 CODEC(Delta(4), ZSTD(1)),
    -- The JSON-LD @context of the document that brought it, as it came.
    `context` String CODEC(ZSTD(3)),
    -- The bytes of the event as they came; see events.id_at.
    `raw` String CODEC(ZSTD(6)) SETTINGS (min_compress_block_size = 1048576),
    -- Where event_id was cut out of raw (byte offset), or -1 when raw is whole.
    `id_at` Int32 CODEC(ZSTD(1)),
    `record_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(3)),
    -- Larger for an earlier delivery: ReplacingMergeTree keeps the largest.
    `earliness` UInt64 MATERIALIZED bitNot(toUInt64(toUnixTimestamp64Micro(record_time))) CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(earliness)
ORDER BY (event_time, event_id, content)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 1024;

-- From an event id to the instants at which to look in events. A hash keeps the row
-- small; readers compare the id itself.
CREATE TABLE event_ids
(
    -- The first 4 bytes of SHA-256 of the event id, little-endian: at ten billion events two or three share one.
    `id_hash` UInt32 CODEC(ZSTD(1)),
    `event_time` DateTime64(6, 'UTC') CODEC(GCD, ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (id_hash, event_time)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

-- Events with an errorDeclaration, by the id they withdraw.
CREATE TABLE declarations
(
    `event_id` String CODEC(ZSTD(3)),
    `content` FixedString(16) CODEC(ZSTD(1)),
    `event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `record_time` SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (event_id, content, event_time)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;
