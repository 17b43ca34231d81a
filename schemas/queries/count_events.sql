-- How many distinct events there are.
SELECT count() FROM (SELECT event_time FROM events GROUP BY event_time, id, content)
