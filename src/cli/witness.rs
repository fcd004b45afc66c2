//! `doornail witness`: the supplier uses a credential that only it holds, once, and signs what came of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use doornail::drill::Drill;
use doornail::drill::secrets::SecretSource;
use doornail::drill::witness::{Testimony, testify};
use doornail::id::CredentialId;
use doornail::inventory::secret_ref::SecretRef;
use doornail::probe::http::Connection;
use doornail::track::Shows;
use doornail::witness::{Request, SigningKey, new_key};

use super::again::Earlier;
use super::load;
use super::options::WitnessOptions;
use super::output::Output;
use super::person::prompt;

/// Inconclusive.
const INCONCLUSIVE: u8 = 3;

pub(crate) async fn witness(
    options: &WitnessOptions,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    match (&options.new_key, &options.ask_for, &options.request) {
        (Some(file), _, _) => {
            let key = new_key(file).with_context(|| {
                format!("{}: no key was made\n  hint: name a new file", file.display())
            })?;
            output.note(format!("{}: keep it; whoever has it can sign as you", file.display()));
            output.line(key.to_string());
            Ok(0)
        }
        (None, Some(run), _) => ask(options, run, root, output).await,
        (None, None, Some(request)) => answer(options, request, root, output).await,
        (None, None, None) => {
            bail!("what for?\n  hint: --new-key FILE, --for RUN or --request FILE")
        }
    }
}

/// On our side: the request.
async fn ask(
    options: &WitnessOptions,
    run: &Path,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let Some(id) = &options.credential else { bail!("of which?\n  hint: --credential ID") };
    let Some(to) = &options.to else { bail!("where to?\n  hint: --to FILE") };
    if options.before == options.after {
        bail!(
            "is it to be used before the end of access or after it?\n  hint: --before or --after: both are needed \
             for proof, one request each"
        );
    }
    let earlier = Earlier::read(run)?;
    let number = earlier.first()?;
    let Some(session) = earlier.again(&options.confirm, root, *output).await? else {
        return Ok(4);
    };
    let text = Drill::again(session.shared.clone(), number)?
        .ask_witness(&CredentialId::new(id.as_str()), options.after)?;
    write_new(to, &text)?;
    output.note(format!(
        "{}: hand it over; it holds nothing secret. The supplier answers it with `doornail witness --request FILE`",
        to.display()
    ));
    Ok(0)
}

/// On the supplier's side: one use, signed.
async fn answer(
    options: &WitnessOptions,
    file: &Path,
    root: &Path,
    output: &Output,
) -> anyhow::Result<u8> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: cannot be read", file.display()))?;
    let (request, digest) = Request::read(&text).with_context(|| file.display().to_string())?;
    let Some(to) = &options.to else { bail!("where to?\n  hint: --to FILE") };
    let Some(host) = &options.host else {
        bail!(
            "it would be used at {}; nothing was sent\n  hint: if that is right, type its host with --host",
            request.address
        );
    };
    let Some(key) = &options.key else {
        bail!(
            "signed with which key?\n  hint: --key file:PATH; `doornail witness --new-key PATH` makes one"
        )
    };
    let source =
        SecretSource { environment: true, prompt: prompt(*output), ..SecretSource::default() };
    let found =
        source.find(&key.parse::<SecretRef>()?).await.context("the key; nothing was sent")?;
    let key = SigningKey::read(&found).context("the key; nothing was sent")?;
    let project = load::project(root)?;
    let secrets = secrets(&options.secret, &request, &project, &source).await?;
    let own = Testimony {
        secrets,
        host: host.clone(),
        vantage: options.vantage.clone().unwrap_or_else(machine),
        client: Connection::new(format!(
            "doornail/{} (witness for run {})",
            env!("CARGO_PKG_VERSION"),
            request.run
        ))
        .client()?,
    };
    let statement = testify((&request, digest), project.catalogue.clone(), own).await?;
    write_new(to, &key.sign(&statement)?)?;
    for (channel, said) in &statement.channels {
        output.line(format!("{} on {channel}: {said}", statement.credential));
    }
    output.note(format!("{}: hand it over; the secret is not in it", to.display()));
    Ok(match statement.shows {
        Shows::There | Shows::Gone => 0,
        Shows::Nothing => INCONCLUSIVE,
    })
}

/// The secret fields of the credential, each from where it was said to be, or else typed in.
async fn secrets(
    given: &[String],
    request: &Request,
    project: &doornail::steps::Project,
    source: &SecretSource,
) -> anyhow::Result<BTreeMap<String, doornail::secret::Secret>> {
    let mut named = BTreeMap::new();
    for one in given {
        // What was typed is not repeated: it may be the secret itself.
        let Some((field, reference)) = one.split_once('=') else {
            bail!("--secret: expected FIELD=REFERENCE, as in token=env:NAME; nothing was sent");
        };
        named.insert(field.to_owned(), reference.parse::<SecretRef>()?);
    }
    let kind = project
        .catalogue
        .get(&request.platform)
        .and_then(|description| description.credentials.get(&request.kind));
    let fields = kind.map(|kind| kind.secret.clone()).unwrap_or_default();
    if let Some(unknown) = named.keys().find(|name| kind.is_some() && !fields.contains(name)) {
        bail!("--secret: unknown field `{unknown}`\n  hint: {}", fields.join(", "));
    }
    let mut all = BTreeMap::new();
    for field in fields {
        let reference = named.remove(&field).unwrap_or_else(|| SecretRef::Prompt(field.clone()));
        let secret = source.find(&reference).await.with_context(|| {
            format!("its secret field `{field}` is missing; nothing was sent\n  hint: --secret {field}=env:NAME")
        })?;
        all.insert(field, secret);
    }
    Ok(all)
}

fn machine() -> String {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("the supplier's machine {}", name.trim()).trim_end().to_owned()
}

fn write_new(file: &Path, text: &str) -> anyhow::Result<()> {
    let mut out = std::fs::File::create_new(file)
        .with_context(|| format!("{}: cannot be made\n  hint: name a new file", file.display()))?;
    out.write_all(text.as_bytes())?;
    Ok(())
}

/// What was handed back, file by file.
pub(super) fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let read = |file: &PathBuf| {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{}: cannot be read; nothing was sent", file.display()))?;
        Ok((file.clone(), text))
    };
    files.iter().map(read).collect()
}
