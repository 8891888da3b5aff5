# Settings that the scripts of this folder share. Each can be set from outside.
#
#   install.sh     Debian packages of Tryton 6.0 and PostgreSQL 15; starts nothing
#   start.sh       a PostgreSQL of its own with the database of erp-small.dump, and trytond; both on 127.0.0.1
#   scale.sh N     clones its sales up to N outgoing movements
#   stop.sh        ends both; with --wipe the data goes too
#
# The database was written by Tryton itself, through its API: 3 warehouses, 40 customers, 60 products, 300 sales,
# 75 purchases, 75 productions. Skiff's role and publication are not in it: `npm start -- erp-setup` prints them.
set -a
LC_ALL=C.UTF-8
TZ=UTC
: "${TRYTON_HOME:=${TMPDIR:-/tmp}/skiff-tryton}" # data, logs, process ids
: "${TRYTON_DB:=erp}"
: "${TRYTON_PG_PORT:=55432}"
: "${TRYTON_HTTP_PORT:=58000}"
: "${TRYTON_DB_PASSWORD:=tryton-pw}" # of the role `tryton`, which owns the tables
set +a
# ERP users in the dump: admin / skiff-admin-1, and skiff / skiff-erp-1, who may not administrate.
PG_BIN=/usr/lib/postgresql/15/bin
PG_DATA=$TRYTON_HOME/pg
RUN_DIR=$TRYTON_HOME/run # the superuser's socket
LOG_DIR=$TRYTON_HOME/log
TRYTOND_CONF=$TRYTON_HOME/trytond.conf
TRYTOND_PID=$RUN_DIR/trytond.pid

as() {
  local user=$1
  shift
  setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
}
superuser_psql() {
  as postgres "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$RUN_DIR" -p "$TRYTON_PG_PORT" -U postgres "$@"
}
