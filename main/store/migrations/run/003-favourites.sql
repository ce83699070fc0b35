-- Samples that the person wants to find again, by seed and class ('' for a run without classes).
CREATE TABLE favourites (
  seed INTEGER NOT NULL,
  class_name TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (seed, class_name)
) STRICT, WITHOUT ROWID;
