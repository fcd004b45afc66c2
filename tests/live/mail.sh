#!/bin/bash
# A mailbox on Dovecot (IMAP, with its cache of answers) and Postfix (SMTP AUTH by way of Dovecot) on loopback.
#
#   mail.sh install DIR   installs both by apt, once
#   mail.sh start DIR     starts them on free ports with two mailboxes, prints NAME=value lines and READY, and
#                         runs until SIGTERM or until the pipe at its standard input is closed
#
# `start` needs root, as Postfix does. CACHE=0 switches the cache off, TTL=10s makes it last longer, and
# ACCOUNTS=file keeps the accounts in a file instead of a database. MAIL_CONSOLE is the administrator's program:
#
#   console delete USER | restore USER | create USER PASSWORD | password USER PASSWORD | flush | kick USER
#   console break | mend        takes the table, or the file, of the accounts away, and puts it back
#   console use USER PASSWORD   signs in, whatever comes of it
set -euo pipefail

usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
export LC_ALL=C
packages=(dovecot-imapd dovecot-sqlite sqlite3 postfix)
mkdir -p "$2"
lock=$2/.mail.lock

# Tests that start together install once.
install() { (
  flock 9
  install_once
) 9>"$lock"; }

install_once() {
  local policy=/usr/sbin/policy-rc.d ours=
  if [ -x /usr/sbin/dovecot ] && [ -x /usr/sbin/postfix ] && [ -f /usr/lib/dovecot/modules/auth/libdriver_sqlite.so ] &&
    command -v sqlite3 >/dev/null; then return; fi
  # What is installed would start by itself.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=600 --no-install-recommends "${packages[@]}" >&2
  if [ -n "$ours" ]; then rm -f "$policy"; fi
}

# Ports that were free a moment ago, each another one.
free_ports() {
  local port found=()
  while [ ${#found[@]} -lt "$1" ]; do
    port=$((20000 + RANDOM % 12000))
    if [[ " ${found[*]} " != *" $port "* ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      found+=("$port")
    fi
  done
  echo "${found[@]}"
}

listening() {
  local _
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.05
  done
  cat "$w"/log* >&2
  return 1
}

dovecot_conf() {
  cat <<C
base_dir = $w/run
log_path = $w/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:~/Maildir
auth_mechanisms = plain login
auth_cache_size = ${CACHE:-1M}
auth_cache_ttl = ${TTL:-3s}
auth_cache_negative_ttl = 1s
auth_failure_delay = 0
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  inet_listener {
    port = $auth
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
C
  local driver="driver = sql
  args = $w/sql.conf"
  if [ "${ACCOUNTS:-database}" = file ]; then
    driver="driver = passwd-file
  args = $w/accounts"
  fi
  cat <<C
passdb {
  $driver
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$w/mail/%u
}
C
}

postfix_conf() {
  cat <<C
compatibility_level = 3.6
queue_directory = $w/spool
data_directory = $w/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $w/log-postfix
maillog_file_prefixes = $w
myhostname = mail.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
default_transport = discard
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_rate_limit = 0
C
}

postfix_services() {
  cat <<C
127.0.0.1:$smtp inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
C
}

# The administrator's program.
console() {
  cat <<C
#!/bin/bash
set -euo pipefail
db=$w/accounts.db file=$w/accounts
sql() { sqlite3 -cmd '.timeout 5000' "\$db" "\$1"; }
case "\$1" in
  delete) sql "insert or replace into deleted select * from accounts where name = '\$2'; delete from accounts where name = '\$2'"; if [ -f "\$file" ]; then sed -i "/^\$2:/d" "\$file"; fi ;;
  restore) sql "insert into accounts select * from deleted where name = '\$2'" ;;
  create) sql "insert into accounts values ('\$2', '\$3')"; echo "\$2:{PLAIN}\$3" >>"\$file" ;;
  password) "\$0" delete "\$2"; "\$0" create "\$2" "\$3" ;;
  flush) doveadm -c $w/dovecot.conf auth cache flush ;;
  kick) doveadm -c $w/dovecot.conf kick "\$2" ;;
  break) sql 'alter table accounts rename to gone'; mv "\$file" "\$file.gone"
    # It is not read again before.
    doveadm -c $w/dovecot.conf reload ;;
  mend) sql 'alter table gone rename to accounts'; mv "\$file.gone" "\$file" ;;
  use) exec 3<>/dev/tcp/127.0.0.1/$imap; printf 'a LOGIN %s %s\r\nb LOGOUT\r\n' "\$2" "\$3" >&3; cat <&3 >/dev/null ;;
esac
C
}

start() {
  if [ "$(id -u)" != 0 ]; then echo "mail.sh: start needs root, as Postfix does" >&2; exit 1; fi
  install
  w=$(mktemp -d)
  pids=()
  finish() {
    trap - EXIT INT TERM
    # What started Postfix does not end it, and some of what Dovecot started waits for its own time.
    local all
    all="$(cat "$w/spool/pid/master.pid" 2>/dev/null) $(pgrep -P "$(IFS=,; echo "${pids[*]}")" || true) ${pids[*]}"
    # shellcheck disable=SC2086 # One word a process.
    kill $all 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
    rm -rf "$w"
  }
  trap finish EXIT
  trap 'exit 0' INT TERM
  read -r imap smtp auth < <(free_ports 3)
  mkdir -p "$w"/{run,mail,spool,data,postfix}
  chmod 755 "$w"
  chown nobody:nogroup "$w/mail"
  chown postfix "$w/data"
  local columns='(name text primary key, password text)'
  sqlite3 "$w/accounts.db" "create table accounts $columns; create table deleted $columns"
  cat >"$w/sql.conf" <<C
driver = sqlite
connect = $w/accounts.db
default_pass_scheme = PLAIN
password_query = SELECT name AS user, password FROM accounts WHERE name = '%u'
C
  console >"$w/console"
  chmod +x "$w/console"
  local acme globex
  acme=$(head -c 12 /dev/urandom | base64 | tr -d '+/=')
  globex=$(head -c 12 /dev/urandom | base64 | tr -d '+/=')
  "$w/console" create support@acme.example "$acme"
  "$w/console" create support@globex.example "$globex"
  chmod a+r "$w"/accounts*
  dovecot_conf >"$w/dovecot.conf"
  postfix_conf >"$w/postfix/main.cf"
  postfix_services >"$w/postfix/master.cf"
  /usr/sbin/dovecot -F -c "$w/dovecot.conf" <&- >&2 &
  pids+=($!)
  listening "$auth"
  postfix -c "$w/postfix" start-fg <&- >&2 2>/dev/null &
  pids+=($!)
  listening "$imap"
  listening "$smtp"
  echo "MAIL_IMAP=imap://127.0.0.1:$imap"
  echo "MAIL_SMTP=smtp://127.0.0.1:$smtp"
  echo "MAIL_CONSOLE=$w/console"
  echo "ACME_PW=$acme"
  echo "GLOBEX_PW=$globex"
  echo READY
  # A signal interrupts waiting, not reading.
  cat >/dev/null <&0 &
  wait $! || true
}

case "$1" in
  install) install ;;
  start) start ;;
  *) usage ;;
esac
