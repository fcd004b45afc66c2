//! What the features of the platforms exercise: every cell of every description's matrix, an action that
//! kills or spares a kind, is claimed by a scenario, and that claim held when it was played.
//!
//! Not for what a mock does, which its own tests say, nor for whether a description is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use doornail::inventory::supplier::{Credential, Principal};
use doornail::platform::Catalogue;
use doornail::platform::schema::{Description, Kind, OwnedBy, Scope};
use doornail::steps::Project;

use crate::desk::Desk;

mod holes;
mod played;
mod written;

use holes::{HOLES, UNMOCKED, UNPLAYED, UNTOLD};
use written::{Effect, Row};

/// An action and a kind.
type Cell = (String, String, String);

/// What descriptions state, and which of it no scenario can show.
#[derive(Default)]
struct Matrix {
    kills: BTreeSet<Cell>,
    spares: BTreeSet<Cell>,
    exempt: BTreeSet<Cell>,
}

impl Matrix {
    fn of(catalogue: &Catalogue) -> Self {
        let mut matrix = Self::default();
        for description in catalogue.iter().filter(|one| is_mocked(one.platform.as_str())) {
            for (name, action) in &description.actions {
                let cell = |kind: &str| {
                    (description.platform.to_string(), name.to_string(), kind.to_owned())
                };
                for kind in action.kills.keys() {
                    matrix.kills.insert(cell(kind.as_str()));
                    // What ends for everybody leaves no bystander that could tell an end from an
                    // outage; and what cannot be seen dead cannot be shown to die.
                    if action.scope == Scope::Account || never_dead(description, kind.as_str()) {
                        matrix.exempt.insert(cell(kind.as_str()));
                    }
                }
                matrix.spares.extend(action.spares.keys().map(|kind| cell(kind.as_str())));
            }
        }
        matrix
    }
}

fn is_mocked(platform: &str) -> bool {
    !UNMOCKED.iter().any(|(name, why)| {
        assert!(!why.is_empty());
        *name == platform
    })
}

fn never_dead(description: &Description, kind: &str) -> bool {
    description.credentials[kind].probe.values().all(|channel| channel.no_dead.is_some())
}

/// The project that the program brings along, and what its features say.
struct Book {
    catalogue: Catalogue,
    credentials: BTreeMap<String, Credential>,
    /// The accounts of whoever a principal is, by its id and by its person.
    people: BTreeMap<String, BTreeSet<String>>,
    rows: Vec<Row>,
    features: Vec<PathBuf>,
    untold: BTreeSet<String>,
    actions: BTreeSet<(String, String)>,
}

impl Book {
    fn open() -> Self {
        let catalogue = Catalogue::built_in().unwrap();
        let inventory = Project::read(Desk::new().path()).unwrap().inventory;
        let suppliers = || inventory.suppliers.values().map(|(_, supplier)| supplier);
        let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for supplier in suppliers() {
            let all = || supplier.principals.iter().map(|item| &item.value);
            for principal in all() {
                let is_same = |one: &&Principal| {
                    one.id == principal.id
                        || (one.person.is_some() && one.person == principal.person)
                };
                let same: Vec<String> =
                    all().filter(is_same).map(|one| one.id.to_string()).collect();
                let names = [Some(principal.id.to_string()), principal.person.clone()];
                for name in names.into_iter().flatten() {
                    people.entry(name).or_default().extend(same.iter().cloned());
                }
            }
        }
        let credentials: BTreeMap<String, Credential> = suppliers()
            .flat_map(|one| &one.credentials)
            .map(|item| (item.value.id.to_string(), item.value.clone()))
            .collect();
        let mut book = Self {
            catalogue,
            credentials,
            people,
            rows: Vec::new(),
            features: written::files(),
            untold: BTreeSet::new(),
            actions: BTreeSet::new(),
        };
        for file in book.features.clone() {
            written::read(&file, &mut book);
        }
        book
    }

    fn description(&self, platform: &str) -> &Description {
        self.catalogue.get(&platform.into()).unwrap_or_else(|| panic!("no platform {platform}"))
    }

    /// The credential of the inventory a row is about, or comes from.
    fn root(&self, credential: &str) -> &Credential {
        let root = credential.split_once('/').map_or(credential, |(root, _)| root);
        let root = root.strip_suffix(" (new)").unwrap_or(root);
        self.credentials.get(root).unwrap_or_else(|| panic!("no inventory has `{credential}`"))
    }

    /// The kind a row speaks of: the inventory's, or what a derived credential is named after.
    fn kind(&self, credential: &str) -> (&str, String) {
        let root = self.root(credential);
        let kind = match credential.rsplit_once('/') {
            Some((_, derived)) => derived.to_owned(),
            None => root.kind.to_string(),
        };
        let known = &self.description(root.platform.as_str()).credentials;
        assert!(known.contains_key(kind.as_str()), "{credential}: {} has no {kind}", root.platform);
        (root.platform.as_str(), kind)
    }

    /// Whether a row shows anything of its action: what belongs to somebody else goes on anyway.
    fn tells(&self, row: &Row) -> bool {
        let description = self.description(&row.platform);
        let (_, kind) = self.kind(&row.credential);
        let kind: &Kind = &description.credentials[kind.as_str()];
        let action = &description.actions[row.action.as_str()];
        let Some(object) = &row.object else { return true };
        if row.effect == Effect::Kill
            || action.scope != Scope::Principal
            || kind.owned_by != OwnedBy::Principal
        {
            return true;
        }
        let root = self.root(&row.credential);
        let of = self.people.get(object);
        root.principal.as_ref().is_none_or(|one| of.is_some_and(|of| of.contains(one.as_str())))
    }

    fn cell(&self, row: &Row) -> Cell {
        let (platform, kind) = self.kind(&row.credential);
        assert_eq!(platform, row.platform, "{row:?}: its credential is elsewhere");
        (row.platform.clone(), row.action.clone(), kind)
    }
}

fn is_unplayed(file: &str, scenario: &str) -> bool {
    UNPLAYED.iter().any(|(of, name, _)| (*of, *name) == (file, scenario))
}

/// A set of texts in lines, for a message.
fn lines(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| format!("\n  {cell}")).collect()
}

#[expect(clippy::print_stdout, reason = "the figures are worth a line in the record of a test run")]
fn say(line: &str) {
    println!("{line}");
}

#[test]
fn every_cell_of_every_description_is_exercised_by_a_scenario() {
    let book = Book::open();
    let matrix = Matrix::of(&book.catalogue);
    let (mut killed, mut spared) = (BTreeSet::new(), BTreeSet::new());
    let mut contradicted = Vec::new();
    // Rows that count for nothing, and why.
    let mut vain: BTreeMap<Cell, &str> = BTreeMap::new();
    for row in &book.rows {
        let cell = book.cell(row);
        if is_unplayed(&row.file, &row.scenario.1) {
            vain.insert(cell, "only in a scenario that does not hold yet");
            continue;
        }
        if !book.tells(row) {
            vain.entry(cell).or_insert("only of somebody else than whom the action is about");
            continue;
        }
        let (own, other, set) = match row.effect {
            Effect::Kill => (&matrix.kills, &matrix.spares, &mut killed),
            Effect::Spare => (&matrix.spares, &matrix.kills, &mut spared),
            Effect::Back => continue,
        };
        if row.effect == Effect::Kill && other.contains(&cell) && !own.contains(&cell) {
            if row.is_contained() {
                // Whether it was alive and not dead is asked of the journal, below.
                spared.insert(cell);
            } else if row.alone {
                let Row { place, action, .. } = row;
                contradicted.push(format!("{place}: {action} kills {}, said to be spared", cell.2));
            }
            continue;
        }
        set.insert(cell);
    }
    let exercised: BTreeSet<&Cell> =
        (matrix.kills.intersection(&killed)).chain(matrix.spares.intersection(&spared)).collect();
    let known: BTreeSet<Cell> = HOLES
        .iter()
        .map(|(platform, action, kind, why)| {
            assert!(!why.is_empty());
            ((*platform).to_owned(), (*action).to_owned(), (*kind).to_owned())
        })
        .collect();
    let name = |cell: &Cell| {
        let word = if matrix.kills.contains(cell) { "kills" } else { "spares" };
        let why = vain.get(cell).copied().unwrap_or("in no scenario");
        format!("{} {} {word} {}: {why}", cell.0, cell.1, cell.2)
    };
    let all: BTreeSet<&Cell> = matrix.kills.iter().chain(&matrix.spares).collect();
    let open: Vec<&Cell> = all
        .iter()
        .copied()
        .filter(|cell| !exercised.contains(cell) && !matrix.exempt.contains(*cell))
        .collect();
    let mocked = book.catalogue.iter().filter(|one| is_mocked(one.platform.as_str()));
    let stated: usize = mocked.map(|description| description.actions.len()).sum::<usize>();
    say(&format!(
        "cells: {} kills, {} spares, exercised {}, exempt {}",
        matrix.kills.len(),
        matrix.spares.len(),
        exercised.len(),
        matrix.exempt.iter().filter(|cell| !exercised.contains(cell)).count(),
    ));
    say(&format!("actions without any scenario: {} of {stated}", stated - book.actions.len()));
    let missing = open.iter().filter(|cell| !known.contains(**cell)).map(|cell| name(cell));
    let missing = lines(missing);
    assert!(missing.is_empty(), "no scenario of features/platforms exercises:{missing}");
    let stale = lines(known.iter().filter(|cell| !open.contains(cell)).map(name));
    assert!(stale.is_empty(), "no hole any more, take it from the list:{stale}");
    assert!(contradicted.is_empty(), "{}", lines(contradicted));
}

#[test]
fn every_platform_has_a_feature_that_says_what_it_is_about() {
    let book = Book::open();
    let features: BTreeSet<&str> =
        book.features.iter().filter_map(|file| file.file_stem()?.to_str()).collect();
    let unheard = book.catalogue.names().filter(|name| is_mocked(name) && !features.contains(name));
    let unheard = lines(unheard.map(str::to_owned));
    assert!(unheard.is_empty(), "no feature of:{unheard}");
    let untold: BTreeSet<&str> = book.untold.iter().map(String::as_str).collect();
    let known: BTreeSet<&str> = UNTOLD.iter().copied().collect();
    assert_eq!(untold, known, "features without a text below their name, and those known to be");
}

#[test]
fn every_row_of_every_feature_holds_when_it_is_played_and_its_actions_are_accepted() {
    let book = Book::open();
    let played = played::all(&book.features, &book.catalogue);
    // What went wrong, and in which scenario.
    let mut wrong: Vec<(&str, Option<String>, String)> = Vec::new();
    for feature in &played {
        let own = feature.wrong.iter();
        wrong.extend(own.map(|(of, what)| (&*feature.file, of.clone(), what.clone())));
        for row in book.rows.iter().filter(|row| row.file == feature.file) {
            // What became of it is asked of the journal, by the same scenario, action and words.
            let kind = book.kind(&row.credential).1;
            let what = match feature.held.get(&row.key()) {
                None => format!("{}: `{}` held nowhere", row.place, row.text()),
                Some(of) if *of != kind => {
                    format!("{}: {} is of kind {of}, taken for {kind}", row.place, row.credential)
                }
                Some(_) => continue,
            };
            wrong.push((&feature.file, Some(row.scenario.1.clone()), what));
        }
    }
    let matrix = Matrix::of(&book.catalogue);
    let must_live = |row: &&Row| {
        let cell = book.cell(row);
        row.is_contained() && matrix.spares.contains(&cell) && !matrix.kills.contains(&cell)
    };
    let alive: BTreeSet<_> = played.iter().flat_map(|one| &one.contained).cloned().collect();
    let dead = book.rows.iter().filter(must_live).filter(|row| !alive.contains(&row.key()));
    let dead = lines(dead.map(|row| format!("{}: `{}`", row.place, row.text())));
    assert!(dead.is_empty(), "said to be spared, and not seen alive:{dead}");
    let rows: usize = played.iter().map(|feature| feature.held.len()).sum();
    say(&format!("played: {} features, {rows} rows of effects held", played.len()));
    let stale = UNPLAYED.iter().filter(|(file, name, why)| {
        assert!(!why.is_empty());
        !wrong.iter().any(|(of, scenario, _)| of == file && scenario.as_deref() == Some(*name))
    });
    let stale = lines(stale.map(|(file, name, _)| format!("{file}: {name}")));
    let is_known = |file: &str, scenario: &Option<String>| match scenario {
        Some(scenario) => is_unplayed(file, scenario),
        // A run's exit code is its worst scenario's.
        None => UNPLAYED.iter().any(|(of, ..)| *of == file),
    };
    let new = wrong.iter().filter(|(file, scenario, _)| !is_known(file, scenario));
    let new = lines(new.map(|(_, scenario, what)| match scenario {
        Some(scenario) => format!("{what} ({scenario})"),
        None => what.clone(),
    }));
    assert!(new.is_empty(), "{new}");
    assert!(stale.is_empty(), "it holds by now, take it from the list:{stale}");
    let said: BTreeSet<_> = book.rows.iter().map(Row::key).collect();
    let unplayed = book.rows.iter().filter(|row| is_unplayed(&row.file, &row.scenario.1));
    let unplayed: BTreeSet<_> = unplayed.map(Row::key).collect();
    let held: BTreeSet<_> = played.iter().flat_map(|one| one.held.keys().cloned()).collect();
    assert!(held.is_subset(&said), "a claim of no row: {:?}", held.difference(&said).next());
    assert_eq!(held.union(&unplayed).count(), said.len());
}
