-- The index rows of some things, each once.
SELECT DISTINCT thing, event_time, ref, entry, others
FROM thing_contents
WHERE thing IN {things:Array(String)}
