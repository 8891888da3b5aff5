#!/bin/bash
# Ends trytond and the PostgreSQL that start.sh started. `stop.sh --wipe` deletes the data too.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
cd /
if [ -f "$TRYTOND_PID" ]; then
  pid=$(cat "$TRYTOND_PID")
  # Only our own: its command line names our configuration.
  if grep -qaF -- "$TRYTOND_CONF" "/proc/$pid/cmdline" 2>/dev/null; then
    kill "$pid"
    for _ in $(seq 1 40); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.25
    done
    ! kill -0 "$pid" 2>/dev/null || kill -9 "$pid"
  fi
  rm -f "$TRYTOND_PID"
fi
if [ -f "$PG_DATA/postmaster.pid" ]; then
  as postgres "$PG_BIN/pg_ctl" -D "$PG_DATA" -m fast -w stop >/dev/null || true
fi
if [ "${1:-}" = --wipe ]; then
  rm -rf "$PG_DATA" "$RUN_DIR" "$LOG_DIR" "$TRYTON_HOME/attach" "$TRYTOND_CONF"
  # Somebody else may be wiping it as well.
  [ ! -d "$TRYTON_HOME" ] || rmdir --ignore-fail-on-non-empty "$TRYTON_HOME" 2>/dev/null || true
fi
