#!/bin/bash
# PostgreSQL on loopback, with roles that a supplier's logins stand for.
#
#   postgres.sh install        installs Debian's packages, once; as root
#   postgres.sh start          starts a server of its own on a free port, prints NAME=value lines and READY, and
#                              ends it on SIGTERM or when the pipe at its standard input is closed
#   postgres.sh start plain    the same without encryption
#
# What it writes opens nothing else: the passwords are those of a server that ends with it.
set -euo pipefail

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

install() {
  [ -n "$(programs)" ] && command -v openssl >/dev/null && return
  # The package starts a server of its own otherwise.
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && ours=yes
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql openssl >&2
  [ -z "$ours" ] || rm -f "$policy"
}

# as_server COMMAND...: PostgreSQL does not run as root.
as_server() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

authority() {
  cd "$work/ca"
  cat > openssl.cnf <<'C'
[ca]
default_ca = drill
[drill]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 2
default_crl_days = 2
policy = name
unique_subject = no
[name]
commonName = supplied
C
  touch index.txt
  echo 01 | tee serial > crlnumber
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 \
    -subj /CN=drill -addext keyUsage=critical,keyCertSign,cRLSign
  issue server 'subjectAltName=IP:127.0.0.1,DNS:localhost
extendedKeyUsage=serverAuth'
  for role in sup_card sup_card_dropped by_card; do issue "$role" extendedKeyUsage=clientAuth; done
  crl
  cd - >/dev/null
}

# issue NAME EXTENSIONS
issue() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  openssl ca -batch -config openssl.cnf -keyfile ca.key -cert ca.crt -in "$1.csr" -out "$1.crt" -notext \
    -extfile <(printf 'basicConstraints=CA:FALSE\n%s\n' "$2")
}

crl() { openssl ca -config openssl.cnf -keyfile ca.key -cert ca.crt -gencrl -out crl.pem; }

start() {
  bin=$(programs)
  [ -n "$bin" ] || { echo "no PostgreSQL: run $0 install" >&2; exit 1; }
  work=$(mktemp -d)
  trap end EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  mkdir "$work/ca" "$work/s"
  printf %s admin-password > "$work/pw"
  authority 2>"$work/openssl.log" || { cat "$work/openssl.log" >&2; exit 1; }
  [ "$(id -u)" != 0 ] || chown -R postgres "$work"
  chmod 755 "$work"
  as_server "$bin/initdb" -D "$work/db" -U admin -A scram-sha-256 --pwfile="$work/pw" --no-sync --no-locale -E UTF8 >"$work/init.log"
  cat > "$work/db/pg_hba.conf" <<'C'
host all sup_trusted 127.0.0.1/32 trust
hostssl all sup_card,sup_card_dropped,by_card 127.0.0.1/32 cert
host all all 127.0.0.1/32 scram-sha-256
C
  cat >> "$work/db/postgresql.conf" <<C
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work/s'
fsync = off
ssl_ca_file = '$work/ca/ca.crt'
ssl_cert_file = '$work/ca/server.crt'
ssl_key_file = '$work/ca/server.key'
ssl_crl_file = '$work/ca/crl.pem'
ssl = $([ "$1" = plain ] && echo off || echo on)
C
  for _ in $(seq 20); do
    port=$((20000 + RANDOM % 40000))
    as_server "$bin/pg_ctl" -D "$work/db" -o "-p $port" -l "$work/s/log" -t 20 -w start >/dev/null 2>&1 && break
    port=
  done
  [ -n "$port" ] || { cat "$work/s/log" >&2; exit 1; }
  export PGHOST=127.0.0.1 PGPORT=$port PGUSER=admin PGPASSWORD=admin-password PGDATABASE=postgres PATH="$bin:$PATH"
  roles
  cat <<V
POSTGRES_SERVER=127.0.0.1:$port
POSTGRES_CA=$work/ca/ca.crt
POSTGRES_WORK=$work
POSTGRES_BIN=$bin
POSTGRES_ADMIN_USER=admin
POSTGRES_ADMIN_PASSWORD=admin-password
READY
V
  # Until whoever started it lets go; a signal is heard meanwhile. What is in the background has no input of its own.
  exec 3<&0
  cat <&3 >/dev/null & wait $! || true
}

roles() {
  local role
  {
    echo "CREATE ROLE team NOLOGIN;"
    echo "CREATE TABLE customers AS SELECT 'CANARY'::text AS v; GRANT SELECT ON customers TO team;"
    for role in nologin expired changed member shut dropped ended no_password limited rejected trusted; do
      echo "CREATE ROLE sup_$role LOGIN PASSWORD 'first-of-sup_$role' IN ROLE team;"
    done
    echo "CREATE ROLE by LOGIN PASSWORD 'first-of-by' IN ROLE team;"
    for role in sup_card sup_card_dropped by_card; do echo "CREATE ROLE $role LOGIN IN ROLE team;"; done
  } | psql -qX -v ON_ERROR_STOP=1
  psql -qX -v ON_ERROR_STOP=1 -c "CREATE DATABASE shut TEMPLATE postgres"
}

end() {
  as_server "$bin/pg_ctl" -D "$work/db" -m immediate -t 20 -w stop >/dev/null 2>&1 || true
  rm -rf "$work"
}

case "${1:-}" in
  install) install ;;
  start) start "${2:-encrypted}" ;;
  *) usage ;;
esac
