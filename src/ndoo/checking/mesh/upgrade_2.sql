-- What the second version of the journal adds to schema.sql.
CREATE TABLE aside (         -- messages that could not be read: they stay in the inbox, and are tried again
  mailbox TEXT NOT NULL,
  id TEXT NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  tries INTEGER NOT NULL,
  why TEXT NOT NULL,         -- in words that are safe to show
  PRIMARY KEY (mailbox, id)
);
CREATE TABLE repair (        -- the audit of `ndoo mesh repair`
  at TEXT NOT NULL,          -- by MESH's own clock
  mark TEXT NOT NULL,        -- the latest time that stood here before
  changed TEXT NOT NULL      -- how much was changed, as JSON
);
