//! What a channel must satisfy where no HTTP is spoken.

use super::schema::{Channel, Kind, Postgres, Program, SignIn, Smtp};
use super::template::Template;

pub(super) fn check(kind: &Kind, channel: &Channel, wrong: &mut impl FnMut(String, &str)) {
    let spoken = channel.sign_in.is_some() || channel.kept;
    let statuses = channel
        .alive
        .iter()
        .map(|rule| rule.value.status.is_some())
        .chain(channel.not_permitted.iter().map(|rule| rule.value.status.is_some()))
        .chain(channel.dead.iter().map(|rule| rule.value.status.is_some()))
        .chain(channel.inconclusive.iter().map(|rule| rule.value.status.is_some()));
    for has_status in statuses {
        match (spoken, has_status) {
            (true, false) | (false, true) => {}
            (true, true) => {
                wrong("a rule has a `status`, but no HTTP is spoken".into(), "match `json` alone");
            }
            (false, false) => wrong("a rule lacks its `status`".into(), "add `status: 401`"),
        }
    }
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
                "only `password`, `certificate` and `key` take one",
            );
        }
    }
}
