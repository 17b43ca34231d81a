-- The distinct events with these instants and event ids.
SELECT id, content, event_time, zone_minutes, event_type, action, biz_step, disposition, read_point, biz_location,
       declares_error, party, capture_id, position, context, raw, record_time
FROM events
WHERE event_time IN {times:Array(DateTime64(6, 'UTC'))}
  AND id IN (SELECT unhex(arrayJoin({ids:Array(String)})))
  AND record_time <= {as_of:DateTime64(6, 'UTC')}
ORDER BY event_time, id, content, record_time
LIMIT 1 BY event_time, id, content
