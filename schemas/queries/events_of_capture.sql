-- The bytes of a capture's events, in its order; an event that another capture brought earlier may be gone.
SELECT id, event_time, zone_minutes, raw
FROM events
WHERE event_time BETWEEN {first:DateTime64(6, 'UTC')} AND {last:DateTime64(6, 'UTC')}
  AND capture_id = {capture_id:UUID}
ORDER BY position
LIMIT 1 BY position
