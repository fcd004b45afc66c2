# end.sh ENTRY: ends one entry in its own way.
set -eu
export LDAPTLS_CACERT=$LDAP_CA
directory() { "$1" -x -H "$LDAP_URL" -D "$LDAP_ADMIN_DN" -y <(printf %s "$LDAP_ADMIN_PASSWORD") "${@:2}" >/dev/null; }
change() { printf 'dn: uid=sup_%s,dc=x\nchangetype: modify\n%s\n' "$1" "$2" | directory ldapmodify; }
replace() { change "$1" $'replace: userPassword\nuserPassword: third'; }
# Somebody tries wrong passwords until the policy locks the account: a right one in between starts the count anew.
wrong() { ! ldapwhoami -x -H "$LDAP_URL" -D "uid=sup_$1,dc=x" -w guess >/dev/null 2>&1; }
is_locked() {
  ldapsearch -x -LLL -H "$LDAP_URL" -D "$LDAP_ADMIN_DN" -y <(printf %s "$LDAP_ADMIN_PASSWORD") \
    -b "uid=sup_$1,dc=x" -s base pwdAccountLockedTime | grep -q '^pwdAccountLockedTime: 20'
}
guess() {
  for _ in $(seq 20); do
    for _ in 1 2 3 4 5 6; do wrong "$1" & done
    wait
    if is_locked "$1"; then return; fi
  done
  exit 3
}

case "$1" in
  locked) change locked $'replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z' ;;
  replaced) replace replaced ;;
  # The one value that is known of is exchanged.
  added) change added $'delete: userPassword\nuserPassword: first-of-sup_added\n-\nadd: userPassword\nuserPassword: third' ;;
  both) replace both ;;
  deleted) directory ldapdelete uid=sup_deleted,dc=x ;;
  guessed) guess guessed ;;
  guessed_replaced) replace guessed_replaced && guess guessed_replaced ;;
  reader) printf 'dn: cn=readers,dc=x\nchangetype: modify\ndelete: member\nmember: uid=sup_reader,dc=x\n' | directory ldapmodify ;;
  plain) replace plain ;;
  stop) kill "$LDAP_PID" ;;
  *) echo "no such entry: $1" >&2; exit 2 ;;
esac
