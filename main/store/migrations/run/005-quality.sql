-- Distance of a checkpoint's samples from the pictures, lower is better; null where it was not measured.
ALTER TABLE checkpoints ADD COLUMN quality REAL CHECK (quality >= 0);
-- Of the layers that it has: only qualities of one resolution are compared. Null where it was not kept yet.
ALTER TABLE checkpoints ADD COLUMN resolution INTEGER;
-- Its weights may be those that the next stage starts from: it is kept until it is measured, and the best of them after.
ALTER TABLE checkpoints ADD COLUMN candidate INTEGER NOT NULL DEFAULT 0 CHECK (candidate IN (0, 1));
