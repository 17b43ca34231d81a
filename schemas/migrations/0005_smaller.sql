-- The same evidence and the same index in fewer bytes; see docs/storage.md.
-- Run twice, it moves rows twice, and they vanish in the merge. insert_deduplicate: ClickHouse remembers a block before it
-- has stored it, so after a crash it would leave the same block out.

CREATE TABLE events
(
    -- eventTime as an instant, UTC, microseconds.
    `event_time` DateTime64(6, 'UTC') CODEC(GCD, Delta(8), ZSTD(1)),
    -- eventID: the emitter's, else the CBV 2.0 event hash; packed (services/store/packing.py).
    `id` String CODEC(ZSTD(1)),
    -- What the event says: 16 bytes of a digest. The same event id with another content is another row.
    `content` FixedString(16) CODEC(NONE),
    -- eventTimeZoneOffset in minutes.
    `zone_minutes` Int16 CODEC(ZSTD(1)),
    -- ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent or a URI.
    `event_type` LowCardinality(String) CODEC(ZSTD(3)),
    `action` LowCardinality(String) CODEC(ZSTD(3)),
    -- CBV terms in their short form, others as URI; '' when absent.
    `biz_step` LowCardinality(String) CODEC(ZSTD(3)),
    `disposition` LowCardinality(String) CODEC(ZSTD(3)),
    -- Canonical id; '' when absent.
    `read_point` String CODEC(ZSTD(6)),
    -- '=' for the read point, ':' and a canonical id for another place, '' when absent.
    `location` String CODEC(ZSTD(3)),
    -- 1 when the event carries an errorDeclaration: it withdraws the other event(s) of its id.
    `declares_error` UInt8 CODEC(ZSTD(1)),
    -- Who sent it (the party of the API key), in which capture, at which place in it.
    `party` LowCardinality(String),
    `capture_id` UUID CODEC(ZSTD(3)),
    `position` UInt32 CODEC(T64, ZSTD(1)),
    -- The JSON-LD @context of the document that brought it, as it came.
    `context` String CODEC(ZSTD(3)),
    -- The bytes of the event as they came, but for what this row says already (services/store/packing.py).
    `raw` String CODEC(ZSTD(8)) SETTINGS (min_compress_block_size = 1048576),
    -- The record time, bits turned: larger for an earlier delivery, and ReplacingMergeTree keeps the largest.
    `earliness` UInt64 CODEC(ZSTD(3)),
    `record_time` DateTime64(6, 'UTC') ALIAS fromUnixTimestamp64Micro(toInt64(bitNot(earliness)), 'UTC'),
    `biz_location` String ALIAS if(location = '=', read_point, substring(location, 2)),
    `event_id` String ALIAS multiIf(
        length(id) = 16,
        'urn:uuid:' || replaceRegexpOne(
            lower(hex(id)), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\1-\\2-\\3-\\4-\\5'
        ),
        length(id) = 32, 'ni:///sha-256;' || lower(hex(id)) || '?ver=CBV2.0',
        startsWith(id, repeat('\0', 32)), substring(id, 33),
        id
    )
)
ENGINE = ReplacingMergeTree(earliness)
ORDER BY (event_time, id, content)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 1024,
         string_serialization_version = 'single_stream';

-- Out of the bytes go the event id, and eventTime where it is written in milliseconds with the event's own offset.
INSERT INTO events
    (event_time, id, content, zone_minutes, event_type, action, biz_step, disposition, read_point, location,
     declares_error, party, capture_id, position, context, raw, earliness)
SETTINGS insert_deduplicate = 0
WITH
    if(id_at < 0, raw, substring(raw, 1, id_at) || '\x01i' || substring(raw, id_at + 1)) AS without_id,
    replaceOne(substring(toString(event_time + toIntervalMinute(zone_minutes)), 1, 23), ' ', 'T') AS local,
    abs(zone_minutes) AS apart,
    if(zone_minutes < 0, '-', '+') || leftPad(toString(intDiv(apart, 60)), 2, '0') || ':'
        || leftPad(toString(apart % 60), 2, '0') AS zone
SELECT
    event_time,
    multiIf(
        match(event_id, '^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'),
        unhex(replaceAll(substring(event_id, 10), '-', '')),
        match(event_id, '^ni:///sha-256;[0-9a-f]{64}[?]ver=CBV2[.]0$'), unhex(substring(event_id, 15, 64)),
        startsWith(event_id, repeat('\0', 32)) OR length(event_id) IN (16, 32), repeat('\0', 32) || event_id,
        event_id
    ),
    content, zone_minutes, event_type, action, biz_step, disposition, read_point,
    multiIf(biz_location = '', '', biz_location = read_point, '=', ':' || biz_location),
    declares_error, party, capture_id, position, context,
    replaceOne(without_id, local || zone, '\x01t3'),
    earliness
FROM events_0003;

-- From an event id to the seconds in which to look in events. A hash keeps the row small; readers compare the id itself.
CREATE TABLE event_ids
(
    -- The first 4 bytes of SHA-256 of the event id, little-endian: at ten billion events two or three share one.
    `id_hash` UInt32 CODEC(Delta(4), T64, ZSTD(1)),
    -- eventTime, cut off to the second.
    `event_second` DateTime64(6, 'UTC') CODEC(GCD, T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (id_hash, event_second)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 256;

INSERT INTO event_ids (id_hash, event_second)
SETTINGS insert_deduplicate = 0
SELECT id_hash, toStartOfSecond(event_time)
FROM event_ids_0003;

-- Forward: from a container to its contents, from an input to the transformation, from that to its outputs, from a lot
-- to its instances. One row for all that an event says of one thing in one role.
CREATE TABLE thing_contents
(
    `thing` String CODEC(ZSTD(3)),
    `event_time` DateTime64(6, 'UTC') CODEC(GCD, ZSTD(6)),
    `ref` FixedString(8) CODEC(ZSTD(1)),
    `entry` LowCardinality(String) CODEC(ZSTD(3)),
    -- Contents, transformations, outputs or members: sorted, each once.
    `others` Array(String) CODEC(ZSTD(6))
)
ENGINE = ReplacingMergeTree
PRIMARY KEY thing
ORDER BY (thing, event_time, ref, entry, others)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         non_replicated_deduplication_window = 1000, index_granularity = 64,
         min_compress_block_size = 4096, max_compress_block_size = 16384, string_serialization_version = 'single_stream';

INSERT INTO thing_contents (thing, event_time, ref, entry, others)
SETTINGS insert_deduplicate = 0
SELECT thing, event_time, ref, entry, arraySort(groupUniqArray(other))
FROM thing_contents_0003
GROUP BY thing, event_time, ref, entry
SETTINGS optimize_aggregation_in_order = 1;

ALTER TABLE thing_events
    MODIFY COLUMN `event_time` CODEC(GCD, ZSTD(6)),
    MODIFY COLUMN `other` CODEC(ZSTD(6));

ALTER TABLE thing_events MODIFY SETTING min_compress_block_size = 4096, string_serialization_version = 'single_stream';
