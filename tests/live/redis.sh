#!/bin/bash
# Redis with users of its own (ACL), on loopback. No code of doornail knows it: `redis/drill/` is files alone.
#
#   redis.sh install DIR   installs it by apt, once
#   redis.sh start DIR     starts it on a free port with two users, prints NAME=value lines and READY, and runs until
#                          SIGTERM or until the pipe at its standard input is closed
#   redis.sh measure DIR   prints what it answers before and after each action; see redis/expected.tsv
#
# The passwords are made up anew each time and open nothing else. A server that is shut down comes back, as under
# any supervisor.
set -euo pipefail

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
export LC_ALL=C
here="$(cd "$(dirname "$0")" && pwd)"

install() {
  local policy=/usr/sbin/policy-rc.d ours=
  if command -v redis-server >/dev/null && command -v redis-cli >/dev/null && command -v python3 >/dev/null; then return; fi
  # What is installed would start by itself.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server python3 >&2
  if [ -n "$ours" ]; then rm -f "$policy"; fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
made_up() { od -An -N15 -tx1 /dev/urandom | tr -d ' \n'; }
answers() { REDISCLI_AUTH=$admin redis-cli -p "$port" --user drill PING 2>/dev/null | grep -q PONG; }

serve() {
  work=$(mktemp -d)
  port=$(free_port)
  admin=$(made_up) maya=$(made_up) sam=$(made_up)
  cat >"$work/users.acl" <<C
user default off
user drill on >$admin ~* &* +@all
user maya on >$maya ~support:* &* +@all -@dangerous
user sam on >$sam ~support:* &* +@all -@dangerous
C
  touch "$work/up"
  (
    while [ -e "$work/up" ]; do
      redis-server --port "$port" --bind 127.0.0.1 --aclfile "$work/users.acl" --save '' --dir "$work" >>"$work/log" 2>&1 </dev/null &
      echo $! >"$work/pid"
      wait $! || true
    done
  ) &
  supervisor=$!
  trap 'rm -f "$work/up"; kill "$(cat "$work/pid")" 2>/dev/null || true; wait "$supervisor" || true; rm -rf "$work"' EXIT
  trap 'exit 0' TERM INT
  local _
  for _ in $(seq 600); do if answers; then break; fi; sleep 0.05; done
  answers || { cat "$work/log" >&2; exit 1; }
  REDIS_URL=redis://127.0.0.1:$port REDIS_ADMIN=$admin ACME_PASSWORD=$maya GLOBEX_PASSWORD=$sam REDIS_ACL_FILE=$work/users.acl
}

case "$1" in
  install) install ;;
  start)
    install
    serve
    for name in REDIS_URL REDIS_ADMIN ACME_PASSWORD GLOBEX_PASSWORD REDIS_ACL_FILE; do echo "$name=${!name}"; done
    echo READY
    # A read that ends is a pipe that was closed; in the background, so that a signal is heard at once.
    cat <&0 >/dev/null &
    wait $!
    ;;
  measure)
    install
    python3 "$here/redis/measure.py" "$0" "$2"
    ;;
  *) usage ;;
esac
