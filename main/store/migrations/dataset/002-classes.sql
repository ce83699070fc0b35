-- Classes of pictures: the sub-folders that they lie in, numbered from 0 without gaps; a number is never another's.
CREATE TABLE classes (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- Null for a picture without a class.
ALTER TABLE pictures ADD COLUMN class INTEGER REFERENCES classes (number);

INSERT INTO classes
SELECT row_number() OVER (ORDER BY name) - 1, name
FROM (SELECT DISTINCT substr(path, 1, instr(path, '/') - 1) AS name FROM pictures WHERE instr(path, '/') > 1);

UPDATE pictures
SET class = (SELECT number FROM classes WHERE name = substr(path, 1, instr(path, '/') - 1))
WHERE instr(path, '/') > 1;
