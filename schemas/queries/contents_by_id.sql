-- The distinct contents under some event ids, without error declarations. Not by record_time: see named_events.
SELECT id, content, max(earliness) AS first
FROM events
WHERE toStartOfSecond(event_time) IN
      (SELECT event_second FROM event_ids WHERE id_hash IN (SELECT arrayJoin({id_hashes:Array(UInt32)})))
  AND id IN (SELECT unhex(arrayJoin({ids:Array(String)})))
  AND NOT declares_error
GROUP BY id, content
HAVING first >= {least:UInt64}
