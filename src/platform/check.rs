//! What a description must satisfy beyond its form, so that no rule can call the living dead.

use std::collections::BTreeSet;
use std::path::Path;

use serde_saphyr::Spanned;

use super::matcher::Matcher;
use super::schema::{Action, Channel, Description, Kind, Listing, Minting, Proof, Request, Rule};
use crate::error::{FileError, Problems, did_you_mean};
use crate::id::KindId;

/// A flow is a form, not a program.
const LONGEST_FLOW: usize = 8;

pub(super) fn check(file: &Path, description: &Description, problems: &mut Problems) {
    for (name, kind) in &description.credentials {
        check_kind(file, description, name, kind, problems);
    }
    let owners = &description.canaries;
    for (name, minting) in [("principal", &owners.principal), ("grant", &owners.grant)] {
        let place = format!("canaries.{name}");
        let mut wrong = |text: String, hint: &str| {
            problems.push(FileError::new(file, format!("{place}: {text}")).hint(hint));
        };
        if let Some(minting) = minting {
            check_minting(minting, &mut wrong);
            if minting.cannot.is_none() && (minting.remove.is_empty() || minting.named.is_none()) {
                wrong(
                    "lacks `remove` or `named`".into(),
                    "say how it is found by its name, and removed",
                );
            }
        }
    }
    for (name, action) in &description.actions {
        check_action(file, description, name.as_str(), action, problems);
    }
    if let Some(admin) = &description.admin
        && !admin.who.is_empty()
        && !admin.who.iter().any(|request| request.capture.contains_key("who"))
    {
        let error = FileError::new(file, "admin.who: no request captures `who`");
        problems.push(error.hint("add `capture: {who: {json: /email}}` to one of its requests"));
    }
    if let Some(tenant) = &description.tenant
        && !tenant.flow.iter().any(|request| request.capture.contains_key("tenant"))
    {
        let error = FileError::new(file, "tenant: no request captures `tenant`");
        problems.push(error.hint("add `capture: {tenant: {json: /id}}` to one of its requests"));
    }
}

fn check_kind(
    file: &Path,
    description: &Description,
    name: &KindId,
    kind: &Kind,
    problems: &mut Problems,
) {
    let place = format!("credentials.{name}");
    let mut wrong = |text: String, hint: &str| {
        problems.push(FileError::new(file, format!("{place}: {text}")).hint(hint));
    };
    if kind.probe.is_empty() {
        wrong("has no probe".into(), "add at least one channel under `probe:`");
    }
    let is_kept = kind.probe.values().all(|channel| channel.kept);
    if kind.secret.is_empty() && !is_kept {
        wrong("has no secret field".into(), "name them: `secret: [token]`");
    }
    for field in kind.bogus.keys() {
        if !kind.secret.contains(field) && !kind.fields.contains_key(field) {
            wrong(format!("bogus.{field} is no field"), "bogus values replace fields of the kind");
        }
    }
    for pattern in kind.bogus.values() {
        if let Err(error) = rand_regex::Regex::compile(pattern, 64) {
            wrong(format!("bogus pattern {pattern:?}: {error}"), "a regular expression");
        }
    }
    match (&kind.list.cannot, &kind.list.request) {
        (Some(_), None) | (None, Some(_)) => {}
        (Some(_), Some(_)) | (None, None) => {
            wrong("list: either `cannot` or `request`".into(), "`list: {cannot: \"why\"}`");
        }
    }
    let mut minting = kind.mint.clone();
    minting.find.get_or_insert_with(|| kind.list.clone());
    check_minting(&minting, &mut wrong);
    for derivation in &kind.derives {
        if !description.credentials.contains_key(&derivation.kind) {
            wrong(
                format!("derives unknown kind `{}`", derivation.kind),
                "name a kind of this file",
            );
        }
        let Some(channel) = kind.probe.get(&derivation.channel) else {
            wrong(format!("derives by unknown channel `{}`", derivation.channel), "name a channel");
            continue;
        };
        let derived = description.credentials.get(&derivation.kind);
        let kept = derived.is_some_and(|kind| kind.probe.values().any(|channel| channel.kept));
        if kept && !channel.can_be_kept() {
            wrong(
                format!(
                    "derives `{}`, which is kept, but `{}` ends",
                    derivation.kind, derivation.channel
                ),
                "derive it by a channel whose `sign_in` stays open, or whose certificate `keeps` something",
            );
        }
    }
    for (channel_name, channel) in &kind.probe {
        check_channel(file, &format!("{place}.probe.{channel_name}"), kind, channel, problems);
    }
}

fn check_minting(minting: &Minting, wrong: &mut impl FnMut(String, &str)) {
    if minting.cannot.is_some() != minting.flow.is_empty() {
        wrong("mint: either `cannot` or `flow`".into(), "`mint: {cannot: \"why\"}`");
    }
    if minting.remove.is_empty() {
        return;
    }
    // What removes canaries must not find anything else.
    match &minting.find {
        Some(Listing { request: Some(_), per_principal, per_grant, .. }) => {
            if minting.named.is_none() && !per_principal && !per_grant {
                wrong(
                    "mint: `remove` without `named`: it would remove everything that is listed"
                        .into(),
                    "name the pointer to an item's name: `named: /name`",
                );
            }
        }
        Some(_) | None => {
            wrong(
                "mint: `remove` without `find`".into(),
                "say how it is found again: `find: {...}`",
            );
        }
    }
    if minting.flow.len().max(minting.remove.len()) > LONGEST_FLOW {
        wrong("mint: more than 8 requests".into(), "a flow has at most 8");
    }
}

fn check_channel(
    file: &Path,
    place: &str,
    kind: &Kind,
    channel: &Channel,
    problems: &mut Problems,
) {
    let mut wrong = |text: String, hint: &str| {
        problems.push(FileError::new(file, format!("{place}: {text}")).hint(hint));
    };
    let ways = [
        channel.identity.is_some(),
        !channel.flow.is_empty(),
        channel.sign_in.is_some(),
        channel.kept,
    ];
    match ways.iter().filter(|given| **given).count() {
        0 => wrong("no request".into(), "add `identity: {get: /me}`"),
        1 => {}
        _ => wrong(
            "more than one of `identity`, `flow`, `sign_in` and `kept`".into(),
            "keep one of them",
        ),
    }
    if channel.flow.len() > LONGEST_FLOW {
        wrong("more than 8 requests".into(), "a flow has at most 8");
    }
    super::check_talk::check(kind, channel, &mut wrong);
    super::check_web::check(channel, &mut wrong);
    if channel.alive.is_empty() && channel.not_permitted.is_empty() {
        wrong("needs a rule for life".into(), "`alive`, or `not_permitted` where nobody is named");
    }
    if channel.dead.is_empty() != channel.no_dead.is_some() {
        wrong(
            "needs a dead rule, or the reason why there is none".into(),
            "`dead: [...]`, or `no_dead: why`: then death can never be proven here",
        );
    }
    if channel.by_id && channel.proof != Proof::Introspection {
        wrong("`by_id` uses nothing".into(), "add `proof: introspection`");
    }
    let made_up = !kind.bogus.is_empty() || channel.certificates().next().is_some();
    let caps = channel.lockout.iter().flat_map(|lockout| {
        [Some(lockout.refusals), lockout.address.map(|cap| cap.refusals)].into_iter().flatten()
    });
    if caps.min() == Some(0) {
        wrong(
            "its lockout allows no refusal, so that no end could ever be seen".into(),
            "say how many wrong passwords are safe in a window, at least 1",
        );
    }
    let bogus_possible = made_up && channel.lockout.is_none();
    let excused = channel.no_bogus.is_some() || channel.no_dead.is_some();
    if !bogus_possible && channel.lockout.is_none() && !excused {
        wrong("no bogus control".into(), "add a `bogus:` pattern, or say why not: `no_bogus: why`");
    }
    for request in channel.requests() {
        if request.address().is_none() {
            wrong(
                "a request needs exactly one of get, post, put, patch, delete".into(),
                "get: /me",
            );
        }
    }
    for rule in &channel.alive {
        let names_someone =
            rule.value.of_body().chain(rule.value.header.values()).any(always_names_someone);
        if rule.value.statuses().iter().any(|status| *status >= 500) {
            problems.push(
                located(file, place, rule, "a server error lets nobody in")
                    .hint("remove 5xx from the rule's status"),
            );
        }
        if !names_someone {
            problems.push(
                located(file, place, rule, "an alive rule must name the expected principal").hint(
                    "compare a value with a placeholder: `json: {/user/email: \"{{ email }}\"}`",
                ),
            );
        }
    }
    for rule in &channel.dead {
        demand_code(file, place, rule, problems);
        only_where_allowed(file, place, rule, channel, problems);
    }
    for rule in &channel.not_permitted {
        demand_code(file, place, rule, problems);
        if rule.value.statuses().iter().any(|status| *status >= 500) {
            problems.push(
                located(file, place, rule, "a server error lets nobody in")
                    .hint("remove 5xx from the rule's status"),
            );
        }
        only_where_allowed(file, place, rule, channel, problems);
    }
    if let Some(readback) = &channel.corroborate
        && readback.request.is_some() == readback.sign_in.is_some()
    {
        problems.push(
            FileError::new(file, format!("{place}: corroborate: either `request` or `sign_in`"))
                .hint("say how the administrator reads it back, in one way"),
        );
    }
    for rule in channel.corroborate.iter().flat_map(|readback| &readback.dead) {
        demand_code(file, place, rule, problems);
    }
}

/// Whether the matcher fits only an answer that names somebody. One literal among several choices would
/// let an answer pass that names nobody.
fn always_names_someone(matcher: &Matcher) -> bool {
    match matcher {
        Matcher::Text(template) | Matcher::Contains(template) => !template.is_literal(),
        Matcher::OneOf(options) => {
            !options.is_empty() && options.iter().all(|option| !option.is_literal())
        }
        Matcher::Literal(_) | Matcher::Exists(_) | Matcher::Null => false,
    }
}

/// A status alone proves neither death nor missing permission: any gateway can answer it.
fn demand_code<R>(file: &Path, place: &str, rule: &Spanned<Rule<R>>, problems: &mut Problems) {
    let rule_value = &rule.value;
    let gateway_status =
        rule_value.statuses().iter().any(|status| *status == 404 || *status >= 500);
    // A redirect has no body to read: where it leads to is what it says.
    let leads = rule_value.to.is_some()
        && rule_value.statuses().iter().all(|status| (300..400).contains(status));
    let coded = leads
        || rule_value.of_body().any(Matcher::demands_a_value)
        || (!gateway_status && rule_value.header.values().any(Matcher::demands_a_value));
    if !coded {
        let what = if gateway_status {
            "a rule on 404 or 5xx must match a machine-readable code in the body"
        } else {
            "a rule must match a machine-readable code, not a status alone"
        };
        problems.push(
            located(file, place, rule, what).hint("add `json: {/error: the_code}` to the rule"),
        );
    }
    if rule_value.statuses().iter().any(|status| matches!(status, 408 | 425 | 429)) {
        problems.push(
            located(file, place, rule, "408, 425 and 429 never reach the rules")
                .hint("remove the rule: they are always inconclusive"),
        );
    }
}

fn only_where_allowed<R>(
    file: &Path,
    place: &str,
    rule: &Spanned<Rule<R>>,
    channel: &Channel,
    problems: &mut Problems,
) {
    let redirect = rule.value.statuses().iter().any(|status| (300..400).contains(status));
    if redirect && rule.value.to.is_none() {
        problems.push(
            located(file, place, rule, "a rule on a redirect must say where it leads").hint(
                "add `to: \"{{ redirect_uri }}\"`: anybody in between can redirect elsewhere",
            ),
        );
    }
    if redirect && !channel.web_form {
        problems.push(
            located(file, place, rule, "a redirect proves nothing on an API")
                .hint("if this is a login page, say `web_form: true`"),
        );
    }
}

fn located<R>(file: &Path, place: &str, rule: &Spanned<Rule<R>>, what: &str) -> FileError {
    FileError::new(file, format!("{place}: {what}")).at(rule.referenced)
}

fn check_action(
    file: &Path,
    description: &Description,
    name: &str,
    action: &Action,
    problems: &mut Problems,
) {
    let place = format!("actions.{name}");
    let known: BTreeSet<&str> = description.credentials.keys().map(KindId::as_str).collect();
    let kinds = action.of.iter().chain(action.kills.keys()).chain(action.spares.keys());
    let kinds = kinds.chain(action.renews.keys());
    for kind in kinds.filter(|kind| !known.contains(kind.as_str())) {
        let mut error = FileError::new(file, format!("{place}: unknown kind `{kind}`"));
        if let Some(hint) = did_you_mean(kind.as_str(), known.iter().copied()) {
            error = error.hint(hint);
        }
        problems.push(error);
    }
    let mut wrong = |text: &str, hint: &str| {
        problems.push(FileError::new(file, format!("{place}: {text}")).hint(hint));
    };
    if action.manual != action.flow.is_empty() {
        wrong(
            "either `flow` or `manual: true`",
            "what no API can do is `manual: true` with `ask:`",
        );
    }
    if action.manual && action.ask.is_none() {
        wrong("a manual action needs `ask`", "tell the person what to do");
    }
    for (kind, fields) in &action.renews {
        let secret = description.credentials.get(kind).map(|kind| &kind.secret);
        for (field, capture) in fields {
            if secret.is_some_and(|secret| !secret.contains(field)) {
                wrong(
                    &format!("renews: `{kind}` has no secret field `{field}`"),
                    "name one it has",
                );
            }
            if !action.flow.iter().any(|request| request.capture.contains_key(capture)) {
                wrong(
                    &format!("renews: no request captures `{capture}`"),
                    "add `capture: {secret: {json: /client_secret}}` to one of its requests",
                );
            }
        }
    }
    if action.attempts.is_some() != action.effect.is_some() {
        wrong(
            "`attempts` and `effect` go together",
            "say what is attempted, and by which read-back it is told whether it was done",
        );
    }
    if let Some(effect) = &action.effect
        && [&effect.refused, &effect.done, &effect.not_done].iter().any(|rules| rules.is_empty())
    {
        wrong(
            "`effect` needs a rule in each of refused, done and not_done",
            "an attempt that fails for reasons of its own shows nothing",
        );
    }
    if action.flow.len() > LONGEST_FLOW {
        wrong("more than 8 requests", "a flow has at most 8");
    }
    super::check_web::check_requests(&action.flow, &mut |text, hint| wrong(&text, hint));
    for kind in action.kills.keys().filter(|kind| action.spares.contains_key(*kind)) {
        wrong(
            &format!("both kills and spares `{kind}`"),
            "a credential is spared if any channel is",
        );
    }
}

impl Request {
    /// Method and address; none unless exactly one is given.
    pub(crate) fn address(&self) -> Option<(&'static str, &super::template::Template)> {
        let mut given = [
            ("GET", &self.get),
            ("POST", &self.post),
            ("PUT", &self.put),
            ("PATCH", &self.patch),
            ("DELETE", &self.delete),
        ]
        .into_iter()
        .filter_map(|(method, address)| Some((method, address.as_ref()?)));
        let first = given.next();
        if given.next().is_some() { None } else { first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::from_yaml;

    fn problems(dead: &str, alive: &str) -> String {
        let text = format!(
            "platform: x
title: X
base_url: http://x
polite: {{every: 5s, budget: 200/min}}
credentials:
  token:
    title: Token
    class: token
    owned_by: account
    secret: [token]
    bogus: {{token: '[a-z]{{20}}'}}
    list: {{cannot: no}}
    mint: {{cannot: no}}
    probe:
      rest:
        identity: {{get: /me, auth: {{bearer: '{{{{ token }}}}'}}}}
        alive: [{alive}]
        dead: [{dead}]
        samples: []
"
        );
        let file = Path::new("x.yaml");
        let description = from_yaml(file, &text).unwrap_or_else(|error| panic!("{error}"));
        let mut problems = Problems::default();
        check(file, &description, &mut problems);
        problems.to_string()
    }

    const ALIVE: &str = "{status: 200, json: {/id: '{{ principal.id }}'}}";
    const DEAD: &str = "{status: 401, json: {/error: bad}}";

    #[test]
    fn a_sound_description_has_no_problems() {
        assert_eq!(problems(DEAD, ALIVE), "");
    }

    #[test]
    fn death_by_status_alone_is_refused() {
        for dead in [
            "{status: 401}",
            "{status: 404}",
            "{status: 404, header: {x-code: gone}}",
            "{status: 500, json: {/error: {exists: true}}}",
        ] {
            assert!(problems(dead, ALIVE).contains("machine-readable code"), "{dead}");
        }
        assert!(problems("{status: 429, json: {/error: gone}}", ALIVE).contains("never reach"));
        assert!(problems("{status: 302, header: {location: /login}}", ALIVE).contains("web_form"));
    }

    #[test]
    fn a_page_is_believed_only_where_a_form_is_sent_and_only_in_what_it_says() {
        let page = "{status: 200, html: {/text: {contains: 'as {{ principal.id }}'}}}";
        assert!(problems(DEAD, page).contains("if this is a login page, say `web_form: true`"));
        // `web_form` comes by way of the samples' line, which is the last.
        let web = |dead: &str, alive: &str| {
            problems(&format!("{dead}]\n        web_form: true\n        inconclusive: ["), alive)
        };
        assert_eq!(web("{status: 302, to: /login}", page), "");
        assert_eq!(web("{status: 200, html: {/text: {contains: Wrong}}}", page), "");
        assert!(
            web("{status: 200, html: {/passwords: {exists: true}}}", page)
                .contains("machine-readable code")
        );
        assert!(web("{status: [302, 401], to: /login}", page).contains("machine-readable code"));
        assert!(web("{status: 200, html: {/body: Wrong}}", page).contains("no \"/body\""));
        let typed = "{status: 200, html: {/inputs/user: '{{ principal.id }}'}}";
        assert!(web("{status: 302, to: /login}", typed).contains("repeat what was typed"));
    }

    #[test]
    fn a_channel_needs_a_way_to_live() {
        let text = problems(DEAD, "");
        assert!(text.contains("needs a rule for life"), "{text}");
        // A code that only an accepted credential gets is enough.
        let coded = "]\n        not_permitted: [{status: 400, json: {/error: no_text}}";
        assert_eq!(problems(DEAD, coded), "");
    }

    #[test]
    fn a_choice_with_one_literal_names_nobody() {
        let mixed = "{status: 200, json: {/id: {one_of: ['{{ principal.id }}', me]}}}";
        assert!(problems(DEAD, mixed).contains("must name the expected principal"));
        let named = "{status: 200, json: {/id: {one_of: ['{{ principal.id }}', '{{ login }}']}}}";
        assert_eq!(problems(DEAD, named), "");
    }

    #[test]
    fn a_server_error_lets_nobody_in() {
        let alive = "{status: [200, 503], json: {/id: '{{ principal.id }}'}}";
        assert!(problems(DEAD, alive).contains("lets nobody in"));
        let coded = "]\n        not_permitted: [{status: 500, json: {/error: no_scope}}";
        assert!(problems(DEAD, coded).contains("lets nobody in"));
    }

    #[test]
    fn life_without_identity_is_refused() {
        let text = problems(DEAD, "{status: 200, json: {/ok: true}}");
        assert!(text.contains("must name the expected principal"), "{text}");
    }
}
