-- The index rows of some things, each once, in order; of several deliveries the earliest record time.
SELECT thing, event_time, event, entry, min(record_time) AS recorded
FROM thing_contents
WHERE thing IN {things:Array(String)}
GROUP BY thing, event_time, event, entry
HAVING recorded <= {as_of:DateTime64(6, 'UTC')}
ORDER BY thing, event_time, event, entry
