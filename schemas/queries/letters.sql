-- Dead letters in order, after a place, without their bytes.
SELECT topic, partition, offset, record_time, stage, errors, capture_id, party, replay_of, has_key, key, has_value,
       '' AS value, headers
FROM dead_letters
WHERE (topic, partition, offset) > ({topic:String}, {partition:Int32}, {offset:Int64})
ORDER BY topic, partition, offset
LIMIT 1 BY topic, partition, offset
LIMIT {limit:UInt32}
