#!/bin/bash
# Starts PostgreSQL with Tryton's database, and trytond. Does only what is still missing, and returns when the ERP
# answers.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
die() {
  echo "start.sh: $*" >&2
  exit 1
}
[ "$(id -u)" = 0 ] || die "must run as root; it drops to the users postgres and tryton"
[ -x "$PG_BIN/postgres" ] && command -v trytond >/dev/null || die "run install.sh first"
cd / # where the other users can stand

install -d -m 755 "$TRYTON_HOME"
install -d -o postgres -g postgres -m 700 "$PG_DATA"
install -d -m 1777 "$RUN_DIR" "$LOG_DIR"
install -d -o tryton -g tryton -m 750 "$TRYTON_HOME/attach"

if [ ! -f "$PG_DATA/PG_VERSION" ]; then
  as postgres "$PG_BIN/initdb" -D "$PG_DATA" -E UTF8 --locale=C.UTF-8 -U postgres \
    --auth-local=trust --auth-host=scram-sha-256 --no-sync >"$LOG_DIR/initdb.log"
  cat >>"$PG_DATA/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $TRYTON_PG_PORT
unix_socket_directories = '$RUN_DIR'
timezone = 'UTC'
wal_level = logical
max_wal_senders = 10
max_replication_slots = 10
max_slot_wal_keep_size = 4GB
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
# Nothing of it has to survive. Commits stay synchronous: otherwise the stream would trail by up to 200 ms.
fsync = off
full_page_writes = off
CONF
fi
if ! as postgres "$PG_BIN/pg_ctl" -D "$PG_DATA" status >/dev/null 2>&1; then
  as postgres "$PG_BIN/pg_ctl" -D "$PG_DATA" -l "$LOG_DIR/postgres.log" -w -t 60 start >/dev/null || {
    tail -20 "$LOG_DIR/postgres.log" >&2
    die "PostgreSQL did not start"
  }
fi

superuser_psql -d postgres <<SQL
do \$\$ begin
  if not exists (select from pg_roles where rolname = 'tryton') then create role tryton login; end if;
end \$\$;
alter role tryton password '$TRYTON_DB_PASSWORD';
SQL
if [ -z "$(superuser_psql -d postgres -Atc "select 1 from pg_database where datname = '$TRYTON_DB'")" ]; then
  superuser_psql -d postgres -c "create database $TRYTON_DB owner tryton encoding 'UTF8' template template0"
  as postgres "$PG_BIN/pg_restore" -h "$RUN_DIR" -p "$TRYTON_PG_PORT" -U postgres -d "$TRYTON_DB" \
    --no-acl --no-publications --exit-on-error <"$HERE/erp-small.dump"
  superuser_psql -d "$TRYTON_DB" -c analyze
fi

cat >"$TRYTOND_CONF" <<CONF
[web]
listen = 127.0.0.1:$TRYTON_HTTP_PORT
root =
[database]
uri = postgresql://tryton:$TRYTON_DB_PASSWORD@127.0.0.1:$TRYTON_PG_PORT
path = $TRYTON_HOME/attach
[queue]
worker = False
CONF
chown root:tryton "$TRYTOND_CONF"
chmod 640 "$TRYTOND_CONF"

answers() {
  curl -fsS -m 5 -o /dev/null -H 'Content-Type: application/json' \
    -d '{"id":0,"method":"common.server.version","params":[]}' "http://127.0.0.1:$TRYTON_HTTP_PORT/" 2>/dev/null
}
if ! answers; then
  # Not through as(): $! must be trytond itself, which setpriv and setsid become, and not a subshell.
  setpriv --reuid tryton --regid tryton --init-groups -- setsid trytond -c "$TRYTOND_CONF" -d "$TRYTON_DB" \
    >"$LOG_DIR/trytond.log" 2>&1 </dev/null &
  echo $! >"$TRYTOND_PID"
  for _ in $(seq 1 120); do
    ! answers || break
    kill -0 "$(cat "$TRYTOND_PID")" 2>/dev/null || {
      tail -20 "$LOG_DIR/trytond.log" >&2
      die "trytond ended"
    }
    sleep 0.5
  done
  answers || die "trytond does not answer on port $TRYTON_HTTP_PORT"
fi
echo "Tryton answers at http://127.0.0.1:$TRYTON_HTTP_PORT/$TRYTON_DB/"
