-- Summaries tell more than before, so every file is looked at again.
DELETE FROM entries;
