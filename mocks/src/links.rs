//! What happens at one platform because of what happened at another.
//!
//! Nothing runs by itself here: before a platform serves a request, everything that a link was to do
//! there by then is done, each thing at its own time. So the mocks' clock may jump a day ahead, and
//! two runs give the same bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::identity::{GONE, Kernel, State};
use crate::platforms::Wanted;
use crate::server::{Cell, Served, lock};

/// What every platform that is linked calls a person.
const USER: &str = "user";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// All platforms of an estate, and the links between them.
#[derive(Default)]
pub(crate) struct Links {
    wiring: Mutex<Wiring>,
}

#[derive(Default)]
struct Wiring {
    cells: BTreeMap<&'static str, Arc<Mutex<Cell>>>,
    pipes: Vec<Pipe>,
    syncs: Vec<Nightly>,
    calls: Vec<Call>,
}

/// Users of one platform, provisioned to another.
struct Pipe {
    upstream: &'static str,
    downstream: &'static str,
    delay: Duration,
    broken: bool,
    /// Who stood how when last looked at.
    seen: BTreeMap<String, Wanted>,
}

/// A job that switches on, every night, whoever stands on its list.
struct Nightly {
    downstream: &'static str,
    list: Vec<String>,
    next: SystemTime,
}

/// A call that a link makes at a platform, now or later.
struct Call {
    at: SystemTime,
    downstream: &'static str,
    login: String,
    wanted: Wanted,
    /// It is answered with 200, and nothing happens.
    in_vain: bool,
}

impl Links {
    fn wiring(&self) -> MutexGuard<'_, Wiring> {
        self.wiring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a platform.
    pub(crate) fn add(&self, name: &'static str, cell: Cell) {
        self.wiring().cells.insert(name, Arc::new(Mutex::new(cell)));
    }

    /// Gives the names of the platforms.
    pub(crate) fn platforms(&self) -> Vec<&'static str> {
        self.wiring().cells.keys().copied().collect()
    }

    /// Does something at a platform: what is due there is done before, and what follows from it
    /// elsewhere is noted after. Nothing if there is no such platform.
    pub(crate) fn with<T>(
        &self,
        platform: &str,
        now: SystemTime,
        act: impl FnOnce(&mut Cell) -> T,
    ) -> Option<T> {
        let cell = {
            let mut wiring = self.wiring();
            wiring.settle(platform, now);
            Arc::clone(wiring.cells.get(platform)?)
        };
        let done = act(&mut lock(&cell));
        self.wiring().look(platform, now);
        Some(done)
    }

    /// Links two platforms.
    pub(crate) fn provision(
        &self,
        upstream: &str,
        downstream: &str,
        delay: Duration,
    ) -> Result<(), String> {
        let mut wiring = self.wiring();
        let (upstream, downstream) = (wiring.name(upstream)?, wiring.name(downstream)?);
        if upstream == downstream {
            return Err(format!("{upstream} cannot be provisioned to itself"));
        }
        let seen = wiring.accounts(upstream);
        wiring.pipes.push(Pipe { upstream, downstream, delay, broken: false, seen });
        Ok(())
    }

    /// Breaks what is provisioned to a platform, silently.
    pub(crate) fn break_provisioning(&self, downstream: &str) -> Result<(), String> {
        let mut wiring = self.wiring();
        let mut pipes = wiring.pipes.iter_mut().filter(|pipe| pipe.downstream == downstream);
        let Some(first) = pipes.next() else {
            return Err(format!("nothing is provisioned to {downstream:?}"));
        };
        first.broken = true;
        pipes.for_each(|pipe| pipe.broken = true);
        Ok(())
    }

    /// Starts a nightly job whose list is that of now.
    pub(crate) fn sync_nightly(
        &self,
        downstream: &str,
        at: Duration,
        now: SystemTime,
    ) -> Result<(), String> {
        if at >= DAY {
            return Err("a day has 24 hours".to_owned());
        }
        let mut wiring = self.wiring();
        let downstream = wiring.name(downstream)?;
        let kept = |(login, wanted): (String, Wanted)| (wanted == Wanted::Active).then_some(login);
        let list = wiring.accounts(downstream).into_iter().filter_map(kept).collect();
        let mut next = midnight(now) + at;
        if next <= now {
            next += DAY;
        }
        wiring.syncs.push(Nightly { downstream, list, next });
        Ok(())
    }
}

impl Wiring {
    fn name(&self, platform: &str) -> Result<&'static str, String> {
        let known = self.cells.keys().find(|name| **name == platform);
        known.copied().ok_or_else(|| format!("no platform {platform:?}"))
    }

    fn accounts(&self, platform: &str) -> BTreeMap<String, Wanted> {
        let cell = self.cells.get(platform);
        cell.map(|cell| assigned(lock(cell).platform().kernel())).unwrap_or_default()
    }

    /// Does what was to happen at a platform by now, in the order of its times.
    fn settle(&mut self, platform: &str, now: SystemTime) {
        for sync in self.syncs.iter_mut().filter(|sync| sync.downstream == platform) {
            while sync.next <= now {
                let (at, downstream) = (sync.next, sync.downstream);
                self.calls.extend(sync.list.iter().map(|login| Call {
                    at,
                    downstream,
                    login: login.clone(),
                    wanted: Wanted::Active,
                    in_vain: false,
                }));
                sync.next += DAY;
            }
        }
        let due = |call: &Call| call.downstream == platform && call.at <= now;
        let (mut calls, later): (Vec<_>, Vec<_>) = self.calls.drain(..).partition(due);
        self.calls = later;
        let Some(cell) = self.cells.get(platform) else { return };
        // Stable: what was decided first is done first.
        calls.sort_by_key(|call| call.at);
        for call in calls {
            let mut cell = lock(cell);
            let stands = stands(cell.platform().kernel(), &call.login);
            let is_so = match call.wanted {
                Wanted::Active => stands == Some(State::Active),
                Wanted::Inactive => stands.is_none_or(|state| GONE.contains(&state)),
            };
            if is_so {
                continue;
            }
            if !call.in_vain {
                cell.platform().provision(&call.login, call.wanted, call.at);
            }
            let target = format!("/scim/v2/Users/{}", call.login);
            cell.note(Served { method: "PATCH".to_owned(), target, status: 200 });
        }
    }

    /// Notes who was switched off or on at a platform, for those it is linked to.
    fn look(&mut self, platform: &str, now: SystemTime) {
        if !self.pipes.iter().any(|pipe| pipe.upstream == platform) {
            return;
        }
        let accounts = self.accounts(platform);
        for pipe in self.pipes.iter_mut().filter(|pipe| pipe.upstream == platform) {
            for (login, wanted) in &accounts {
                if pipe.seen.get(login) == Some(wanted) {
                    continue;
                }
                pipe.seen.insert(login.clone(), *wanted);
                self.calls.push(Call {
                    at: now + pipe.delay,
                    downstream: pipe.downstream,
                    login: login.clone(),
                    wanted: *wanted,
                    in_vain: pipe.broken,
                });
            }
        }
    }
}

/// Whom a platform holds for active, by login. A suspension counts as active: identity providers leave
/// the accounts elsewhere as they are.
fn assigned(kernel: &Kernel) -> BTreeMap<String, Wanted> {
    let users = kernel.principals().iter().filter(|user| user.kind == USER);
    let logins = users.map(|user| user.login.to_lowercase());
    let stands = |login: String| {
        let gone = stands(kernel, &login).is_none_or(|state| GONE.contains(&state));
        (login, if gone { Wanted::Inactive } else { Wanted::Active })
    };
    logins.map(stands).collect()
}

/// How the user of that login stands; the one who stands best, where one was made anew beside a deleted
/// one.
fn stands(kernel: &Kernel, login: &str) -> Option<State> {
    let users = kernel.principals().iter().filter(|user| user.kind == USER);
    let states =
        users.filter(|user| user.login.eq_ignore_ascii_case(login)).map(|user| user.state());
    states.min_by_key(|state| match state {
        State::Active => 0,
        State::Suspended => 1,
        State::Deactivated => 2,
        State::Deleted => 3,
    })
}

fn midnight(now: SystemTime) -> SystemTime {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UNIX_EPOCH + Duration::from_secs(since - since % DAY.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::{self, Registration, Urls};
    use crate::times::from_epoch;

    /// 09:00 UTC, like a drill's first moment.
    const MORNING: u64 = 1_767_603_600;
    const MAYA: &str = "maya@acme.example";

    fn at(minutes: u64) -> SystemTime {
        from_epoch(MORNING + 60 * minutes)
    }

    fn links(registrations: &[Registration]) -> Links {
        let links = Links::default();
        for registration in registrations {
            let (platform, _) = (registration.seed)(&Urls::new(), at(0));
            links.add(registration.name, Cell::new(platform));
        }
        links
    }

    fn estate() -> Links {
        use platforms::{okta, salesforce, slack, zendesk};
        links(&[
            okta::REGISTRATION,
            salesforce::REGISTRATION,
            slack::REGISTRATION,
            zendesk::REGISTRATION,
        ])
    }

    fn state(links: &Links, platform: &str, login: &str, now: SystemTime) -> Option<State> {
        links.with(platform, now, |cell| stands(cell.platform().kernel(), login)).flatten()
    }

    fn set(links: &Links, platform: &str, state: State, now: SystemTime) {
        let set = |cell: &mut Cell| {
            let kernel = cell.platform().kernel();
            let id = kernel.by_login(USER, MAYA).unwrap().id.clone();
            kernel.set_state(&id, state, now);
        };
        links.with(platform, now, set).unwrap();
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn who_is_switched_off_upstream_is_switched_off_downstream_once_the_delay_has_passed() {
        let links = estate();
        for downstream in ["zendesk", "slack", "salesforce"] {
            links.provision("okta", downstream, minutes(40)).unwrap();
        }
        set(&links, "okta", State::Deactivated, at(5));
        let ends = [State::Suspended, State::Deactivated, State::Deactivated];
        for (platform, end) in ["zendesk", "slack", "salesforce"].into_iter().zip(ends) {
            assert_eq!(state(&links, platform, MAYA, at(44)), Some(State::Active), "{platform}");
            assert_eq!(state(&links, platform, MAYA, at(45)), Some(end), "{platform}");
            let globex = state(&links, platform, "maya@globex.example", at(90));
            assert_eq!(globex, Some(State::Active), "{platform}");
        }
    }

    #[test]
    fn what_is_late_is_done_at_its_own_time() {
        let links = estate();
        links.provision("okta", "zendesk", minutes(5)).unwrap();
        set(&links, "okta", State::Deactivated, at(0));
        let effective = |now: SystemTime| {
            let user = |cell: &mut Cell| {
                let kernel = cell.platform().kernel();
                kernel.by_login(USER, MAYA).unwrap().effective(now)
            };
            links.with("zendesk", at(600), user).unwrap()
        };
        assert_eq!(effective(at(4)), State::Active);
        assert_eq!(effective(at(5)), State::Suspended);
    }

    #[test]
    fn a_suspension_upstream_changes_nothing_and_a_re_activation_follows_downstream() {
        let links = estate();
        links.provision("okta", "zendesk", minutes(5)).unwrap();
        set(&links, "okta", State::Suspended, at(0));
        assert_eq!(state(&links, "zendesk", MAYA, at(60)), Some(State::Active));
        set(&links, "okta", State::Deactivated, at(60));
        assert_eq!(state(&links, "zendesk", MAYA, at(70)), Some(State::Suspended));
        set(&links, "okta", State::Active, at(80));
        assert_eq!(state(&links, "zendesk", MAYA, at(84)), Some(State::Suspended));
        assert_eq!(state(&links, "zendesk", MAYA, at(85)), Some(State::Active));
    }

    #[test]
    fn a_broken_link_is_answered_with_200_and_nothing_happens() {
        let links = estate();
        links.provision("okta", "slack", minutes(5)).unwrap();
        links.break_provisioning("slack").unwrap();
        set(&links, "okta", State::Deactivated, at(0));
        assert_eq!(state(&links, "slack", MAYA, at(600)), Some(State::Active));
        let served = links.with("slack", at(600), |cell| cell.served()).unwrap();
        let call = served.last().unwrap();
        assert_eq!((call.method.as_str(), call.status), ("PATCH", 200));
        assert!(call.target.ends_with(MAYA), "{}", call.target);
    }

    #[test]
    fn the_nightly_job_switches_on_or_makes_anew_whom_its_old_list_names() {
        let links = estate();
        links.sync_nightly("zendesk", minutes(120), at(0)).unwrap();
        links.sync_nightly("slack", minutes(120), at(0)).unwrap();
        set(&links, "zendesk", State::Suspended, at(1));
        set(&links, "slack", State::Deleted, at(1));
        // 02:00 is seventeen hours after 09:00.
        for (platform, before) in [("zendesk", State::Suspended), ("slack", State::Deleted)] {
            assert_eq!(state(&links, platform, MAYA, at(17 * 60 - 1)), Some(before));
            assert_eq!(state(&links, platform, MAYA, at(17 * 60)), Some(State::Active));
        }
        set(&links, "zendesk", State::Suspended, at(17 * 60 + 1));
        assert_eq!(state(&links, "zendesk", MAYA, at(41 * 60)), Some(State::Active));
        let anew = |cell: &mut Cell| {
            let users = cell.platform().kernel().principals().iter();
            users.filter(|user| user.kind == USER && user.login == MAYA).count()
        };
        assert_eq!(links.with("slack", at(41 * 60), anew), Some(2));
    }

    #[test]
    fn links_to_what_is_not_there_are_refused() {
        let links = estate();
        assert!(links.provision("okta", "entra", minutes(1)).is_err());
        assert!(links.provision("entra", "okta", minutes(1)).is_err());
        assert!(links.provision("okta", "okta", minutes(1)).is_err());
        assert!(links.break_provisioning("slack").is_err());
        assert!(links.sync_nightly("entra", minutes(1), at(0)).is_err());
        assert!(links.sync_nightly("slack", DAY, at(0)).is_err());
        assert!(links.with("entra", at(0), |_| ()).is_none());
    }
}
