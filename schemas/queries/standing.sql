-- What is recorded under some event ids, error declarations too; ids in hex. As it stands there: whoever asks leaves out
-- what comes twice or was recorded too late. That is one row or a few of an id, and each step of a query is felt in a look-up.
SELECT id, content, declares_error, earliness
FROM events
WHERE toStartOfSecond(event_time) IN (SELECT event_second FROM event_ids WHERE id_hash IN {id_hashes:Array(UInt32)})
  AND hex(id) IN {ids:Array(String)}
