#!/bin/bash
# OpenLDAP on loopback, with a password policy and entries that a supplier's logins stand for.
#
#   slapd.sh install           installs Debian's packages, once; as root
#   slapd.sh start [OPTION...] starts a server of its own on a free port, prints NAME=value lines and READY, and ends
#                              it on SIGTERM or when the pipe at its standard input is closed
#     plain    without encryption
#     lockout  a refused bind says that the account is locked (ppolicy_use_lockout)
#
# What it writes opens nothing else: the passwords are those of a server that ends with it.
set -euo pipefail

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }

install() {
  [ -x /usr/sbin/slapd ] && command -v ldapmodify >/dev/null && command -v openssl >/dev/null && return
  # The package starts a server of its own otherwise.
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && ours=yes
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slapd ldap-utils openssl >&2
  [ -z "$ours" ] || rm -f "$policy"
}

certificates() {
  local new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
  openssl req -x509 "${new[@]}" -keyout "$work/ca.key" -out "$work/ca.crt" -days 2 -subj /CN=drill
  openssl req "${new[@]}" -keyout "$work/server.key" -out "$work/server.csr" -subj /CN=directory
  openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -out "$work/server.crt" -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n')
}

entry() { # entry NAME PASSWORD
  printf '\ndn: uid=%s,dc=x\nobjectClass: inetOrgPerson\ncn: %s\nsn: %s\nuserPassword: %s\n' "$1" "$1" "$1" "$2"
}

# A policy allows an entry one password; an administrator adds another all the same.
second() {
  printf 'dn: uid=%s,dc=x\nchangetype: modify\nadd: userPassword\nuserPassword: second-of-%s\n\n' "$1" "$1"
}

entries() {
  cat <<'L'
dn: dc=x
objectClass: dcObject
objectClass: organization
o: x
dc: x

dn: cn=pol,dc=x
objectClass: device
objectClass: pwdPolicy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 4
pwdLockoutDuration: 8

dn: cn=data,dc=x
objectClass: device
description: CANARY

dn: cn=readers,dc=x
objectClass: groupOfNames
member: uid=by,dc=x
member: uid=sup_reader,dc=x
L
  local name
  for name in locked replaced deleted guessed guessed_replaced reader plain; do
    entry "sup_$name" "first-of-sup_$name"
  done
  entry sup_added first-of-sup_added
  entry sup_both first-of-sup_both
  entry by first-of-by
  entry observer observer-password
}

start() {
  [ -x /usr/sbin/slapd ] || { echo "no OpenLDAP: run $0 install" >&2; exit 1; }
  local plain= lockout= option
  for option in "$@"; do
    case "$option" in plain) plain=yes ;; lockout) lockout=yes ;; *) usage ;; esac
  done
  work=$(mktemp -d)
  server=
  trap end EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  mkdir "$work/db"
  certificates 2>"$work/openssl.log" || { cat "$work/openssl.log" >&2; exit 1; }
  cat > "$work/slapd.conf" <<C
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile $work/pid
# Whoever sends a name and no password is let in as nobody: what is called right there is nobody's password.
allow bind_anon_cred
${plain:+#}TLSCACertificateFile $work/ca.crt
${plain:+#}TLSCertificateFile $work/server.crt
${plain:+#}TLSCertificateKeyFile $work/server.key
database mdb
suffix "dc=x"
rootdn "cn=admin,dc=x"
rootpw admin-password
directory $work/db
dbnosync
overlay ppolicy
ppolicy_default "cn=pol,dc=x"
${lockout:+ppolicy_use_lockout}
access to attrs=userPassword by anonymous auth by self write by * none
access to dn.base="cn=data,dc=x" by group.exact="cn=readers,dc=x" read by * none
access to attrs=pwdAccountLockedTime,pwdChangedTime,pwdFailureTime by dn.exact="uid=observer,dc=x" read by * none
access to * by users read by anonymous auth
C
  if [ "$(id -u)" = 0 ]; then chown -R openldap "$work"; as=(-u openldap); else as=(); fi
  export LDAPTLS_CACERT=$work/ca.crt
  for _ in $(seq 20); do
    port=$((20000 + RANDOM % 40000))
    /usr/sbin/slapd "${as[@]}" -f "$work/slapd.conf" -h "ldap://127.0.0.1:$port" -d 0 2>>"$work/log" &
    server=$!
    for _ in $(seq 200); do
      kill -0 "$server" 2>/dev/null || break
      admin ldapwhoami >/dev/null 2>&1 && break 2
      sleep 0.05
    done
    kill "$server" 2>/dev/null || true
    server=
  done
  [ -n "$server" ] || { cat "$work/log" >&2; exit 1; }
  entries | admin ldapadd >/dev/null
  { second sup_added; second sup_both; } | admin ldapmodify >/dev/null
  cat <<V
LDAP_URL=ldap://127.0.0.1:$port
LDAP_SERVER=127.0.0.1:$port
LDAP_CA=$work/ca.crt
LDAP_PID=$server
LDAP_ADMIN_DN=cn=admin,dc=x
LDAP_ADMIN_PASSWORD=admin-password
LDAP_OBSERVER_DN=uid=observer,dc=x
LDAP_OBSERVER_PASSWORD=observer-password
READY
V
  # Until whoever started it lets go; a signal is heard meanwhile. What is in the background has no input of its own.
  exec 3<&0
  cat <&3 >/dev/null & wait $! || true
}

admin() { "$1" -x -H "ldap://127.0.0.1:$port" -D cn=admin,dc=x -w admin-password "${@:2}"; }

end() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$work"
}

case "${1:-}" in
  install) install ;;
  start) start "${@:2}" ;;
  *) usage ;;
esac
