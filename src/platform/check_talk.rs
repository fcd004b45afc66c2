//! What a channel must satisfy where no HTTP is spoken.

use serde_saphyr::Spanned;

use super::matcher::Matcher;
use super::schema::{
    CERTIFICATE_ALERTS, Channel, Kind, Postgres, Program, Rule, SignIn, Smtp, Ssh,
};
use super::template::Template;
use crate::error::did_you_mean;

pub(super) fn check(kind: &Kind, channel: &Channel, wrong: &mut impl FnMut(String, &str)) {
    let spoken = channel.sign_in.is_some() || channel.kept;
    let shows = channel.certificates().next().is_some();
    let rules = demands(&channel.alive)
        .chain(demands(&channel.not_permitted))
        .chain(demands(&channel.dead))
        .chain(demands(&channel.inconclusive));
    for (has_status, alert) in rules {
        match (spoken, has_status) {
            (false, true) => {}
            // What was kept may be a connection over which HTTP is spoken.
            (true, false) => {}
            (true, true) if channel.kept => {}
            (true, true) => {
                wrong("a rule has a `status`, but no HTTP is spoken".into(), "match `json` alone");
            }
            (false, false) => match alert {
                Some(alert) if shows => check_alert(alert, wrong),
                Some(_) | None => wrong("a rule lacks its `status`".into(), "add `status: 401`"),
            },
        }
    }
    check_certificates(kind, channel, wrong);
    if spoken && !channel.reach.is_empty() {
        wrong("`reach` where no HTTP is spoken".into(), "remove it");
    }
    if let Some(protocol) = channel.sign_in.as_ref().and_then(SignIn::protocol)
        && !protocol.is_built_in()
    {
        let feature = protocol.feature();
        wrong(
            format!("this doornail does not speak `{feature}`"),
            &format!("build it with `--features {feature}`"),
        );
    }
    match &channel.sign_in {
        Some(SignIn::Command(program)) => check_program(kind, program, wrong),
        Some(SignIn::Smtp(smtp)) => check_smtp(smtp, wrong),
        Some(SignIn::Ldap(ldap)) => only_secret_where_unseen(kind, "ldap", ldap.public(), wrong),
        Some(SignIn::Postgres(postgres)) => check_postgres(kind, postgres, wrong),
        Some(SignIn::Ssh(ssh)) => check_ssh(kind, ssh, wrong),
        Some(SignIn::Imap(_)) | None => {}
    }
    if channel.kept && channel.no_bogus.is_none() {
        wrong(
            "a live session without `no_bogus`".into(),
            "`no_bogus: a connection cannot be made up`",
        );
    }
}

fn check_smtp(smtp: &Smtp, wrong: &mut impl FnMut(String, &str)) {
    if smtp.stays != smtp.to.is_some() {
        wrong(
            "sign_in.smtp: `stays` and `to` go together".into(),
            "`stays: true` with `to:`, a mailbox of yours that mail is addressed to",
        );
    }
    if smtp.send && !smtp.stays {
        wrong("sign_in.smtp: `send` without `stays`".into(), "only a session that stays sends");
    }
}

/// Of each rule whether it demands a status, and which alert.
fn demands<R>(rules: &[Spanned<Rule<R>>]) -> impl Iterator<Item = (bool, Option<&Matcher>)> {
    rules.iter().map(|rule| (rule.value.status.is_some(), rule.value.json.get("/alert")))
}

/// The name of an alert that is none would never be matched.
fn check_alert(alert: &Matcher, wrong: &mut impl FnMut(String, &str)) {
    let names: &[Template] = match alert {
        Matcher::Text(name) => std::slice::from_ref(name),
        Matcher::OneOf(names) => names,
        Matcher::Literal(_) | Matcher::Contains(_) | Matcher::Exists(_) | Matcher::Null => &[],
    };
    let known = || CERTIFICATE_ALERTS.iter().map(|(_, name)| *name);
    if names.is_empty() {
        wrong("`/alert` names no alert".into(), "`json: {/alert: certificate_revoked}`");
    }
    for name in names.iter().map(ToString::to_string) {
        if !known().any(|alert| alert == name) {
            let all = format!("one of {}", known().collect::<Vec<_>>().join(", "));
            let hint = did_you_mean(&name, known()).unwrap_or(all);
            wrong(format!("`{name}` is no alert that refuses a client certificate"), &hint);
        }
    }
}

fn check_certificates(kind: &Kind, channel: &Channel, wrong: &mut impl FnMut(String, &str)) {
    for shown in channel.certificates() {
        for (field, template) in [("certificate", &shown.certificate), ("key", &shown.key)] {
            if !template.names().any(|name| kind.secret.iter().any(|secret| secret == name)) {
                wrong(
                    format!("`mtls.{field}` holds no secret field of the kind"),
                    &format!("name it in `secret:`, and write `{field}: \"{{{{ {field} }}}}\"`"),
                );
            }
        }
    }
    let alone = channel.identity.as_ref().is_some_and(|request| {
        request.poll.is_none() && request.proceed.is_none() && request.capture.is_empty()
    });
    if channel.keeps().is_some() && !(alone && channel.rotates.is_empty()) {
        wrong(
            "`keeps` on more than one plain request".into(),
            "give it to `identity` alone, without `capture`, `poll`, `proceed` and `rotates`",
        );
    }
}

fn check_program(kind: &Kind, program: &Program, wrong: &mut impl FnMut(String, &str)) {
    match program.run.first() {
        None => wrong("sign_in.command.run is empty".into(), "run: [/usr/local/bin/probe]"),
        Some(first) if !first.is_literal() => {
            wrong("the program's name has a placeholder".into(), "write it out");
        }
        Some(_) => {}
    }
    if program.stays.as_ref().is_some_and(|stays| !stays.ask.names().any(|name| name == "nonce")) {
        wrong(
            "sign_in.command.stays.ask has no `{{ nonce }}`".into(),
            "the answer has to repeat it: an older one must not pass for it",
        );
    }
    for name in program.run.iter().flat_map(|word| word.names()) {
        if kind.secret.iter().any(|field| field == name) || name.starts_with("admin.") {
            wrong(
                format!("`{name}` is a secret, and everybody on the machine can read arguments"),
                "give it by `env:` or `stdin:`",
            );
        }
    }
}

fn check_postgres(kind: &Kind, postgres: &Postgres, wrong: &mut impl FnMut(String, &str)) {
    if postgres.password.is_none() && postgres.certificate.is_none() {
        wrong(
            "sign_in.postgres: found none of `password` and `certificate`".into(),
            "who is let in without either is let in by his address",
        );
    }
    if postgres.certificate.is_some() != postgres.key.is_some() {
        wrong("sign_in.postgres: `certificate` and `key` belong together".into(), "give both");
    }
    only_secret_where_unseen(kind, "postgres", postgres.public(), wrong);
}

/// What a server logs and everybody can read holds no secret.
fn only_secret_where_unseen<'t>(
    kind: &Kind,
    way: &str,
    public: impl Iterator<Item = &'t Template>,
    wrong: &mut impl FnMut(String, &str),
) {
    for name in public.flat_map(|text| text.names()) {
        if kind.secret.iter().any(|field| field == name) || name.starts_with("admin.") {
            wrong(
                format!("sign_in.{way}: `{name}` is a secret, and would be seen by everybody"),
                "only fields such as `password` and `key` take one",
            );
        }
    }
}

fn check_ssh(kind: &Kind, ssh: &Ssh, wrong: &mut impl FnMut(String, &str)) {
    let ways = ssh.ways();
    if ways.len() != 1 {
        let found = if ways.is_empty() { "none".to_owned() } else { ways.join(" and ") };
        wrong(
            format!(
                "sign_in.ssh: found {found}, expected one of password, private_key and public_key"
            ),
            "each way is a channel of its own",
        );
    }
    if ssh.private_key.is_none() && (ssh.certificate.is_some() || ssh.passphrase.is_some()) {
        wrong(
            "sign_in.ssh: `certificate` and `passphrase` belong to a `private_key`".into(),
            "a certificate alone can be asked about as `public_key`",
        );
    }
    if ssh.public_key.is_some() && ssh.stays {
        wrong("sign_in.ssh: `stays`, but a `public_key` opens nothing".into(), "remove `stays`");
    }
    only_secret_where_unseen(kind, "ssh", ssh.public(), wrong);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::error::{Problems, from_yaml};
    use crate::platform::schema::Description;

    /// What is wrong with a kind that shows a certificate, with these settings of its probe.
    fn problems(auth: &str, dead: &str) -> String {
        let text = format!(
            "platform: x
title: X
base_url: https://x
polite: {{every: 5s, budget: 200/min}}
credentials:
  certificate:
    title: Certificate
    class: key
    owned_by: account
    secret: [certificate, key]
    list: {{cannot: no}}
    mint: {{cannot: no}}
    derives: [{{kind: session, channel: api, secret: {{}}}}]
    probe:
      api:
        identity: {{get: /me, auth: {auth}}}
        alive: [{{status: 200, json: {{/id: '{{{{ principal.id }}}}'}}}}]
        dead: [{dead}]
        samples: []
  session:
    title: Session
    class: session
    owned_by: account
    secret: []
    list: {{cannot: no}}
    mint: {{cannot: no}}
    probe:
      api:
        kept: true
        no_bogus: none can be made up
        alive: [{{status: 200, json: {{/id: '{{{{ principal.id }}}}'}}}}]
        dead: [{{json: {{/resumed: false}}}}]
        samples: []
"
        );
        let file = Path::new("x.yaml");
        let description: Description =
            from_yaml(file, &text).unwrap_or_else(|error| panic!("{error}"));
        let mut problems = Problems::default();
        crate::platform::check::check(file, &description, &mut problems);
        problems.to_string()
    }

    const AUTH: &str =
        "{mtls: {certificate: '{{ certificate }}', key: '{{ key }}', keeps: session}}";
    const DEAD: &str =
        "{json: {/alert: certificate_revoked}}, {status: 403, json: {/error: revoked}}";

    #[test]
    fn a_certificate_that_keeps_its_session_is_a_sound_description() {
        assert_eq!(problems(AUTH, DEAD), "");
        let several = "{json: {/alert: {one_of: [unknown_ca, certificate_expired]}}}";
        assert_eq!(problems(AUTH, several), "");
    }

    #[test]
    fn an_alert_is_one_that_refuses_a_certificate_and_is_asked_of_certificates_only() {
        let wrong = problems(AUTH, "{json: {/alert: certificate_revokd}}");
        assert!(wrong.contains("is no alert that refuses a client certificate"), "{wrong}");
        assert!(wrong.contains("certificate_revoked"), "{wrong}");
        for vague in ["{exists: true}", "{contains: certificate}", "44"] {
            let wrong = problems(AUTH, &format!("{{json: {{/alert: {vague}}}}}"));
            assert!(wrong.contains("`/alert` names no alert"), "{vague}: {wrong}");
        }
        let bearer = problems("{bearer: '{{ key }}'}", DEAD);
        assert!(bearer.contains("a rule lacks its `status`"), "{bearer}");
        let other = problems(AUTH, "{json: {/resumed: false}}");
        assert!(other.contains("a rule lacks its `status`"), "{other}");
    }

    #[test]
    fn what_is_kept_needs_a_certificate_that_keeps_it() {
        let auth = "{mtls: {certificate: '{{ certificate }}', key: '{{ key }}'}}";
        let wrong = problems(auth, DEAD);
        assert!(wrong.contains("derives `session`, which is kept, but `api` ends"), "{wrong}");
        let captured = format!("{AUTH}, capture: {{a: {{json: /a}}}}");
        let wrong = problems(&captured, DEAD);
        assert!(wrong.contains("`keeps` on more than one plain request"), "{wrong}");
    }

    #[test]
    fn a_certificate_is_a_secret_of_the_kind() {
        let auth = "{mtls: {certificate: 'PEM', key: '{{ key }}', keeps: session}}";
        let wrong = problems(auth, DEAD);
        assert!(wrong.contains("`mtls.certificate` holds no secret field"), "{wrong}");
    }
}
