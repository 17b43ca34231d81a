-- The events to which index rows point, by instant and the first bytes of their content as a number. As it stands there:
-- see standing. Not by record_time: working it out for every row that is read is felt in a look-up.
SELECT event_time, id, content, earliness
FROM events
WHERE event_time IN {times:Array(DateTime64(6, 'UTC'))}
  AND reinterpretAsUInt64(substring(content, 1, 8)) IN {refs:Array(UInt64)}
