-- Ended capture jobs, newest first, without their bytes. Which they are is told by two narrow columns; only their own rows
-- are read whole.
SELECT capture_id, created_at, finished_at, kind, party, error_behaviour, success, events,
       first_event_time, last_event_time, errors, '' AS frame, awaited
FROM captures
WHERE capture_id IN (
    SELECT capture_id
    FROM captures FINAL
    WHERE (created_at, capture_id) < ({before:DateTime64(6, 'UTC')}, {before_id:UUID})
    ORDER BY created_at DESC, capture_id DESC
    LIMIT 1 BY capture_id
    LIMIT {limit:UInt32}
)
ORDER BY created_at DESC, capture_id DESC, finished_at
LIMIT 1 BY capture_id
