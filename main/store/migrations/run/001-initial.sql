-- One run: its settings and where it stands. A single row.
CREATE TABLE run (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  config TEXT NOT NULL CHECK (json_valid(config)),
  dataset_id TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_source TEXT NOT NULL CHECK (json_valid(dataset_source)),
  state TEXT NOT NULL CHECK (state IN ('new', 'training', 'paused', 'finished', 'failed')),
  failure TEXT,
  images_seen INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL
) STRICT;

-- What happened, in order: seq counts from 1 without gaps and is never used twice. Events that a resume from
-- an earlier checkpoint made void stay, marked as superseded.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  images_seen INTEGER NOT NULL,
  superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- Pictures of mosaic events, apart, so that events are read without them.
CREATE TABLE mosaics (
  seq INTEGER PRIMARY KEY REFERENCES events (seq),
  webp BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  images_seen INTEGER NOT NULL,
  step INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('regular', 'stage-end', 'final', 'pinned')),
  created_at INTEGER NOT NULL,
  tensor_count INTEGER NOT NULL
) STRICT;

-- data: float32 little-endian, row-major. sha256: of name, shape and data; see checkpoints.ts.
CREATE TABLE tensors (
  id INTEGER PRIMARY KEY,
  checkpoint_id INTEGER NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  shape TEXT NOT NULL CHECK (json_valid(shape)),
  sha256 BLOB NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX tensors_by_checkpoint ON tensors (checkpoint_id);
