//! Before anything is sent: how many wrong passwords each account of a supplier gets at worst.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::chase::passwords::{Account, in_words, tries_a_password};
use crate::inventory::Supplier;
use crate::inventory::supplier::Credential;
use crate::platform::Catalogue;
use crate::platform::schema::Lockout;
use crate::span::Span;

/// The wrong passwords that one account gets.
#[derive(Clone, Debug)]
pub struct AtWorst {
    /// Which account.
    pub account: Account,
    /// The caps that are described for it: every one holds. None where nobody says what is safe.
    pub caps: Vec<Lockout>,
    /// How many passwords and channels share them.
    pub doors: u32,
}

impl AtWorst {
    /// In words, `refusals` being how many confirm an end.
    pub fn in_words(&self, refusals: u32) -> String {
        let account = &self.account;
        let Some(strictest) = self.caps.iter().min_by_key(|cap| cap.refusals) else {
            return format!(
                "{account}: as many as the pace allows, since no cap is described: say with `lockout:` how many are safe"
            );
        };
        let caps: Vec<String> = self.caps.iter().map(in_words).collect();
        let demanded = refusals.saturating_mul(self.doors);
        let windows = demanded.div_ceil(strictest.refusals.max(1));
        let long = match windows {
            0 | 1 => "one window is enough".to_owned(),
            windows => {
                let length = strictest.per.0.saturating_mul(windows - 1);
                format!("which takes {windows} windows, at least {}", Span(length))
            }
        };
        let and_new = "and so does every new password that is tried and refused";
        format!(
            "{account}: {}, the cap of its description; {demanded} confirm the end of {}, {long}, {and_new}",
            caps.join(" and "),
            match self.doors {
                1 => "its password".to_owned(),
                doors => format!("its passwords on {doors} doors"),
            }
        )
    }

    /// The shortest window of its caps.
    pub fn window(&self) -> Option<Duration> {
        self.caps.iter().map(|cap| cap.per.0).min()
    }
}

/// Every account of the supplier that passwords are tried on, in order.
pub fn wrong_passwords(supplier: &Supplier, catalogue: &Catalogue) -> Vec<AtWorst> {
    let mut all: BTreeMap<Account, AtWorst> = BTreeMap::new();
    for item in &supplier.credentials {
        let credential = &item.value;
        let kind = catalogue
            .get(&credential.platform)
            .and_then(|description| description.credentials.get(&credential.kind));
        let Some(kind) = kind else { continue };
        let channels = kind.probe.iter().filter(|(name, channel)| {
            let named = credential.channels.as_ref();
            named.is_none_or(|named| named.contains(name)) && tries_a_password(kind, channel)
        });
        for (_, channel) in channels {
            let account = account(supplier, credential);
            let one = all.entry(account.clone()).or_insert_with(|| AtWorst {
                account,
                caps: Vec::new(),
                doors: 0,
            });
            one.doors += 1;
            if let Some(cap) = channel.lockout
                && !one.caps.iter().any(|known| in_words(known) == in_words(&cap))
            {
                one.caps.push(cap);
            }
        }
    }
    all.into_values().collect()
}

fn account(supplier: &Supplier, credential: &Credential) -> Account {
    let principal = credential.principal.as_ref().and_then(|id| {
        supplier.principals.iter().map(|item| &item.value).find(|principal| principal.id == *id)
    });
    let login = principal.map(|principal| principal.login.as_str());
    let named = || ["login", "username", "user"].iter().find_map(|name| credential.with.get(*name));
    let login = login.or_else(|| named().map(String::as_str));
    Account::named(credential.platform.clone(), login.unwrap_or(credential.id.as_str()))
}
