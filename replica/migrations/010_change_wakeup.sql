-- Whoever adds to the change log wakes those who follow it. A transaction's notifications are one.
create function skiff.tell_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('skiff_change_log', '');
  return null;
end $$;
create trigger tell_changed after insert on skiff.change_log for each statement execute function skiff.tell_changed();
