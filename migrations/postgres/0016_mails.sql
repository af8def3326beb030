-- Which mails go out, what they say, and what came of them.

-- +goose Up
-- Every mail from the moment its job is queued. Links that open something are left out of what it says.
CREATE TABLE mails (
    id           BIGINT      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          TEXT        NOT NULL UNIQUE, -- of its job
    kind         TEXT        NOT NULL,
    order_id     TEXT        REFERENCES orders (id),
    to_address   TEXT COLLATE "C" NOT NULL DEFAULT '', -- this and what it says: empty until it is put into words
    language     TEXT        NOT NULL DEFAULT '',
    subject      TEXT        NOT NULL DEFAULT '',
    plain        TEXT        NOT NULL DEFAULT '',
    html         TEXT        NOT NULL DEFAULT '',
    message_id   TEXT        NOT NULL DEFAULT '',
    state        TEXT        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'bounced', 'complaint')),
    attempts     INTEGER   NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    error        TEXT        NOT NULL DEFAULT '', -- of the last failure
    bounce       TEXT        NOT NULL DEFAULT '', -- why it came back, in the words of the receiving server
    queued_at    TIMESTAMPTZ NOT NULL,
    sent_at      TIMESTAMPTZ,
    delivered_at TIMESTAMPTZ,
    bounced_at   TIMESTAMPTZ,
    erased_at    TIMESTAMPTZ -- when the person it went to was erased
);
CREATE INDEX mails_by_order ON mails (order_id, id);
CREATE INDEX mails_by_state ON mails (state, id);
CREATE INDEX mails_by_kind ON mails (kind, id);
CREATE INDEX mails_by_address ON mails (to_address, id);
CREATE INDEX mails_by_message ON mails (message_id) WHERE message_id <> '';
CREATE INDEX mails_by_time ON mails (queued_at, state);

-- What the mail provider reported. The primary key is the rule that one report counts once.
CREATE TABLE mail_reports (
    id          TEXT        NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL CHECK (kind IN ('delivered', 'bounced', 'complaint')),
    mail_id     BIGINT      REFERENCES mails (id), -- NULL where it fits no mail of ours
    received_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_reports_by_mail ON mail_reports (mail_id);

-- The mails of before, of which only the jobs are left.
INSERT INTO mails (key, kind, order_id, state, attempts, error, queued_at, sent_at)
SELECT jobs.key, jobs.detail, orders.id, CASE jobs.state WHEN 'done' THEN 'sent' ELSE jobs.state END, jobs.attempts, jobs.cause,
    COALESCE(jobs.finished_at, jobs.run_at), CASE jobs.state WHEN 'done' THEN jobs.finished_at END
FROM jobs LEFT JOIN orders ON orders.id = jobs.subject WHERE jobs.kind = 'mail' ORDER BY jobs.id;

-- Persons are looked for in all that they left.
CREATE INDEX entitlements_by_email ON entitlements (email);

-- +goose Down
DROP INDEX entitlements_by_email;
DROP TABLE mail_reports;
DROP TABLE mails;
