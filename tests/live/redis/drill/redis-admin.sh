#!/bin/sh
# One command of the administrator; or `reload`, which takes a user out of the file of users; or `restart`.
set -eu
export REDISCLI_AUTH="$REDIS_ADMIN_PASSWORD"
redis() { redis-cli --no-auth-warning -e -u "$REDIS_URL" --user drill "$@"; }
case "$1" in
  delete-in-file)
    sed -i "/^user $2 /d" "$REDIS_ACL_FILE"
    redis ACL LOAD
    ;;
  restart)
    redis SHUTDOWN NOSAVE || true
    until redis PING 2>/dev/null | grep -q PONG; do sleep 0.05; done
    ;;
  *) redis "$@" ;;
esac
