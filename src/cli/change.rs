//! The approval of changes: the plan that is approved, and what a run demands before it writes.
//!
//! A plan is made anew by every run, so that whatever it depends on is what was approved, or there is no approval.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use doornail::approval::{Approver, Change, PublicKey};
use doornail::config::{ChangeForm, KeyForm};
use doornail::drill::secrets::SecretSource;
use doornail::id::{ProcedureId, SupplierId};
use doornail::journal::chain::digest;
use doornail::platform::catalogue::built_in_texts;
use doornail::steps::{Features, Project};
use serde_json::{Value, json};

use super::load;
use super::options::ApproveOptions;
use super::output::Output;
use super::plan::one;
use super::session::secrets;

/// The form of a plan.
const FORM: &str = "doornail-plan/1";

/// What a run is going to do.
pub(super) struct Intent<'i> {
    pub(super) environment: &'i str,
    pub(super) suppliers: &'i BTreeSet<SupplierId>,
    /// Real access is ended, and not that of canaries.
    pub(super) for_real: bool,
    pub(super) tags: Option<&'i str>,
}

/// Demands the approval of exactly this run, where its environment asks for one. Nothing was sent before.
pub(super) async fn demand(
    project: &Project,
    features: &Features,
    intent: &Intent<'_>,
    (root, approval): (&Path, Option<&Path>),
    secrets: &SecretSource,
) -> anyhow::Result<Option<Change>> {
    let name = intent.environment;
    let Some(form) = &load::environment(project, name)?.change else { return Ok(None) };
    let keys = keys(form, secrets).await?;
    let window = form.window.window();
    if !window.is_open(jiff::Timestamp::now()) {
        bail!(
            "environment {name}: the window of the change {} is {window}, which is not now; nothing was sent",
            form.ticket
        );
    }
    let Some(approval) = approval else {
        bail!(
            "environment {name}: the change {} is not approved; nothing was sent\n  hint: `doornail plan --env {name} \
             --out-plan plan.json` writes what is to be approved, `doornail approve plan.json` approves it, and \
             `--approval plan.json.approval` carries it out",
            form.ticket
        );
    };
    let signature = std::fs::read_to_string(approval).with_context(|| {
        format!("{}: the approval cannot be read; nothing was sent", approval.display())
    })?;
    let hash = digest(text(project, features, intent, root, keys)?.as_bytes());
    keys.0.approves(&hash, &signature).with_context(|| {
        format!(
            "{}: it does not approve what this run would do, plan {hash}; nothing was sent\n  hint: an approval is void \
             once an inventory, a procedure, a description, a feature, the configuration or doornail itself was changed, \
             or something else is typed: plan it anew, and have that approved",
            approval.display()
        )
    })?;
    Ok(Some(Change {
        ticket: form.ticket.clone(),
        window,
        approver: keys.0.to_string(),
        operator: keys.1.to_string(),
        plan: hash,
    }))
}

/// Writes the plan of a run, and gives its hash.
pub(super) async fn write(
    project: &Project,
    features: &Features,
    intent: &Intent<'_>,
    (root, file): (&Path, &Path),
    output: Output,
) -> anyhow::Result<String> {
    let name = intent.environment;
    let form = load::environment(project, name)?.change.as_ref();
    let form = form.with_context(|| {
        format!(
            "environment {name} asks for no approval\n  hint: add `change: {{ticket: ..., window: ..., approver: ..., \
             operator: ...}}` to it in doornail.yaml"
        )
    })?;
    let keys = keys(form, &secrets(project, output)).await?;
    let text = text(project, features, intent, root, keys)?;
    std::fs::write(file, &text)
        .with_context(|| format!("{}: the plan cannot be written", file.display()))?;
    Ok(digest(text.as_bytes()))
}

/// The keys of whoever approves and whoever carries out, who must not be one.
async fn keys(form: &ChangeForm, secrets: &SecretSource) -> anyhow::Result<(PublicKey, PublicKey)> {
    let approver = key(&form.approver, "approver", secrets).await?;
    let operator = key(&form.operator, "operator", secrets).await?;
    if approver == operator {
        bail!(
            "change: the approver's key is the operator's own; nothing was sent\n  hint: somebody else has to approve"
        );
    }
    Ok((approver, operator))
}

async fn key(form: &KeyForm, whose: &str, secrets: &SecretSource) -> anyhow::Result<PublicKey> {
    match form {
        KeyForm::Key(key) => Ok(*key),
        KeyForm::Reference(reference) => {
            let found = secrets.find(reference).await;
            let found =
                found.with_context(|| format!("change: the key of the {whose} is missing"))?;
            Ok(PublicKey::read(&found)
                .with_context(|| format!("change: the key of the {whose}"))?)
        }
    }
}

/// Everything that decides what a run does, for a person to read, the same whoever makes it of the same files.
fn text(
    project: &Project,
    features: &Features,
    intent: &Intent<'_>,
    root: &Path,
    (approver, operator): (PublicKey, PublicKey),
) -> anyhow::Result<String> {
    let Some(form) = &load::environment(project, intent.environment)?.change else {
        bail!("environment {} asks for no approval", intent.environment);
    };
    let relative = |path: &str| {
        let path = Path::new(path);
        path.strip_prefix(root).unwrap_or(path).display().to_string()
    };
    let mut files: BTreeMap<String, String> =
        project.files.iter().map(|(path, hash)| (relative(path), hash.clone())).collect();
    for (path, text) in &features.files {
        files.insert(relative(&path.display().to_string()), digest(text.as_bytes()));
    }
    let names: BTreeSet<&str> = load::procedure_names(features).collect();
    let mut procedures = BTreeMap::new();
    for id in intent.suppliers {
        let Some(supplier) = project.inventory.supplier(id) else { continue };
        for name in &names {
            let Some(procedure) = project.inventory.procedure(&ProcedureId::new(*name)) else {
                continue;
            };
            let lines = one(procedure, supplier, &project.catalogue);
            let lines: Vec<String> = lines.lines().map(str::trim_end).map(str::to_owned).collect();
            procedures.insert(format!("{name} on {id}"), lines);
        }
    }
    let window = form.window.window();
    let plan = json!({
        "plan": FORM,
        "ticket": form.ticket,
        "environment": intent.environment,
        "ends": if intent.for_real { "the real access of the suppliers" } else { "canaries that the run makes" },
        "suppliers": intent.suppliers,
        "window": {"from": window.from, "to": window.to},
        "approver": approver.to_string(),
        "operator": operator.to_string(),
        "scenarios": features.count(),
        "selection": intent.tags.unwrap_or("not @demo"),
        "steps": features.step_texts().collect::<Vec<_>>(),
        "procedures": procedures,
        "doornail": {"version": env!("CARGO_PKG_VERSION"), "descriptions": digest(built_in_texts().as_bytes())},
        "files": files,
    });
    Ok(serde_json::to_string_pretty(&plan)? + "\n")
}

/// `doornail approve`: signs a plan's hash.
pub(crate) async fn approve(options: &ApproveOptions, output: &Output) -> anyhow::Result<u8> {
    let file = &options.plan;
    let bytes =
        std::fs::read(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let plan: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let said = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
    if said("plan") != FORM {
        bail!("{}: this is no plan of `doornail plan --out-plan`", file.display());
    }
    let source = SecretSource {
        environment: true,
        prompt: super::person::prompt(*output),
        ..SecretSource::default()
    };
    let secret = source.find(&options.key).await.context("the key to approve with")?;
    let approver = Approver::new(&secret).context("the key to approve with")?;
    let own = approver.public()?;
    if said("operator").parse() == Ok(own) {
        bail!("this is the key of the operator, who cannot approve what he carries out himself");
    }
    if said("approver").parse() != Ok(own) {
        bail!("the plan is to be approved by {}, and this key is {own}", said("approver"));
    }
    let hash = digest(&bytes);
    let written = options.out.clone().unwrap_or_else(|| {
        let mut name = file.clone().into_os_string();
        name.push(".approval");
        PathBuf::from(name)
    });
    std::fs::write(&written, approver.approve(&hash) + "\n")
        .with_context(|| format!("{}: cannot be written", written.display()))?;
    let mut text = String::new();
    for name in ["ticket", "environment", "ends"] {
        let _ = writeln!(text, "{name:<12} {}", said(name));
    }
    let _ = writeln!(text, "plan         {hash}\napproved in  {}", written.display());
    output.data(text);
    Ok(0)
}
