"""What Redis answers before and after each action, asked without doornail. One server an action."""

import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

SCRIPT, FOLDER = sys.argv[1:]
ACTIONS = [
    ("switch-off", ["ACL", "SETUSER", "maya", "off"]),
    ("password-gone", ["ACL", "SETUSER", "maya", "resetpass"]),
    ("no-commands", ["ACL", "SETUSER", "maya", "-@all"]),
    ("kill-connections", ["CLIENT", "KILL", "USER", "maya"]),
    ("delete", ["ACL", "DELUSER", "maya"]),
    ("delete-unsaved", ["ACL", "DELUSER", "maya"]),
    ("delete-in-file", None),
    ("off-and-cut", ["ACL", "SETUSER", "maya", "off"]),
]


class Server:
    def __enter__(self):
        self.process = subprocess.Popen([SCRIPT, "start", FOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = {}
        for line in self.process.stdout:
            if line.strip() == "READY":
                return self
            name, _, value = line.strip().partition("=")
            self.said[name] = value
        raise SystemExit("it did not start")

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def connect(self, user, password):
        at = urlsplit(self.said["REDIS_URL"])
        line = Line(socket.create_connection((at.hostname, at.port), timeout=10))
        return line, line.ask("AUTH", user, password)


class Line:
    def __init__(self, stream):
        self.stream, self.reader = stream, stream.makefile("rb")

    def ask(self, *words):
        parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
        try:
            self.stream.sendall((f"*{len(words)}\r\n" + "".join(parts)).encode())
            head = self.reader.readline().decode().rstrip()
        except OSError:
            head = ""
        if head.startswith("$"):
            return self.reader.read(int(head[1:]) + 2).decode().rstrip()
        return head or "(closed)"


def verdict(seen):
    if seen == "maya":
        return "alive"
    if seen.startswith("-NOPERM"):
        return "alive, not permitted"
    return "dead" if seen == "(closed)" or seen.startswith("-WRONGPASS") else "inconclusive"


def login(server, user="maya", secret="ACME_PASSWORD"):
    line, said = server.connect(user, server.said[secret])
    return line.ask("ACL", "WHOAMI") if said == "+OK" else said


def restart(server):
    boss, _ = server.connect("drill", server.said["REDIS_ADMIN"])
    boss.ask("SHUTDOWN", "NOSAVE")
    for _ in range(200):
        try:
            line, said = server.connect("drill", server.said["REDIS_ADMIN"])
            if said == "+OK":
                return
        except OSError:
            pass
        time.sleep(0.05)


def row(action, answer, credential, probe, seen):
    print(action, answer, credential, probe, verdict(seen), seen, sep="\t")


print("action", "its answer", "credential", "probe", "verdict", "seen", sep="\t")
for action, words in [("none", [])] + ACTIONS:
    with Server() as server:
        kept, said = server.connect("maya", server.said["ACME_PASSWORD"])
        other, _ = server.connect("sam", server.said["GLOBEX_PASSWORD"])
        assert said == "+OK" and kept.ask("ACL", "WHOAMI") == "maya"
        boss, _ = server.connect("drill", server.said["REDIS_ADMIN"])
        answer = "nothing done"
        if words is None:
            with open(server.said["REDIS_ACL_FILE"]) as file:
                lines = [line for line in file if not line.startswith("user maya ")]
            with open(server.said["REDIS_ACL_FILE"], "w") as file:
                file.writelines(lines)
            words = ["ACL", "LOAD"]
        if words:
            answer = boss.ask(*words)
        if action == "off-and-cut":
            answer += " " + boss.ask("CLIENT", "KILL", "USER", "maya")
        seen = kept.ask("ACL", "WHOAMI")
        row(action, answer, "login", "new connection", login(server))
        row(action, answer, "connection", "opened before", seen)
        assert login(server, "sam", "GLOBEX_PASSWORD") == "sam"
        seen = other.ask("ACL", "WHOAMI")
        print(action, answer, "bystander's connection", "opened before", "alive" if seen == "sam" else "cut too", seen, sep="\t")
        if action == "delete-unsaved":
            restart(server)
            row(action, "restarted", "login", "new connection", login(server))
