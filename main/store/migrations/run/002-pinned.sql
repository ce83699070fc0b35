-- Checkpoints that a person asked to keep, whatever their kind: they are never thinned out.
ALTER TABLE checkpoints ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
UPDATE checkpoints SET pinned = 1 WHERE kind = 'pinned';
