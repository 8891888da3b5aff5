#!/bin/bash
# Installs the Debian packages that *.system.test.ts need: Tryton with its PostgreSQL, Chromium, LibreOffice Calc, and Redis.
# Says nothing when all are there; asks for root's rights only when one is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

if is_installed chromium && is_installed tryton-server && is_installed tryton-modules-production-work &&
  is_installed postgresql-15 && is_installed libreoffice-calc-nogui &&
  is_installed redis-server; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo 'The system tests run on Debian 12, whose packages they use. Run `npm test` for all the others.' >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  as_root=(sudo)
  command -v sudo >/dev/null || { echo "Run $PWD/$0 as root once, to install Debian packages." >&2; exit 1; }
fi

"${as_root[@]}" erp/tryton/server/install.sh
for package in chromium libreoffice-calc-nogui redis-server; do
  is_installed "$package" && continue
  # The list of packages may be old or absent.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get install -y -q --no-install-recommends $0 || { apt-get update -q && apt-get install -y -q --no-install-recommends $0; }' "$package"
done
