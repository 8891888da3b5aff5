-- Rows that were asked for by their ids, by the hash of their read model: an ERP's API is asked for these as well.
alter table skiff.freshness_request add column ids json not null default '{}';
