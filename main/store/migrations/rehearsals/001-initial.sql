-- What was found out about stages of training on this machine. All of it can be thrown away.
CREATE TABLE answers (
  -- Hash of all that an answer hangs on: the step's program, device, threads, version, machine.
  key TEXT PRIMARY KEY,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  found_at INTEGER NOT NULL
) STRICT;
