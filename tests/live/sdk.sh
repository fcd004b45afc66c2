#!/bin/bash
# The platforms' own SDKs, and programs that offboard somebody with them.
#
#   sdk.sh install DIR        installs the SDKs of sdk/requirements.txt and sdk/package.json into DIR, once
#   sdk.sh run DIR PROGRAM    runs sdk/PROGRAM with them; the mocks' variables are in its environment
set -euo pipefail

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
here="$(cd "$(dirname "$0")" && pwd)/sdk"
mkdir -p "$2"
dir="$(cd "$2" && pwd)"
least=20

new_enough() { command -v node >/dev/null && [ "$(node -p 'parseInt(process.versions.node)')" -ge "$least" ]; }
private_node() { PATH="$dir/.node/node_modules/node/bin:$PATH"; export PATH; }
pins() { cat "$here/requirements.txt" "$here/package-lock.json"; }

install_once() {
  local quiet=(--no-audit --no-fund --loglevel=error)
  if ! new_enough && [ ! -x "$dir/.node/node_modules/node/bin/node" ]; then
    mkdir -p "$dir/.node"
    echo '{"private":true}' > "$dir/.node/package.json"
    (cd "$dir/.node" && npm install "${quiet[@]}" node@24 >&2)
  fi
  new_enough || private_node
  [ "$(readlink "$dir/sdk")" = "$here" ] || ln -sfn "$here" "$dir/sdk"
  pins | cmp --silent - "$dir/.installed" && return
  python3 -m venv --clear "$dir/venv" >&2
  "$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
  cp "$here/package.json" "$here/package-lock.json" "$dir/"
  (cd "$dir" && npm ci "${quiet[@]}" >&2)
  pins > "$dir/.installed"
}

install() {
  # Tests that start together install once.
  (
    if command -v flock >/dev/null; then flock 9; fi
    install_once
  ) 9>"$dir/.lock"
  new_enough || private_node
}

# exec: whoever stops this script stops the program itself, and there is nothing else to stop.
run() {
  local program=$1
  install
  case "$program" in
    *.py) exec "$dir/venv/bin/python" -B "$here/$program" ;;
    # Node looks for packages in the folders above a program: above the link, not above what it is a link to.
    *.mjs) exec node --preserve-symlinks --preserve-symlinks-main "$dir/sdk/$program" ;;
    *) usage ;;
  esac
}

case "$1" in
  install) install ;;
  run) [ $# -eq 3 ] || usage; run "$3" ;;
  *) usage ;;
esac
