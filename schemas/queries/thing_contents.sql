-- The forward index rows of some things, as they stand there.
SELECT thing, event_time, ref, entry, others
FROM thing_contents
WHERE thing IN {things:Array(String)}
