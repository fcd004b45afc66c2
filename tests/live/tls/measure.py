"""What the gateway answers before and after each action, asked without doornail. One gateway an action."""

import json
import os
import socket
import ssl
import subprocess
import sys
from urllib.parse import urlsplit

SCRIPT, FOLDER = sys.argv[1:]
ACTIONS = [
    ("none", []),
    ("revoke", [["revoke", "maya"]]),
    ("rotate", [["rotate", "acme"]]),
    ("revoke-and-rotate", [["revoke", "maya"], ["rotate", "acme"]]),
    ("distrust", [["distrust"]]),
    ("list-expired", [["list-expired"]]),
    ("ask-nobody", [["ask-nobody"]]),
]
VERSIONS = {"TLS 1.3": ("ENTRANCE", ssl.TLSVersion.TLSv1_3), "TLS 1.2": ("OLDER_ENTRANCE", ssl.TLSVersion.TLSv1_2)}


class Client:
    """One partner on one version of TLS; a session of it is kept."""

    def __init__(self, said, partner, name, version):
        place, number = VERSIONS[version]
        self.at = urlsplit(said[f"{partner}_{place}"])
        issued = os.path.join(said["GATEWAY_CERTIFICATES"], name)
        self.context = ssl.create_default_context(cafile=said["GATEWAY_CA"])
        self.context.minimum_version = self.context.maximum_version = number
        self.context.load_cert_chain(issued + ".pem", issued + ".key")
        self.session = None

    def ask(self, session=None):
        with socket.create_connection((self.at.hostname, self.at.port), timeout=20) as plain:
            with self.context.wrap_socket(plain, server_hostname=self.at.hostname, session=session) as stream:
                stream.sendall(b"GET /whoami HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
                answer = b""
                while part := stream.recv(4096):
                    answer += part
                if session is None and self.session is None:
                    self.session = stream.session
                reused = stream.session_reused
        status, body = answer.split(b" ")[1].decode(), answer.split(b"\r\n\r\n")[1].decode()
        return reused, f"{status} {body}"


def verdict(seen):
    status, body = seen.split(" ", 1)
    body = json.loads(body)
    if status == "200":
        return "alive" if body["user"] == "CN=maya@acme.example" else "inconclusive"
    return "dead" if body["verify"] in ("FAILED:certificate revoked", "FAILED:unable to verify the first certificate") else "inconclusive"


print("action", "credential", "probe", "verdict", "seen", sep="\t")
for action, commands in ACTIONS:
    process = subprocess.Popen([SCRIPT, "start", FOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said = {}
    for line in process.stdout:
        if line.strip() == "READY":
            break
        key, _, value = line.strip().partition("=")
        said[key] = value
    for version in VERSIONS:
        clients = [Client(said, "ACME", "maya", version), Client(said, "GLOBEX", "sam", version)]
        for client in clients:
            reused, seen = client.ask()
            assert not reused and seen.startswith("200"), seen
            reused, seen = client.ask(client.session)
            assert reused and seen.startswith("200"), seen
        VERSIONS[version] = (*VERSIONS[version][:2], clients)
    for command in commands:
        subprocess.run([said["GATEWAY_CONSOLE"], *command], check=True, stderr=subprocess.DEVNULL)
    for version, (place, number, (maya, sam)) in VERSIONS.items():
        reused, seen = maya.ask()
        print(action, "certificate", version, verdict(seen), seen, sep="\t")
        reused, seen = maya.ask(maya.session)
        said_of = verdict(seen) if reused else "dead"
        print(action, "session", version, said_of, "resumed: " + seen if reused else "not resumed", sep="\t")
        reused, seen = sam.ask()
        print(action, "bystander's certificate", version, "alive" if seen.startswith("200") and "sam@" in seen else "refused too", seen, sep="\t")
        VERSIONS[version] = (place, number)
    process.stdin.close()
    process.wait()
