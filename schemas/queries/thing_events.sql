-- The index rows of some things, each once.
SELECT DISTINCT thing, event_time, ref, entry, [other] AS others
FROM thing_events
WHERE thing IN {things:Array(String)}
