-- The record of one ended capture job.
SELECT capture_id, created_at, finished_at, kind, party, error_behaviour, success, events,
       first_event_time, last_event_time, errors, frame, awaited
FROM captures
WHERE capture_id = {capture_id:UUID}
ORDER BY finished_at
LIMIT 1
