-- The distinct events of one event id, in event order.
SELECT id, content, event_time, zone_minutes, event_type, action, biz_step, disposition, read_point, biz_location,
       declares_error, party, capture_id, position, context, raw, record_time
FROM events
WHERE toStartOfSecond(event_time) IN (SELECT event_second FROM event_ids WHERE id_hash = {id_hash:UInt32})
  AND id = unhex({id:String})
  AND record_time <= {as_of:DateTime64(6, 'UTC')}
ORDER BY event_time, id, content, record_time
LIMIT 1 BY event_time, id, content
