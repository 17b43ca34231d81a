-- Three tables get another form (0005). Under their old names nothing is left meanwhile: a process of the version before
-- that still runs gets an error and stores nothing that would be lost.
RENAME TABLE IF EXISTS events TO events_0003;
RENAME TABLE IF EXISTS event_ids TO event_ids_0003;
RENAME TABLE IF EXISTS thing_contents TO thing_contents_0003;
