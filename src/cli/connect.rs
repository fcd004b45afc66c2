//! How the platforms of an environment are reached, and the file that says when to stop asking them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use doornail::clock::Tempo;
use doornail::config::{ConnectionForm, Environment};
use doornail::drill::Ground;
use doornail::drill::mocked::CLOCK;
use doornail::probe::Wire;
use doornail::probe::http::Connection;
use doornail::steps::Project;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The client of a run, which every platform's log shall show: `purpose` is the run's id, or what else is done.
pub(crate) fn client(
    project: &Project,
    ground: &Ground,
    purpose: &str,
) -> anyhow::Result<reqwest::Client> {
    let form = environment(project, ground).map(|known| known.connection.clone());
    Ok(connection(form.unwrap_or_default(), purpose)?.client()?)
}

/// The name it has there.
pub(crate) fn user_agent(project: &Project, ground: &Ground, purpose: &str) -> String {
    let form = environment(project, ground).map(|known| known.connection.clone());
    named(&form.unwrap_or_default(), purpose)
}

fn named(form: &ConnectionForm, purpose: &str) -> String {
    let name =
        form.user_agent.as_deref().unwrap_or(concat!("doornail/", env!("CARGO_PKG_VERSION")));
    format!("{name} ({purpose})")
}

/// The settings of a real environment.
pub(crate) fn environment<'p>(project: &'p Project, ground: &Ground) -> Option<&'p Environment> {
    match ground {
        Ground::Mocks { .. } => None,
        Ground::Real(stage) => project.config.environments.get(&stage.environment),
    }
}

/// What a journal says of its environment.
pub(crate) fn remarks(project: &Project, ground: &Ground) -> Vec<String> {
    environment(project, ground).map(Environment::remarks).unwrap_or_default()
}

/// How fast time runs: faster than real only where every host is this machine, so that it is no evidence of
/// anything.
pub(crate) fn tempo(project: &Project, ground: &Ground) -> anyhow::Result<Tempo> {
    let (Some(environment), Ok(text)) = (environment(project, ground), std::env::var(CLOCK)) else {
        return Ok(Tempo::default());
    };
    let tempo: Tempo = text.parse().map_err(anyhow::Error::msg).context(CLOCK)?;
    let hosts = &environment.safety.allow_hosts;
    if !hosts.iter().all(|host| matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]")) {
        bail!(
            "{CLOCK} is set, and the environment's hosts are not all on this machine; nothing was sent\n  hint: \
             time runs faster on mocks only: unset {CLOCK}"
        );
    }
    Ok(tempo)
}

/// From where credentials are used: as the environment names it; else what the way out is known to be, the proxy
/// or this machine.
pub(crate) fn vantage(project: &Project, ground: &Ground) -> String {
    let Some(environment) = environment(project, ground) else { return "mocks".to_owned() };
    if let Some(name) = &environment.vantage {
        return name.clone();
    }
    if let Some(proxy) =
        environment.connection.proxy.as_ref().and_then(|proxy| proxy.parse::<url::Url>().ok())
    {
        let port =
            proxy.port_or_known_default().map_or_else(String::new, |port| format!(":{port}"));
        return format!("the proxy {}{port}", proxy.host_str().unwrap_or_default());
    }
    match std::fs::read_to_string("/etc/hostname") {
        Ok(name) if !name.trim().is_empty() => format!("the machine {}", name.trim()),
        Ok(_) | Err(_) => "this machine".to_owned(),
    }
}

/// What a journal says of it.
pub(crate) fn scaled(tempo: Tempo) -> Option<u32> {
    Some(tempo.scale()).filter(|scale| *scale > 1)
}

/// Whether a stop file is there; one that cannot be looked for counts as there.
pub(crate) fn says_stop(file: &Path) -> bool {
    match file.symlink_metadata() {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// Waits until the stop file is there, for ever if there is none to wait for.
pub(crate) async fn stop_file_appears(file: Option<PathBuf>) {
    let Some(file) = file else { return std::future::pending().await };
    while !says_stop(&file) {
        tokio::time::sleep(EVERY).await;
    }
}

/// How often a stop file is looked for.
const EVERY: Duration = Duration::from_millis(200);

fn connection(form: ConnectionForm, purpose: &str) -> anyhow::Result<Connection> {
    let mut connection = Connection::new(named(&form, purpose));
    connection.proxy =
        form.proxy.map(|proxy| proxy.parse()).transpose().context("`connection.proxy`")?;
    for root in authorities(form.ca.as_deref())? {
        connection.extra_roots.push(reqwest::Certificate::from_der(&root)?);
    }
    Ok(connection)
}

/// How servers of an environment are reached that speak no HTTP.
pub(crate) fn wire(environment: &Environment) -> anyhow::Result<Wire> {
    let roots = authorities(environment.connection.ca.as_deref())?;
    let proxy = environment.connection.proxy.as_ref().map(|proxy| proxy.parse()).transpose();
    let proxy = proxy.context("`connection.proxy`")?;
    Ok(Wire::new(environment.safety.allow_hosts.clone(), roots, false).through(proxy))
}

/// The certification authorities of a PEM file, none without a file.
fn authorities(file: Option<&Path>) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let name = file.display();
    let text = std::fs::read(file).with_context(|| {
        format!("{name}: the certification authorities of `connection.ca` cannot be read; nothing was sent")
    })?;
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let roots = roots.unwrap_or_default();
    if roots.is_empty() {
        bail!(
            "{name}: no certificate; nothing was sent\n  hint: `connection.ca` names a PEM file, which begins \
             with -----BEGIN CERTIFICATE-----"
        );
    }
    Ok(roots)
}
