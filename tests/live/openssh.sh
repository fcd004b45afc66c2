#!/bin/bash
# OpenSSH's server, on loopback, with accounts of its own that are removed at the end. Needs root.
#
#   openssh.sh install DIR   installs it, once
#   openssh.sh start DIR     makes two accounts, keys and certificates, starts a server on a free port, prints
#                            NAME=value lines and READY, and runs until SIGTERM or until the pipe at its standard
#                            input is closed; USE_PAM=no in the environment is told to the server
#
# What was measured on it without doornail is in openssh/expected.tsv.
set -euo pipefail

usage() { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
mkdir -p "$2"
dir="$(cd "$2" && pwd)"

install_once() {
  [ -x /usr/sbin/sshd ] && return
  local policy=/usr/sbin/policy-rc.d mine=
  # A package starts its service when it is installed, unless this forbids it.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    mine=yes
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends \
    openssh-server openssh-client >&2
  [ -z "$mine" ] || rm -f "$policy"
}

install() {
  # Tests that start together install once.
  (
    if command -v flock >/dev/null; then flock 9; fi
    install_once
  ) 9>"$dir/.openssh.lock"
}

account() { # account NAME KEY...
  local name=$1 home
  shift
  useradd --create-home --shell /bin/bash "$name"
  # Neither a password nor a locked account.
  usermod -p '*' "$name"
  home=$(getent passwd "$name" | cut -d: -f6)
  mkdir "$home/.ssh"
  cat "$@" > "$home/.ssh/authorized_keys"
  chown -R "$name:" "$home/.ssh"
  chmod 700 "$home/.ssh"
  chmod 600 "$home/.ssh/authorized_keys"
}

cleanup() {
  trap - EXIT
  [ ! -e "$work/pid" ] || kill "$(cat "$work/pid")" 2>/dev/null || true
  local name
  for name in "$acme" "$globex"; do
    pkill -KILL -u "$name" 2>/dev/null || true
    userdel -rf "$name" 2>/dev/null || true
  done
  rm -rf "$work"
}

start() {
  work=$(mktemp -d)
  acme=dn-a$$ globex=dn-g$$
  trap cleanup EXIT
  trap 'exit 143' TERM INT
  chmod 755 "$work"
  cd "$work"
  local key
  for key in host ca key second certkey by bycert; do ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$key"; done
  ssh-keygen -q -s ca -I supplier-1 -n "$acme" -z 7 -V -5m:+1h certkey.pub
  ssh-keygen -q -s ca -I supplier-2 -n "$acme,$globex" -z 8 -V -5m:+1h bycert.pub
  ssh-keygen -q -k -f krl
  account "$acme" key.pub second.pub by.pub
  account "$globex" by.pub
  mkdir -p /run/sshd
  local tries
  for tries in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + RANDOM % 12000))
    cat > config <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $work/host
PidFile $work/pid
TrustedUserCAKeys $work/ca.pub
RevokedKeys $work/krl
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM ${USE_PAM:-yes}
StrictModes yes
MaxStartups 20
Subsystem sftp internal-sftp
CONFIG
    /usr/sbin/sshd -f "$work/config" -E "$work/log" && [ -s pid ] && break
    [ "$tries" != 9 ] || { cat log >&2; exit 1; }
  done
  # What the scripts of the procedures read.
  cat > server.env <<ENV
WORK=$work
PORT=$port
ACME_USER=$acme
GLOBEX_USER=$globex
ENV
  cat server.env
  echo "URL=ssh://127.0.0.1:$port"
  echo "HOST_KEY=$(cut -d' ' -f1,2 host.pub)"
  echo READY
  exec 3<&0
  cat <&3 >/dev/null &
  wait $!
}

[ "$(id -u)" = 0 ] || { echo "$0: needs root" >&2; exit 1; }
case "$1" in
  install) install ;;
  start) install; start ;;
  *) usage ;;
esac
