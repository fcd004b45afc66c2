# end.sh ROLE: ends one role in its own way.
set -eu
sql() { PGPASSWORD=$POSTGRES_ADMIN_PASSWORD "$POSTGRES_BIN/psql" -h "${POSTGRES_SERVER%:*}" -p "${POSTGRES_SERVER#*:}" -U admin -d "${2:-postgres}" -qX -v ON_ERROR_STOP=1 -c "$1"; }
end_sessions() { sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $1"; }

case "$1" in
  nologin) sql "ALTER ROLE sup_nologin NOLOGIN" ;;
  expired) sql "ALTER ROLE sup_expired VALID UNTIL '2000-01-01'" ;;
  changed) sql "ALTER ROLE sup_changed PASSWORD 'second'" ;;
  trusted) sql "ALTER ROLE sup_trusted PASSWORD 'second'" ;;
  member) sql "REVOKE team FROM sup_member" ;;
  shut) sql "REVOKE CONNECT ON DATABASE shut FROM PUBLIC" ;;
  dropped) sql "DROP ROLE sup_dropped" ;;
  # In the right order, and with an eye to those without a name.
  ended)
    role=$(sql "COPY (SELECT oid FROM pg_roles WHERE rolname = 'sup_ended') TO STDOUT")
    sql "DROP ROLE sup_ended"
    end_sessions "usesysid = $role"
    ;;
  no_password) sql "ALTER ROLE sup_no_password PASSWORD NULL" ;;
  limited) sql "ALTER ROLE sup_limited CONNECTION LIMIT 0" ;;
  rejected)
    sed -i '1i host all sup_rejected 127.0.0.1/32 reject' "$POSTGRES_WORK/db/pg_hba.conf"
    sql "SELECT pg_reload_conf()"
    ;;
  card)
    cd "$POSTGRES_WORK/ca"
    openssl ca -config openssl.cnf -keyfile ca.key -cert ca.crt -revoke sup_card.crt
    openssl ca -config openssl.cnf -keyfile ca.key -cert ca.crt -gencrl -out crl.pem
    sql "SELECT pg_reload_conf()"
    ;;
  card_dropped) sql "DROP ROLE sup_card_dropped" ;;
  *) echo "no such role: $1" >&2; exit 2 ;;
esac
