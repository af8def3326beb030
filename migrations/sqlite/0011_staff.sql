-- Who is at the desk of the back office, and the trail of what they do.

-- +goose Up
CREATE TABLE staff (
    id            TEXT        NOT NULL PRIMARY KEY,
    email         TEXT        NOT NULL UNIQUE CHECK (email <> '' AND email = lower(email)),
    name          TEXT        NOT NULL CHECK (name <> ''),
    role          TEXT        NOT NULL CHECK (role IN ('admin', 'catalog', 'support', 'finance')),
    state         TEXT        NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    password_hash TEXT        NOT NULL, -- argon2id; empty until the invitation is taken up
    totp_secret   BLOB, -- sealed under BOOKROOM_SECRET; NULL where there is none
    totp_step     BIGINT      NOT NULL DEFAULT 0, -- the last time step whose code was used: none is good twice
    created_at    TIMESTAMP   NOT NULL,
    updated_at    TIMESTAMP   NOT NULL
);

CREATE TABLE staff_passkeys (
    id           TEXT        NOT NULL PRIMARY KEY, -- the credential's id, base64url
    staff_id     TEXT        NOT NULL REFERENCES staff (id),
    name         TEXT        NOT NULL,
    credential   BLOB        NOT NULL, -- JSON
    created_at   TIMESTAMP   NOT NULL,
    last_used_at TIMESTAMP
);
CREATE INDEX staff_passkeys_by_staff ON staff_passkeys (staff_id);

CREATE TABLE staff_recovery_codes (
    staff_id TEXT        NOT NULL REFERENCES staff (id),
    hash     TEXT        NOT NULL CHECK (length(hash) = 64),
    used_at  TIMESTAMP,
    PRIMARY KEY (staff_id, hash)
);

-- Each signs in with a session of its own, which can be looked at and ended.
CREATE TABLE staff_sessions (
    id           TEXT        NOT NULL PRIMARY KEY,
    staff_id     TEXT        NOT NULL REFERENCES staff (id),
    token_hash   TEXT        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    agent        TEXT        NOT NULL,
    ip           TEXT        NOT NULL,
    created_at   TIMESTAMP   NOT NULL,
    last_seen_at TIMESTAMP   NOT NULL,
    proved_at    TIMESTAMP   NOT NULL, -- when the second factor was shown last
    expires_at   TIMESTAMP   NOT NULL,
    ended_at     TIMESTAMP
);
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id, expires_at);

-- An invitation, or a reset of what somebody signs in with: a link that is good once.
CREATE TABLE staff_invitations (
    id         TEXT        NOT NULL PRIMARY KEY,
    staff_id   TEXT        NOT NULL REFERENCES staff (id),
    token_hash TEXT        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    created_at TIMESTAMP   NOT NULL,
    expires_at TIMESTAMP   NOT NULL,
    used_at    TIMESTAMP
);
CREATE INDEX staff_invitations_by_staff ON staff_invitations (staff_id);

-- Attempts to sign in, counted by account and by address of the client.
CREATE TABLE staff_attempts (
    id     TEXT        NOT NULL PRIMARY KEY,
    bucket TEXT        NOT NULL, -- 'account:' and the hash of what was typed, or 'client:' and the network
    at     TIMESTAMP   NOT NULL
);
CREATE INDEX staff_attempts_by_bucket ON staff_attempts (bucket, at);
CREATE INDEX staff_attempts_by_age ON staff_attempts (at);

CREATE TABLE api_tokens (
    id           TEXT        NOT NULL PRIMARY KEY,
    staff_id     TEXT        NOT NULL REFERENCES staff (id),
    name         TEXT        NOT NULL CHECK (name <> ''),
    token_hash   TEXT        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    scopes       TEXT        NOT NULL, -- JSON list
    created_at   TIMESTAMP   NOT NULL,
    expires_at   TIMESTAMP   NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at   TIMESTAMP
);
CREATE INDEX api_tokens_by_staff ON api_tokens (staff_id);

-- Append-only: see the triggers. Each record holds the hash of the one before.
CREATE TABLE audit_records (
    sequence      BIGINT      NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at            TIMESTAMP   NOT NULL,
    staff_id      TEXT        NOT NULL,
    staff         TEXT        NOT NULL,
    token_id      TEXT        NOT NULL,
    ip            TEXT        NOT NULL,
    verb          TEXT        NOT NULL CHECK (verb <> ''),
    subject_kind  TEXT        NOT NULL CHECK (subject_kind <> ''),
    subject_id    TEXT        NOT NULL,
    subject_name  TEXT        NOT NULL,
    before        TEXT        NOT NULL, -- JSON object
    after         TEXT        NOT NULL, -- JSON object
    previous_hash TEXT        NOT NULL UNIQUE,
    hash          TEXT        NOT NULL UNIQUE CHECK (length(hash) = 64)
);
CREATE INDEX audit_records_by_subject ON audit_records (subject_kind, subject_id, sequence);
CREATE INDEX audit_records_by_staff ON audit_records (staff_id, sequence);
CREATE INDEX audit_records_by_verb ON audit_records (verb, sequence);
CREATE INDEX audit_records_by_time ON audit_records (at);

-- +goose StatementBegin
CREATE TRIGGER audit_records_stay BEFORE UPDATE ON audit_records BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_records_stay_whole BEFORE DELETE ON audit_records BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- +goose StatementEnd

-- What the trail holds of persons, beside the chain: records have the salted hash only.
CREATE TABLE audit_personal (
    hash     TEXT   NOT NULL PRIMARY KEY CHECK (length(hash) = 64),
    sequence BIGINT  NOT NULL REFERENCES audit_records (sequence),
    salt     TEXT   NOT NULL,
    value    TEXT   NOT NULL
);
CREATE INDEX audit_personal_by_record ON audit_personal (sequence);
CREATE INDEX audit_personal_by_value ON audit_personal (value);

-- +goose Down
DROP TABLE audit_personal;
DROP TABLE audit_records;
DROP TABLE api_tokens;
DROP TABLE staff_attempts;
DROP TABLE staff_invitations;
DROP TABLE staff_sessions;
DROP TABLE staff_recovery_codes;
DROP TABLE staff_passkeys;
DROP TABLE staff;
