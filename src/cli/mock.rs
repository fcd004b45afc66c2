//! `doornail mock serve`: the built-in mocks for programs other than doornail, on loopback and in real time.

use std::collections::BTreeMap;

use anyhow::Context as _;
use doornail::drill::mocked::{Mocks, Seed, playable};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::options::{MockCommand, MockOptions, ServeOptions, Variables};
use super::output::Output;

pub(crate) async fn mock(options: &MockOptions, output: &Output) -> anyhow::Result<u8> {
    match &options.command {
        MockCommand::Serve(options) => serve(options, output).await,
    }
}

async fn serve(options: &ServeOptions, output: &Output) -> anyhow::Result<u8> {
    let platforms = playable(&options.platforms)?;
    let seed = match &options.seed {
        Some(file) => {
            let text = std::fs::read_to_string(file).with_context(|| {
                format!("{}: cannot be read\n  hint: name a seed file", file.display())
            })?;
            Seed::read(file, &text, &platforms)?
        }
        None => Seed::default(),
    };
    // Before the first server: whoever stops it early gets the same code and the same order.
    let mut interrupt = signal(SignalKind::interrupt()).context("no signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("no signals")?;
    let mocks = Mocks::serve(&platforms, &seed, options.clock_scale).await?;
    let text = match options.format {
        Variables::Env => shell(&mocks.variables),
        Variables::Json => {
            let json = serde_json::to_string(&mocks.variables).context("no JSON")?;
            format!("{json}\n")
        }
    };
    // As they are: what makes a secret harmless to read would make it another secret.
    output.data(text.into_bytes());
    output.note(format!("serving {} until Ctrl-C", platforms.join(", ")));
    let code = stopped(&mut interrupt, &mut terminate).await;
    mocks.shutdown().await;
    Ok(code)
}

async fn stopped(interrupt: &mut Signal, terminate: &mut Signal) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    }
}

/// Lines for a shell to read; within single quotes it reads everything but a single quote as it is.
fn shell(variables: &BTreeMap<String, String>) -> String {
    let line = |(name, value): (&String, &String)| {
        format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
    };
    variables.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_value_as_it_is() {
        let values = ["", "it's", "$(exit 9) `exit 9` \\ \"x\" !!", "two\nlines", "'", "a'\n'b"];
        for value in values {
            let text = shell(&BTreeMap::from([("NAME".to_owned(), value.to_owned())]));
            let script = format!("{text}printf %s \"$NAME\"");
            let read = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8(read.stdout).unwrap(), value);
        }
    }
}
