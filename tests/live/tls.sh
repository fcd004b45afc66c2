#!/bin/bash
# A gateway for partners who show client certificates: nginx with an authority of its own, on loopback. Each partner has
# an entrance for TLS 1.3 and one for TLS 1.2, with ticket keys of its own.
#
#   tls.sh install DIR   installs nginx by apt, once
#   tls.sh start DIR     starts it on free ports with two partners, prints NAME=value lines and READY, and runs until
#                        SIGTERM or until the pipe at its standard input is closed
#   tls.sh measure DIR   prints what it answers before and after each action; see tls/expected.tsv
#
# GATEWAY_CONSOLE is the administrator's program:
#
#   console revoke NAME     puts a certificate on the revocation list
#   console rotate PARTNER  makes new ticket keys for a partner's entrances
#   console distrust        trusts another authority than the one that issued the certificates
#   console list-expired    puts a revocation list in place whose time is up
#   console ask-nobody      asks for certificates no more
set -euo pipefail

usage() { sed -n '2,18s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
export LC_ALL=C
here="$(cd "$(dirname "$0")" && pwd)"
PATH=$PATH:/usr/sbin

install() {
  local policy=/usr/sbin/policy-rc.d ours=
  if command -v nginx >/dev/null && command -v openssl >/dev/null && command -v curl >/dev/null && command -v python3 >/dev/null; then return; fi
  # What is installed would start by itself.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light openssl curl python3 >&2
  if [ -n "$ours" ]; then rm -f "$policy"; fi
}

# Of five that are free now.
free_ports() {
  python3 -c '
import socket
all = [socket.socket() for _ in range(5)]
for one in all: one.bind(("127.0.0.1", 0))
print(*[one.getsockname()[1] for one in all])'
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
authority() {
  new_key "$1.key"
  openssl req -x509 -new -config authority.cnf -extensions authority -key "$1.key" -subj "/CN=$2" -days 30 -out "$1.pem"
}
issue() {
  new_key "issued/$1.key"
  openssl req -new -config authority.cnf -key "issued/$1.key" -subj "/CN=$2" -out "$1.csr"
  openssl ca -batch -config authority.cnf -in "$1.csr" -out "issued/$1.pem" -notext
}
list() { openssl ca -config authority.cnf -gencrl -out list.pem "$@"; }

make() {
  cat >authority.cnf <<C
[ca]
default_ca = partners
[partners]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = partners.pem
private_key = partners.key
default_md = sha256
policy = policy
default_crl_days = 30
default_days = 30
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[server]
subjectAltName = IP:127.0.0.1
C
  mkdir issued
  touch index.txt
  echo 1000 >serial
  echo 01 >crlnumber
  authority partners "Partners of ours"
  authority others "Somebody else"
  issue maya maya@acme.example
  issue sam sam@globex.example
  new_key server.key
  openssl req -x509 -new -config authority.cnf -extensions server -key server.key -subj "/CN=gateway" -days 30 -out server.pem
  list
  for partner in acme globex; do openssl rand -out "$partner.tickets" 80; done
  echo 'trusts=partners asks=on generation=0' >now
}

entrance() { # PORT PARTNER PROTOCOL
  cat <<C
  server {
    listen 127.0.0.1:$1 ssl;
    ssl_certificate $work/server.pem;
    ssl_certificate_key $work/server.key;
    ssl_protocols $3;
    ssl_session_ticket_key $work/$2.tickets;
    ssl_session_cache none;
    ssl_client_certificate $work/$trusts.pem;
    $([ "$asks" = off ] || echo "ssl_crl $work/list.pem;")
    ssl_verify_client $asks;
    error_page 495 496 = @refused;
    default_type application/json;
    location @refused { return 403 '{"verify":"\$ssl_client_verify"}'; }
    location / { return 200 '{"user":"\$ssl_client_s_dn","verify":"\$ssl_client_verify","resumed":"\$ssl_session_reused"}'; }
  }
C
}

configure() {
  . ./now
  {
    cat <<C
pid $work/pid;
error_log $work/log warn;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path $work/t1;
  proxy_temp_path $work/t2;
  fastcgi_temp_path $work/t3;
  uwsgi_temp_path $work/t4;
  scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$p0; location / { return 200 'generation $generation\n'; } }
C
    entrance "$p1" acme TLSv1.3
    entrance "$p2" acme TLSv1.2
    entrance "$p3" globex TLSv1.3
    entrance "$p4" globex TLSv1.2
    echo '}'
  } >nginx.conf
}

# Old and new workers answer side by side for a moment.
settled() {
  local seen=0 _
  for _ in $(seq 2000); do
    if [ "$(curl -s "http://127.0.0.1:$p0/")" = "generation $generation" ]; then seen=$((seen + 1)); else seen=0; fi
    if [ $seen -ge 5 ]; then return; fi
    sleep 0.02
  done
  cat "$work/log" >&2
  return 1
}

console() {
  work=$(cd "$(dirname "$0")" && pwd)
  cd "$work"
  . ./ports
  . ./now
  case "$1" in
    revoke) openssl ca -config authority.cnf -revoke "issued/$2.pem" && list ;;
    rotate) openssl rand -out "$2.tickets" 80 ;;
    distrust) trusts=others ;;
    list-expired) list -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z ;;
    ask-nobody) asks=off ;;
    *) exit 2 ;;
  esac
  generation=$((generation + 1))
  echo "trusts=$trusts asks=$asks generation=$generation" >now
  configure
  kill -HUP "$(cat pid)"
  settled
}

serve() {
  work=$(mktemp -d)
  cd "$work"
  read -r p0 p1 p2 p3 p4 <<<"$(free_ports)"
  echo "p0=$p0 p1=$p1 p2=$p2 p3=$p3 p4=$p4" >ports
  make >&2 2>made || { cat made >&2; exit 1; }
  { echo '#!/bin/bash'; echo 'set -euo pipefail'; echo 'export LC_ALL=C'; declare -f list entrance configure settled console; echo 'console "$@"'; } >console
  chmod +x console
  configure
  nginx -e "$work/log" -c "$work/nginx.conf" -g 'daemon off;' </dev/null >>log 2>&1 &
  server=$!
  trap 'kill "$server" 2>/dev/null || true; wait "$server" || true; cd /; rm -rf "$work"' EXIT
  trap 'exit 0' TERM INT
  settled
  echo "GATEWAY_CA=$work/server.pem"
  echo "GATEWAY_CERTIFICATES=$work/issued"
  echo "GATEWAY_CONSOLE=$work/console"
  echo "ACME_ENTRANCE=https://127.0.0.1:$p1"
  echo "ACME_OLDER_ENTRANCE=https://127.0.0.1:$p2"
  echo "GLOBEX_ENTRANCE=https://127.0.0.1:$p3"
  echo "GLOBEX_OLDER_ENTRANCE=https://127.0.0.1:$p4"
  echo READY
  # A read that ends is a pipe that was closed; in the background, so that a signal is heard at once.
  cat <&0 >/dev/null &
  wait $!
}

case "$1" in
  install) install ;;
  start) install; serve ;;
  measure) install; python3 "$here/tls/measure.py" "$0" "$2" ;;
  *) usage ;;
esac
