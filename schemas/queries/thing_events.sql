-- The index rows of some things in some roles, each once. An entry's fourth byte is its role
-- (services/domain/chain/relations.py: one byte, then msgpack's array of eight, whose first is a text of one letter).
SELECT DISTINCT thing, event_time, ref, entry, [other] AS others
FROM thing_events
WHERE thing IN {things:Array(String)}
  AND substring(entry, 4, 1) IN {roles:Array(String)}
