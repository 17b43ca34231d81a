-- Offsets of a partition's dead letters in a range.
SELECT DISTINCT offset
FROM dead_letters
WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset >= {first:Int64} AND offset < {end:Int64}
ORDER BY offset
