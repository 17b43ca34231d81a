-- The dead letters of a capture, without their bytes.
SELECT topic, partition, offset, record_time, stage, errors, capture_id, party, replay_of, has_key, key, has_value,
       '' AS value, headers
FROM dead_letters
WHERE capture_id = {capture_id:UUID}
ORDER BY topic, partition, offset
LIMIT 1 BY topic, partition, offset
