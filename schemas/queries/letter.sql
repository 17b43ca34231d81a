-- One dead letter with its bytes.
SELECT topic, partition, offset, record_time, stage, errors, capture_id, party, replay_of, has_key, key, has_value,
       value, headers
FROM dead_letters
WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset = {offset:Int64}
LIMIT 1
