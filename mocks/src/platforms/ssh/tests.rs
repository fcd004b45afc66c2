//! What the server lets in, and what it goes on letting in.

use super::*;
use crate::times::from_epoch;

fn now() -> SystemTime {
    from_epoch(1_790_000_000)
}

struct Desk {
    server: Ssh,
    variables: BTreeMap<String, String>,
}

impl Desk {
    fn new() -> Self {
        let (server, variables) = Ssh::seeded(now());
        Self { server, variables }
    }

    fn ask(&mut self, path: &str, body: Value) -> Response {
        let request = Request::new("POST", path).with_json(&body);
        self.server.handle(&request, now()).unwrap()
    }

    fn key(&mut self) -> Response {
        let key = self.variables["ACME_SSH_MAYA_PUBLIC_KEY"].clone();
        self.ask("/auth", json!({"user": "acme-maya", "key": key}))
    }

    fn offer(&mut self) -> u16 {
        let key = self.variables["ACME_SSH_MAYA_PUBLIC_KEY"].clone();
        self.ask("/offer", json!({"user": "acme-maya", "key": key})).status
    }

    fn certificate(&mut self) -> Response {
        let found = self.server.kernel.find(CERTIFICATE, "202001").unwrap();
        let secret = self.server.kernel.credential(found).secret.clone();
        let (serial, key) = secret.split_once(' ').unwrap();
        let serial: u64 = serial.parse().unwrap();
        self.ask("/auth", json!({"user": "acme-maya", "serial": serial, "key": key}))
    }

    fn password(&mut self, variable: &str) -> Response {
        let password = self.variables[variable].clone();
        self.ask("/auth", json!({"user": "acme-maya", "password": password}))
    }

    fn statuses(&mut self) -> [u16; 3] {
        [
            self.key().status,
            self.certificate().status,
            self.password("ACME_SSH_MAYA_PASSWORD").status,
        ]
    }

    fn hand(&mut self, action: &str, object: &str) {
        self.server.by_hand(action, object, now()).unwrap();
    }
}

#[test]
fn everybody_is_let_in_with_what_is_theirs_and_nothing_else() {
    let mut desk = Desk::new();
    assert_eq!(desk.statuses(), [200, 200, 200]);
    let key = desk.variables["ACME_SSH_MAYA_PUBLIC_KEY"].clone();
    for user in ["root", "globex-maya", "nobody"] {
        let answer = desk.ask("/auth", json!({"user": user, "key": key}));
        assert_eq!(answer.value(), json!({"refused": true}), "{user}");
    }
}

#[test]
fn a_connection_outlives_key_certificate_account_and_restart() {
    for (action, object) in [
        ("remove_key", "102001"),
        ("revoke_key", "102001"),
        ("revoke_certificate", "202001"),
        ("deny_user", "2001"),
        ("expire_account", "2001"),
        ("delete_account", "2001"),
        ("change_password", "2001"),
        ("restart_server", ""),
    ] {
        let mut desk = Desk::new();
        let session = desk.key().value()["session"].clone();
        desk.hand(action, object);
        let said = desk.ask("/channel/command", json!({"session": session}));
        assert_eq!(said.value()["exit"], 0, "{action}");
        desk.hand("end_sessions", "2001");
        assert_eq!(
            desk.ask("/channel/command", json!({"session": session})).status,
            410,
            "{action}"
        );
    }
}

#[test]
fn each_action_ends_what_was_measured_and_no_more() {
    for (action, object, expected) in [
        ("remove_key", "102001", [401, 200, 200]),
        ("revoke_key", "102001", [401, 200, 200]),
        ("revoke_key", "202001", [200, 401, 200]),
        ("revoke_certificate", "202001", [200, 401, 200]),
        ("distrust_authority", "", [200, 401, 200]),
        ("remove_principal", "2001", [200, 401, 200]),
        ("lock_password", "2001", [200, 200, 401]),
        ("change_password", "2001", [200, 200, 401]),
        ("deny_user", "2001", [401, 401, 401]),
        ("delete_account", "2001", [401, 401, 401]),
        ("expire_account", "2001", [403, 403, 403]),
        ("set_nologin", "2001", [200, 200, 200]),
    ] {
        let mut desk = Desk::new();
        desk.hand(action, object);
        assert_eq!(desk.statuses(), expected, "{action}");
    }
    assert!(Desk::new().server.by_hand("remove_key", "1", now()).is_err());
    assert!(Desk::new().server.by_hand("reboot", "", now()).is_err());
}

#[test]
fn without_pam_a_locked_password_and_an_expired_account_let_nobody_in() {
    for action in ["lock_password", "expire_account"] {
        let mut desk = Desk::new();
        desk.hand("turn_pam_off", "");
        desk.hand(action, "2001");
        assert_eq!(desk.statuses(), [401, 401, 401], "{action}");
        assert_eq!(desk.offer(), 401, "{action}");
    }
}

#[test]
fn a_key_of_an_expired_account_is_listed_still_and_one_of_a_denied_is_not() {
    let mut desk = Desk::new();
    desk.hand("expire_account", "2001");
    assert_eq!((desk.offer(), desk.key().status), (200, 403));
    desk.hand("renew_account", "2001");
    assert_eq!(desk.key().status, 200);
    desk.hand("deny_user", "2001");
    assert_eq!(desk.offer(), 401);
}

#[test]
fn an_account_without_a_shell_has_tunnels_and_files() {
    let mut desk = Desk::new();
    let before = desk.key().value()["session"].clone();
    desk.hand("set_nologin", "2001");
    let after = desk.key().value()["session"].clone();
    assert_eq!(desk.ask("/channel/command", json!({"session": after})).value()["exit"], 1);
    assert_eq!(desk.ask("/channel/command", json!({"session": before})).value()["exit"], 0);
    for what in ["tunnel", "files"] {
        let said = desk.ask(&format!("/channel/{what}"), json!({"session": after}));
        assert_eq!(said.value()["open"], true, "{what}");
    }
}
