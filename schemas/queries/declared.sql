-- Which of these event ids are withdrawn by an error declaration recorded by then.
SELECT DISTINCT event_id
FROM declarations
WHERE event_id IN {ids:Array(String)}
  AND record_time <= {as_of:DateTime64(6, 'UTC')}
