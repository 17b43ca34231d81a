-- Which of these event ids are withdrawn by an error declaration recorded by then. A declaration's row is written before
-- its event: without the event it does not count, and the event's record time is the one that does.
SELECT DISTINCT event_id
FROM declarations
WHERE event_id IN {ids:Array(String)}
  AND (event_time, event_id, content) IN (
      SELECT event_time, event_id, content
      FROM events
      WHERE event_time IN (SELECT event_time FROM declarations WHERE event_id IN {ids:Array(String)})
        AND declares_error
        AND earliness >= {least:UInt64}
  )
