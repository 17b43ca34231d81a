-- Everything in them has been moved (0005).
DROP TABLE IF EXISTS events_0003 SYNC SETTINGS max_table_size_to_drop = 0;
DROP TABLE IF EXISTS event_ids_0003 SYNC SETTINGS max_table_size_to_drop = 0;
DROP TABLE IF EXISTS thing_contents_0003 SYNC SETTINGS max_table_size_to_drop = 0;
