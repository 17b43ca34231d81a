-- The latest record time of anything that was captured, in microseconds since 1970; 0 when there is nothing. Of an event
-- whose capture's record was cut off only events knows.
SELECT greatest(
    (SELECT max(toInt64(bitNot(earliness))) FROM events),
    (SELECT max(toUnixTimestamp64Micro(finished_at)) FROM captures)
)
