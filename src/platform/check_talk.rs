//! What a channel must satisfy where no HTTP is spoken.

use super::schema::{Channel, Kind, Program, SignIn, Ssh};

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
        Some(SignIn::Ssh(ssh)) => check_ssh(kind, ssh, wrong),
        None => {}
    }
    if channel.kept && channel.no_bogus.is_none() {
        wrong(
            "a live session without `no_bogus`".into(),
            "`no_bogus: a connection cannot be made up`",
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
    for name in ssh.public().flat_map(|text| text.names()) {
        if kind.secret.iter().any(|field| field == name) || name.starts_with("admin.") {
            wrong(
                format!("sign_in.ssh: `{name}` is a secret, and would be seen by everybody"),
                "only `password`, `private_key`, `passphrase`, `certificate` and `public_key` take one",
            );
        }
    }
}
