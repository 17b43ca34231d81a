-- The distinct events to which index rows point, by instant and the first bytes of their content.
SELECT event_time, substring(content, 1, 8) AS ref, event_id, content, min(record_time) AS recorded
FROM events
WHERE event_time IN {times:Array(DateTime64(6, 'UTC'))}
  AND ref IN (SELECT unhex(arrayJoin({refs:Array(String)})))
GROUP BY event_time, event_id, content
HAVING recorded <= {as_of:DateTime64(6, 'UTC')}
