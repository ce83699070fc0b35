-- Summaries tell more than before, so every file is looked at again.
DELETE FROM entries;
ALTER TABLE entries DROP COLUMN thumbnail;

-- A run's newest mosaic made small, once it was asked for.
CREATE TABLE thumbnails (
  file TEXT PRIMARY KEY,
  mosaic_seq INTEGER NOT NULL,
  webp BLOB NOT NULL
) STRICT;
