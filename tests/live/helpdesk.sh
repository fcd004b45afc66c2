#!/bin/bash
# django-helpdesk, a ticketing product that is not ours, on loopback: a login form, web sessions, basic authentication
# and API tokens, with the administration pages it comes with.
#
#   helpdesk.sh install DIR   installs it into DIR/helpdesk, once
#   helpdesk.sh start DIR [SESSIONS]
#                             starts it on a free port with users of its own, prints NAME=value lines and READY, and
#                             runs until SIGTERM or until the pipe at its standard input is closed. SESSIONS is
#                             `db` (the default) or `signed_cookies`
#
# `start` writes passwords to standard output: they are made up anew each time and open nothing else.
set -euo pipefail

usage() { sed -n '5,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$2/helpdesk"
dir="$(cd "$2/helpdesk" && pwd)"
packages=(django-helpdesk==2.6.1 django==5.2.19 djangorestframework==3.18.3 waitress==3.0.2)

install_once() {
  [ "$(cat "$dir/.installed" 2>/dev/null)" = "${packages[*]}" ] && return
  [ -x "$dir/venv/bin/python" ] || python3 -m venv "$dir/venv" >&2
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  echo "${packages[*]}" > "$dir/.installed"
}

install() {
  # Tests that start together install once.
  (
    if command -v flock >/dev/null; then flock 9; fi
    install_once
  ) 9>"$dir/.lock"
}

case "$1" in
  install) install ;;
  # exec: whoever stops this script stops the server itself, and there is nothing else to stop.
  start) install; exec "$dir/venv/bin/python" "$here/helpdesk/server.py" "${3:-db}" ;;
  *) usage ;;
esac
