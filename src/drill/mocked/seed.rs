//! The file that changes how served mocks begin: broken platforms, deeds of the console, fixed addresses.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::{Estate, Fault, MockFault};
use crate::error::{FileError, Problems, from_yaml, nearest_or_known};

/// The file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// Faults by `PLATFORM` or `PLATFORM@SECONDS`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    faults: BTreeMap<String, Spanned<String>>,
    /// What is done before the first request is served.
    #[serde(default)]
    #[schemars(with = "Vec<Deed>")]
    by_hand: Vec<Spanned<Deed>>,
    /// Loopback addresses by the variable that names the server.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    listen: BTreeMap<String, Spanned<String>>,
}

/// What a human does in an admin console.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deed {
    /// At which platform.
    platform: String,
    /// Which action; `doornail platforms NAME` lists what is done by hand.
    action: String,
    /// To what, by its id there.
    object: String,
}

/// How served mocks begin, if not sound, untouched and on free ports.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    file: PathBuf,
    faults: Vec<MockFault>,
    deeds: Vec<Spanned<Deed>>,
    listen: BTreeMap<String, (SocketAddr, Location)>,
}

impl Seed {
    /// Reads the file, for mocks of these platforms.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &Path, text: &str, platforms: &[&str]) -> Result<Self, Problems> {
        let form: Form = from_yaml(file, text)?;
        let reading = Reading { file, platforms };
        let mut problems = Problems::default();
        let mut seed = Self { file: file.to_owned(), ..Self::default() };
        for (place, name) in &form.faults {
            match reading.fault(place, name) {
                Ok(fault) if seed.faults.iter().any(|one| one.platform == fault.platform) => {
                    let problem =
                        format!("faults: `{}` is broken in two ways at once", fault.platform);
                    problems.push(reading.wrong(name, problem).hint("keep one of them"));
                }
                Ok(fault) => seed.faults.push(fault),
                Err(error) => problems.push(error),
            }
        }
        for deed in &form.by_hand {
            let platform = reading.platform("by_hand", &deed.value.platform, deed);
            problems.extend(platform.err());
        }
        for (variable, address) in &form.listen {
            match reading.address(variable, address) {
                Ok(found) => {
                    seed.listen.insert(variable.clone(), (found, address.referenced));
                }
                Err(error) => problems.push(error),
            }
        }
        seed.deeds = form.by_hand;
        problems.0.sort_by_key(|error| error.place);
        problems.into_result(seed)
    }

    /// Takes hold of the fixed addresses.
    pub(super) fn sockets(&self) -> Result<BTreeMap<String, TcpListener>, Problems> {
        let mut sockets = BTreeMap::new();
        let mut problems = Problems::default();
        for (variable, (address, place)) in &self.listen {
            match TcpListener::bind(address) {
                Ok(socket) => {
                    sockets.insert(variable.clone(), socket);
                }
                Err(error) => {
                    let problem =
                        format!("listen: {variable}: {address} cannot be listened on: {error}");
                    let error = FileError::new(&self.file, problem).at(*place);
                    problems.push(error.hint("take another port, or end what has it"));
                }
            }
        }
        problems.into_result(sockets)
    }

    /// Does by hand what is to be done, then breaks what is to be broken: a broken platform's console
    /// may do nothing.
    pub(super) fn plant(&self, estate: &Estate) -> Result<(), Problems> {
        let mut problems = Problems::default();
        for deed in &self.deeds {
            let Deed { platform, action, object } = &deed.value;
            if let Err(why) = estate.by_hand(platform, action, object) {
                let problem = format!("by_hand: {platform}: {why}");
                let error = FileError::new(&self.file, problem).at(deed.referenced);
                problems.push(error.hint(format!(
                    "`doornail platforms {platform}` lists what is done by hand; objects are named \
                     by their id there"
                )));
            }
        }
        for fault in &self.faults {
            fault.inject(estate);
        }
        problems.into_result(())
    }
}

/// What a file is read against.
struct Reading<'r> {
    file: &'r Path,
    platforms: &'r [&'r str],
}

impl Reading<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, problem: impl Into<String>) -> FileError {
        FileError::new(self.file, problem).at(at.referenced)
    }

    fn fault(&self, place: &str, name: &Spanned<String>) -> Result<MockFault, FileError> {
        let (platform, sound_for) = MockFault::place(place).ok_or_else(|| {
            let problem = format!("faults: `{place}` is no platform");
            self.wrong(name, problem).hint("write PLATFORM, or PLATFORM@SECONDS to break it later")
        })?;
        self.platform("faults", platform, name)?;
        let fault = Fault::by_name(&name.value).ok_or_else(|| {
            let hint = nearest_or_known(&name.value, Fault::names());
            self.wrong(name, format!("faults: unknown fault `{}`", name.value)).hint(hint)
        })?;
        Ok(MockFault { platform: platform.to_owned(), fault, sound_for })
    }

    /// Demands a platform that is going to be served.
    fn platform<T>(&self, key: &str, platform: &str, at: &Spanned<T>) -> Result<(), FileError> {
        if self.platforms.contains(&platform) {
            return Ok(());
        }
        let known: Vec<&str> = Estate::known().map(|(name, _)| name).collect();
        Err(if known.contains(&platform) {
            self.wrong(at, format!("{key}: `{platform}` is not among the platforms served"))
                .hint(format!("name it: doornail mock serve {platform}"))
        } else {
            let hint = nearest_or_known(platform, known.iter().copied());
            self.wrong(at, format!("{key}: unknown platform `{platform}`")).hint(hint)
        })
    }

    fn address(&self, variable: &str, given: &Spanned<String>) -> Result<SocketAddr, FileError> {
        let place = format!("listen: {variable}");
        let servers: Vec<&str> = Estate::known()
            .filter(|(name, _)| self.platforms.contains(name))
            .flat_map(|(_, servers)| servers)
            .copied()
            .collect();
        if !servers.contains(&variable) {
            let hint = nearest_or_known(variable, servers.iter().copied());
            return Err(self
                .wrong(given, format!("{place}: no server that is started has this name"))
                .hint(hint));
        }
        let found = &given.value;
        let address: SocketAddr = found.parse().map_err(|_| {
            self.wrong(given, format!("{place}: expected an address and a port, found `{found}`"))
                .hint("write them as in 127.0.0.1:8123; ports go up to 65535")
        })?;
        if !address.ip().is_loopback() {
            let problem = format!("{place}: expected a loopback address, found {}", address.ip());
            return Err(self.wrong(given, problem).hint(format!(
                "mocks hold working secrets that everybody knows: 127.0.0.1:{}",
                address.port()
            )));
        }
        if address.port() == 0 {
            return Err(self
                .wrong(given, format!("{place}: expected a port, found 0"))
                .hint("without this line it listens on a free port"));
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let read = Seed::read(Path::new("seed.yaml"), text, &["okta", "zendesk"]);
        read.map_or_else(|problems| problems.to_string(), |_| "sound".to_owned())
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = "faults: {zendesk: survives-deactivation, okta@60: slow-death:900}\n\
            by_hand: [{platform: zendesk, action: delete_api_token, object: \"501\"}]\n\
            listen: {ZENDESK_URL: 127.0.0.1:8123, OKTA_RESOURCE_URL: \"[::1]:8124\"}\n";
        assert_eq!(told(text), "sound");
        assert_eq!(told("listen: {}\n"), "sound");
        assert_eq!(told("# nothing yet\n"), "sound");
    }

    #[test]
    fn everything_wrong_is_told_with_its_place_and_what_to_type() {
        let text = "faults:\n  oktaa: everything-404\n  okta@soon: everything-404\n  \
            slack: everything-404\n  zendesk: survives-deactivaton\nby_hand:\n  \
            - {platform: zendesc, action: a, object: b}\nlisten:\n  ZENDESK: 127.0.0.1:1\n  \
            ZENDESK_URL: 192.0.2.1:8123\n  OKTA_URL: localhost:8123\n  \
            OKTA_RESOURCE_URL: 127.0.0.1:0\n";
        insta::assert_snapshot!(told(text), @"
        seed.yaml:2:10: faults: unknown platform `oktaa`
          hint: did you mean `okta`?
        seed.yaml:3:14: faults: `okta@soon` is no platform
          hint: write PLATFORM, or PLATFORM@SECONDS to break it later
        seed.yaml:4:10: faults: `slack` is not among the platforms served
          hint: name it: doornail mock serve slack
        seed.yaml:5:12: faults: unknown fault `survives-deactivaton`
          hint: did you mean `survives-deactivation`?
        seed.yaml:7:5: by_hand: unknown platform `zendesc`
          hint: did you mean `zendesk`?
        seed.yaml:9:12: listen: ZENDESK: no server that is started has this name
          hint: did you mean `ZENDESK_URL`?
        seed.yaml:10:16: listen: ZENDESK_URL: expected a loopback address, found 192.0.2.1
          hint: mocks hold working secrets that everybody knows: 127.0.0.1:8123
        seed.yaml:11:13: listen: OKTA_URL: expected an address and a port, found `localhost:8123`
          hint: write them as in 127.0.0.1:8123; ports go up to 65535
        seed.yaml:12:22: listen: OKTA_RESOURCE_URL: expected a port, found 0
          hint: without this line it listens on a free port
        ");
        insta::assert_snapshot!(told("fault: {}\n"), @"
        seed.yaml:1:1: unknown field `fault`, expected one of faults, by_hand, listen
          hint: did you mean `faults`?
        ");
        insta::assert_snapshot!(told("by_hand: [{platform: okta, action: a}]\n"), @"seed.yaml:1:28: missing field `object`");
        insta::assert_snapshot!(told("faults: {okta: rate-limited, okta@9: block-page}\n"), @"
        seed.yaml:1:38: faults: `okta` is broken in two ways at once
          hint: keep one of them
        ");
    }

    #[tokio::test]
    async fn what_the_console_does_not_know_is_told_and_nothing_is_served() {
        let text = "by_hand:\n- {platform: zendesk, action: delete_api_token, object: \"1\"}\n";
        let seed = Seed::read(Path::new("seed.yaml"), text, &["zendesk"]).unwrap();
        let problems = super::super::Mocks::serve(&["zendesk"], &seed, 1).await.unwrap_err();
        insta::assert_snapshot!(problems, @r#"
        seed.yaml:2:3: by_hand: zendesk: there is no API token "1"
          hint: `doornail platforms zendesk` lists what is done by hand; objects are named by their id there
        "#);
    }
}
