//! Signing in to a database.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::platform::template::Template;
use crate::span::Span;

/// Signs in by the protocol of PostgreSQL, asks the server who that is, and changes nothing: what else is asked runs
/// in a transaction that can only read, and is undone.
///
/// It is answered by `/user` (the server's `session_user`), `/current_user`, and `/rows` where something else was
/// asked. A refusal is answered by `/sqlstate`, `/severity`, `/message` and `/routine`, `/at` saying what was refused:
/// `sign-in`, `identity` or `query`. Where a session that is refused its identity or its query goes on working all
/// the same, there is `/usable`. A server that refuses the client's certificate is answered by `/alert`, the number
/// of the TLS alert.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// The server (default `{{ base_url }}`), such as `postgres://db.example.com:5432`. The connection is encrypted
    /// before anything is said; only on this machine can it stay plain, where the server offers nothing else.
    pub at: Option<Template>,
    /// The database.
    pub database: Template,
    /// The role.
    pub user: Template,
    /// Its password. An empty one is never sent.
    pub password: Option<Template>,
    /// The client's certificate, and those it was issued by, as PEM.
    pub certificate: Option<Template>,
    /// The certificate's private key, as PEM.
    pub key: Option<Template>,
    /// Something harmless that is asked of the data, whose refusal shows that the role may do less.
    pub query: Option<Template>,
    /// The longest it may take (default 20 s).
    pub timeout: Option<Span>,
    /// The connection stays open: its session is a credential of its own, and is asked the same again. One that is
    /// gone is answered by `/closed`, or by the server's last words.
    #[serde(default)]
    pub stays: bool,
}

impl Postgres {
    /// What everybody may see of it: on the wire, in the server's log, in the journal.
    pub(crate) fn public(&self) -> impl Iterator<Item = &Template> {
        [Some(&self.user), Some(&self.database), self.at.as_ref(), self.query.as_ref()]
            .into_iter()
            .flatten()
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use crate::platform::Catalogue;

    fn problems(sign_in: &str, rest: &str) -> String {
        let text = format!(
            "
platform: x
title: X
base_url: postgres://127.0.0.1
polite: {{every: 5s, budget: 200/min}}
credentials:
  login:
    title: Login
    class: login
    owned_by: principal
    secret: [password]
    bogus: {{password: '[a-z]{{20}}'}}
    list: {{cannot: no}}
    mint: {{cannot: no}}
    probe:
      connection:
        sign_in: {{postgres: {{database: d, {sign_in}}}}}
        alive: [{{json: {{/user: '{{{{ principal.login }}}}'}}}}]
        dead: [{{json: {{/sqlstate: 28P01}}}}]
        samples: []
{rest}"
        );
        match Catalogue::default().add_text(std::path::Path::new("x.yaml"), &text) {
            Ok(_) => String::new(),
            Err(problems) => problems.to_string(),
        }
    }

    #[test]
    fn a_role_is_let_in_by_something_it_has() {
        assert_eq!(problems("user: u, password: '{{ password }}'", ""), "");
        assert!(problems("user: u", "").contains("`password` and `certificate`"));
        let alone = problems("user: u, certificate: '{{ password }}'", "");
        assert!(alone.contains("belong together"), "{alone}");
    }

    #[test]
    fn no_secret_is_where_a_server_logs_it() {
        for seen in ["user: '{{ password }}'", "user: u, query: '{{ password }}'"] {
            let text = problems(&format!("{seen}, password: p"), "");
            assert!(text.contains("`password` is a secret"), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_read_back_in_one_way() {
        let user = "user: u, password: '{{ password }}'";
        let none = problems(user, "        corroborate: {dead: []}\n");
        assert!(none.contains("either `request` or `sign_in`"), "{none}");
        let way = "sign_in: {command: {run: [a]}}";
        assert_eq!(problems(user, &format!("        corroborate: {{{way}, dead: []}}\n")), "");
        let both = format!("        corroborate: {{{way}, request: {{get: /u}}, dead: []}}\n");
        assert!(problems(user, &both).contains("either"));
    }
}
