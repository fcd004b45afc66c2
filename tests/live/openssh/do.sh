#!/bin/bash
# What an administrator does at the server, one word each. `server.env` says where it is.
set -euo pipefail
. ./server.env
home=$(getent passwd "$ACME_USER" | cut -d: -f6)
listed=$home/.ssh/authorized_keys

# revoke NAME: puts what NAME holds on the list, which is replaced at once.
revoke() {
  cp "$WORK/krl" "$WORK/krl.new"
  ssh-keygen -q -k -u -f "$WORK/krl.new" "${@}"
  mv "$WORK/krl.new" "$WORK/krl"
}

for word; do
  case $word in
    lock) usermod -p '!*' "$ACME_USER" ;;
    expire) chage -E 0 "$ACME_USER" ;;
    nologin) usermod -s "$(command -v nologin || echo /usr/sbin/nologin)" "$ACME_USER" ;;
    remove-key) cat "$WORK/second.pub" "$WORK/by.pub" > "$listed" ;;
    revoke-serial)
      echo 'serial: 7' > "$WORK/spec"
      revoke -s "$WORK/ca.pub" "$WORK/spec"
      ;;
    revoke-key) revoke "$WORK/key.pub" ;;
    restart)
      kill "$(cat "$WORK/pid")"
      while [ -e "$WORK/pid" ]; do sleep 0.02; done
      /usr/sbin/sshd -f "$WORK/config" -E "$WORK/log"
      while [ ! -s "$WORK/pid" ]; do sleep 0.02; done
      ;;
    end-sessions) pkill -KILL -u "$ACME_USER" || true ;;
    break-list) echo junk > "$WORK/krl" ;;
    lose-list) rm "$WORK/krl" ;;
    loosen) chmod 777 "$home" ;;
    few-tries)
      sed -i '1i MaxAuthTries 1' "$WORK/config"
      kill -HUP "$(cat "$WORK/pid")"
      sleep 0.5
      ;;
    crowd)
      # Connections that say nothing take all the places there are.
      for _ in $(seq 25); do
        (exec 3<>"/dev/tcp/127.0.0.1/$PORT"; sleep 6) >/dev/null 2>&1 &
      done
      sleep 0.5
      ;;
    *) echo "do.sh: $word?" >&2; exit 2 ;;
  esac
done
