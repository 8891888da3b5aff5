-- Keys of programs that have no identity provider to get a token from. A key itself is nowhere: 256 random bits need
-- no slower hash than SHA-256.
create table skiff.api_key (
  name text primary key,
  hash bytea not null unique,
  scopes text[] not null,
  -- null: all plants
  plants text[],
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- After a rotation the key before is good for a while.
  previous_hash bytea unique,
  previous_until timestamptz
);
