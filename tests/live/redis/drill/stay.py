"""Signs in to Redis and stays: reads the password from a line, then answers each line by it and who it is."""

import socket
import sys
from urllib.parse import urlsplit

url, user = urlsplit(sys.argv[1]), sys.argv[2]
stream = socket.create_connection((url.hostname, url.port or 6379), timeout=10)
reader = stream.makefile("rb")


def ask(*words):
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    try:
        stream.sendall((f"*{len(words)}\r\n" + "".join(parts)).encode())
        head = reader.readline().decode().rstrip()
    except ConnectionError:
        head = ""
    if not head:
        print("the server closed the connection", file=sys.stderr)
        sys.exit(5)
    if head.startswith("$"):
        return reader.read(int(head[1:]) + 2).decode().rstrip()
    return head


def who():
    said = ask("ACL", "WHOAMI")
    if said.startswith("-") and not said.startswith("-NOPERM "):
        print(said, file=sys.stderr)
        sys.exit(1)
    return said


refused = ask("AUTH", user, sys.stdin.readline().rstrip("\n"))
if refused != "+OK":
    print(refused, file=sys.stderr)
    sys.exit(1)
print("signed in as", who(), flush=True)
for line in sys.stdin:
    print(line.rstrip("\n"), who(), flush=True)
