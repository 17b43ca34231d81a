-- Which of these instants and event ids stand in events (an index row whose event does not is not counted).
SELECT DISTINCT event_time, event_id, substring(content, 1, 2) AS begins
FROM events
WHERE event_time IN {times:Array(DateTime64(6, 'UTC'))}
  AND event_id IN {ids:Array(String)}
  AND record_time <= {as_of:DateTime64(6, 'UTC')}
