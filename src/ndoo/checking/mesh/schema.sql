-- The journal of one account: requests, what was sent for them, and what came back. See journal.py.
CREATE TABLE request (
  id INTEGER PRIMARY KEY,
  mailbox TEXT NOT NULL,
  national TEXT NOT NULL,
  workflow TEXT NOT NULL,
  created TEXT NOT NULL,
  asked INTEGER NOT NULL,
  numbers BLOB,              -- the list that is asked about, deflated; gone once it has expired
  likeness BLOB,             -- keyed digest of that list, to know the same question again; goes with it
  state TEXT NOT NULL,       -- open, answered, rejected, undelivered, given_up, expired
  settled TEXT,
  checked_at TEXT,           -- when what the answer rests on was sent
  allowed INTEGER,
  answer BLOB,               -- the cleaned list, deflated; expires too
  delivered TEXT             -- when the answer was handed out as a file
);
CREATE TABLE sending (
  local_id TEXT PRIMARY KEY,
  request INTEGER NOT NULL REFERENCES request (id),
  attempt INTEGER NOT NULL,
  number INTEGER NOT NULL,   -- running number in the mailbox's month
  month TEXT NOT NULL,
  day TEXT NOT NULL,
  state TEXT NOT NULL,       -- recorded, trying, sent, absent, refused, rejected, undelivered
  tried TEXT,
  message_id TEXT UNIQUE,
  code TEXT NOT NULL DEFAULT '',
  UNIQUE (request, attempt)
);
CREATE TABLE message (
  mailbox TEXT NOT NULL,
  id TEXT NOT NULL,
  local_id TEXT NOT NULL,
  seen TEXT NOT NULL,
  kind TEXT NOT NULL,        -- receipt, cleaned, rejection, non_delivery, other
  why TEXT NOT NULL,
  taken INTEGER NOT NULL,    -- 1: ours, to be acknowledged; 0: left in the inbox for whomever it is for
  acknowledged TEXT,
  body BLOB,                 -- of `other`: kept for a person to look at; expires
  PRIMARY KEY (mailbox, id)
);
CREATE TABLE job (           -- of whoever answers
  mailbox TEXT NOT NULL,
  id TEXT NOT NULL,          -- of the message that asks
  seen TEXT NOT NULL,
  likeness BLOB NOT NULL,    -- keyed digest of the file
  sent INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (mailbox, id)
);
CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL);
