-- The index rows of some things, as they stand there.
SELECT thing, event_time, ref, entry, other
FROM thing_events
WHERE thing IN {things:Array(String)}
