-- A trigger fires for every statement that could have added to the change log; the batch tells once, when one has.
drop trigger tell_changed on skiff.change_log;
drop function skiff.tell_changed();
