-- Those of them in some roles. An entry's fourth byte is its role (services/domain/chain/relations.py: one byte, then
-- msgpack's array of eight, whose first is a text of one letter).
SELECT thing, event_time, ref, entry, other
FROM thing_events
WHERE thing IN {things:Array(String)}
  AND substring(entry, 4, 1) IN {roles:Array(String)}
