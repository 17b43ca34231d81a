-- The distinct events to which index rows point, by instant and the first bytes of their content. Not by record_time:
-- working it out for every row that is read is felt in a look-up.
SELECT event_time, substring(content, 1, 8) AS ref, id, content, max(earliness) AS first
FROM events
WHERE event_time IN {times:Array(DateTime64(6, 'UTC'))}
  AND ref IN (SELECT unhex(arrayJoin({refs:Array(String)})))
GROUP BY event_time, id, content
HAVING first >= {least:UInt64}
