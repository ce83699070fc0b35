-- What the files in runs/ and datasets/ held when last looked at. All of it can be thrown away.
CREATE TABLE entries (
  file TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('run', 'dataset')),
  -- Size and time of the file and its write-ahead log; when they differ, the file is read again.
  fingerprint TEXT NOT NULL,
  summary TEXT CHECK (summary IS NULL OR json_valid(summary)),
  thumbnail BLOB,
  problem TEXT
) STRICT;
