-- Every write is seen in its row, whoever writes it: `changed_at` is when the writing transaction began, so that a long
-- one shows its rows late under an early time; `row_version` is a number over all tables that only grows. A row that
-- is deleted and made again therefore has a later version than it ever had, though no trace of it was left.
--
-- Run after the seed, whose rows are of version 1 and have a past; may be run again. The first number lies
-- above what any row can have counted while versions were still counted row by row.

create sequence if not exists number_row_version start 1000000;

create or replace function count_row_version() returns trigger language plpgsql as $$
begin
  new.changed_at := now();
  new.row_version := nextval('number_row_version');
  return new;
end $$;

do $$
declare written text;
begin
  for written in select table_name from information_schema.columns
    where table_schema = current_schema() and column_name = 'row_version' order by table_name
  loop
    execute format('drop trigger if exists count_row_version on %I', written);
    execute format('create trigger count_row_version before insert or update on %I for each row execute function count_row_version()', written);
  end loop;
end $$;
