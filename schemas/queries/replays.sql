-- What replayed these dead letters, and which events came of it.
SELECT letter, record, event_ids
FROM replays
WHERE letter IN {letters:Array(String)}
ORDER BY letter, record_time, record
LIMIT 1 BY letter, record
