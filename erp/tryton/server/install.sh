#!/bin/bash
# Installs Tryton 6.0 and PostgreSQL 15 from Debian bookworm's packages. Asks nothing, starts nothing, makes no
# cluster, and does nothing when everything is there.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
die() {
  echo "install.sh: $*" >&2
  exit 1
}

# Every Tryton package is held to the 6.0 series: apt takes a pattern after the '='.
TRYTON=(
  tryton-server
  tryton-modules-{country,currency,party,company,product}
  tryton-modules-{account,account-product,account-invoice,account-invoice-stock}
  tryton-modules-{stock,stock-supply,stock-supply-production}
  tryton-modules-{sale,purchase,purchase-request}
  tryton-modules-{production,production-routing,production-work}
)
OTHERS=(postgresql-15 postgresql-client-15 python3-psycopg2 curl)

missing=()
for package in "${TRYTON[@]}"; do
  found=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$package" 2>/dev/null || true)
  case "$found" in "installed 6.0."*) ;; *) missing+=("$package=6.0.*") ;; esac
done
for package in "${OTHERS[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "needs root to install: ${missing[*]}"
. /etc/os-release
[ "${VERSION_CODENAME:-}" = bookworm ] || die "needs Debian bookworm, which has Tryton 6.0; found '${VERSION_CODENAME:-?}'"

# Keeps the packages from starting servers, where nobody has set a policy yet.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
# Keeps postgresql-15 from making a cluster of its own.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi

install() {
  apt-get install -y -q --no-install-recommends \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "${missing[@]}"
}
# The package index may be old or absent: it is refreshed only when the first try fails.
install || {
  apt-get update -q
  install
}
