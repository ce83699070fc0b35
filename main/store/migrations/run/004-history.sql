-- What a person says of the run. Written, in one short statement, also by others than the one who trains.
ALTER TABLE run ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1));

-- For a branch: the run and checkpoint it goes on from, as JSON.
ALTER TABLE run ADD COLUMN parent TEXT CHECK (parent IS NULL OR json_valid(parent));

-- Time in which the run trained. Where it was not kept yet, what the ticks' speeds say.
ALTER TABLE run ADD COLUMN trained_ms INTEGER NOT NULL DEFAULT 0;
UPDATE run SET trained_ms = coalesce(
  (
    SELECT CAST(sum(1000 * (images_seen - before) / speed) AS INTEGER)
    FROM (
      SELECT
        images_seen,
        lag(images_seen, 1, 0) OVER (ORDER BY seq) AS before,
        CAST(json_extract(body, '$.imagesPerSecond') AS REAL) AS speed
      FROM events
      WHERE kind = 'tick' AND NOT superseded
    )
    WHERE speed > 0 AND images_seen > before
  ),
  0
);
