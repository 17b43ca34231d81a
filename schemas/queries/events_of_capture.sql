-- The events of a capture as it brought them, in its order; an event that another capture brought earlier may be gone.
SELECT id, content, event_time, zone_minutes, event_type, action, biz_step, disposition, read_point, biz_location,
       declares_error, party, capture_id, position, context, raw, record_time
FROM events
WHERE event_time BETWEEN {first:DateTime64(6, 'UTC')} AND {last:DateTime64(6, 'UTC')}
  AND capture_id = {capture_id:UUID}
ORDER BY position
LIMIT 1 BY position
