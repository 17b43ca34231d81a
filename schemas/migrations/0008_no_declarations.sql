-- An error declaration is an event under the id that it withdraws, so whoever asks what else stands under an id finds it
-- in events: a table of its own is one insert and one question more.
DROP TABLE IF EXISTS declarations SYNC SETTINGS max_table_size_to_drop = 0;
