#!/bin/bash
# npm's oidc-provider, a certified OAuth 2.0 / OpenID Connect server that is not ours, on loopback.
#
#   oidc-provider.sh install DIR   installs it into DIR, once
#   oidc-provider.sh start DIR     starts it with two resource servers on free ports, signs two users in,
#                                  prints NAME=value lines and READY, and runs until SIGTERM or until the
#                                  pipe at its standard input is closed
#   oidc-provider.sh measure DIR   prints what it answers before and after each action; see expected.tsv
#
# `start` writes secrets to standard output: they are made up anew each time and open nothing else.
set -euo pipefail

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$2"
dir="$(cd "$2" && pwd)"
least=22
packages=(oidc-provider@9.13.3 jose@6.2.13)

new_enough() { command -v node >/dev/null && [ "$(node -p 'parseInt(process.versions.node)')" -ge "$least" ]; }
private_node() { PATH="$dir/.node/node_modules/node/bin:$PATH"; export PATH; }

install_once() {
  local quiet=(--no-audit --no-fund --loglevel=error)
  if ! new_enough && [ ! -x "$dir/.node/node_modules/node/bin/node" ]; then
    mkdir -p "$dir/.node"
    echo '{"private":true}' > "$dir/.node/package.json"
    (cd "$dir/.node" && npm install "${quiet[@]}" node@24 >&2)
  fi
  new_enough || private_node
  [ "$(cat "$dir/.installed" 2>/dev/null)" = "${packages[*]}" ] && return
  echo '{"private":true,"type":"module"}' > "$dir/package.json"
  (cd "$dir" && npm install "${quiet[@]}" "${packages[@]}" >&2)
  echo "${packages[*]}" > "$dir/.installed"
}

install() {
  # Tests that start together install once.
  (
    if command -v flock >/dev/null; then flock 9; fi
    install_once
  ) 9>"$dir/.lock"
  new_enough || private_node
}

case "$1" in
  install) install ;;
  # exec: whoever stops this script stops the server itself, and there is nothing else to stop.
  start) install; exec node "$here/oidc/server.mjs" "$dir" ;;
  measure) install; exec node "$here/oidc/measure.mjs" "$dir" ;;
  *) usage ;;
esac
