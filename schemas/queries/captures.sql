-- Ended capture jobs, newest first, without their bytes.
SELECT capture_id, created_at, finished_at, kind, party, error_behaviour, success, events,
       first_event_time, last_event_time, errors, '' AS frame, awaited
FROM captures
WHERE (created_at, toString(capture_id)) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY created_at DESC, toString(capture_id) DESC
LIMIT 1 BY capture_id
LIMIT {limit:UInt32}
