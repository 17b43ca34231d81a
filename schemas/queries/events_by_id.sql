-- The distinct events of one event id, in event order.
SELECT event_id, content, event_time, zone_minutes, event_type, action, biz_step, disposition, read_point, biz_location,
       declares_error, party, capture_id, position, context, raw, id_at, record_time
FROM events
WHERE event_time IN (SELECT event_time FROM event_ids WHERE id_hash = {id_hash:UInt32})
  AND event_id = {event_id:String}
  AND record_time <= {as_of:DateTime64(6, 'UTC')}
ORDER BY event_time, event_id, content, record_time
LIMIT 1 BY event_time, event_id, content
