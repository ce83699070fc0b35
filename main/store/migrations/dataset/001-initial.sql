-- One prepared dataset. A single row.
CREATE TABLE dataset (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  options TEXT NOT NULL CHECK (json_valid(options)),
  state TEXT NOT NULL CHECK (state IN ('preparing', 'ready')),
  created_at INTEGER NOT NULL
) STRICT;

-- Pictures in the order of their numbers, from 0 without gaps. Paths are relative to the source.
CREATE TABLE pictures (
  number INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

-- Each picture at each resolution: uint8, rows of pixels of interleaved channels, packed as in packing.ts.
-- place = resolution * 2^32 + picture number, so that one resolution's pictures lie together.
CREATE TABLE pixels (
  place INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE skipped (
  path TEXT PRIMARY KEY,
  reason TEXT NOT NULL
) STRICT;
