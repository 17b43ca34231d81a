-- How many events of each of these captures have been stored, of those that travel by themselves.
SELECT capture_id, uniqExact(position) AS arrived
FROM (SELECT capture_id, arrayJoin(positions) AS position FROM capture_progress WHERE capture_id IN {ids:Array(UUID)})
GROUP BY capture_id
