//! Writing the journal: one line per event, flushed at once, chained.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::{GENESIS, JournalError, seal};
use super::event::{Entry, Event, VERSION};
use super::view::{RunView, ScenarioView};
use crate::clock::{Clock, Moment};
use crate::inert::Inert;

/// An open journal and the view of everything in it.
pub struct Journal {
    inner: Mutex<Inner>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal(..)")
    }
}

struct Inner {
    file: PathBuf,
    out: File,
    next: u64,
    chain: String,
    view: RunView,
    failure: Option<String>,
    observer: Option<Observer>,
    /// The scenario whose events are written as they come; those of later ones wait for their turn, so
    /// that scenarios played side by side give the same journal every time.
    turn: u32,
    waiting: BTreeMap<u32, Vec<(Moment, Event)>>,
}

/// Sees every entry as it is written.
pub type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

impl Journal {
    /// Begins a journal in a folder that has none.
    ///
    /// # Errors
    /// If the file cannot be created, or is there already.
    pub fn create(folder: &Path, observer: Option<Observer>) -> Result<Arc<Self>, JournalError> {
        let file = folder.join("journal.ndjson");
        let out = File::create_new(&file)
            .map_err(|source| JournalError::Unwritable { file: file.clone(), source })?;
        let inner = Inner {
            file,
            out,
            next: 0,
            chain: GENESIS.to_owned(),
            view: RunView::default(),
            failure: None,
            observer,
            turn: 1,
            waiting: BTreeMap::new(),
        };
        Ok(Arc::new(Self { inner: Mutex::new(inner) }))
    }

    /// Records an event of the run as a whole.
    pub fn record(&self, event: Event) {
        let mut inner = self.lock();
        inner.flush();
        let entry = Entry { v: VERSION, n: inner.next, scenario: None, at: Moment::START, event };
        inner.view.apply(&entry);
        inner.write(None, Moment::START, entry.event);
    }

    /// The ledger of one scenario, numbered from 1.
    pub fn ledger(self: &Arc<Self>, scenario: u32, clock: Arc<dyn Clock>) -> Ledger {
        Ledger { journal: Arc::clone(self), scenario, clock }
    }

    /// Looks at everything recorded so far.
    pub fn view<T>(&self, look: impl FnOnce(&RunView) -> T) -> T {
        look(&self.lock().view)
    }

    /// The chain after the last line: anchor it elsewhere to resist rewriting.
    pub fn head(&self) -> String {
        self.lock().chain.clone()
    }

    /// Why writing failed, if it did. Without a journal there is no evidence, so the run is void.
    pub fn failure(&self) -> Option<JournalError> {
        let inner = self.lock();
        inner.failure.as_ref().map(|why| JournalError::Unwritable {
            file: inner.file.clone(),
            source: std::io::Error::other(why.clone()),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes an event in: it counts at once, and is written in its turn.
    fn take_in(&mut self, scenario: u32, at: Moment, event: Event) {
        let entry = Entry { v: VERSION, n: self.next, scenario: Some(scenario), at, event };
        self.view.apply(&entry);
        let Entry { event, .. } = entry;
        if scenario != self.turn {
            self.waiting.entry(scenario).or_default().push((at, event));
            return;
        }
        let mut ended = matches!(event, Event::ScenarioEnded { .. });
        self.write(Some(scenario), at, event);
        while ended {
            self.turn += 1;
            ended = false;
            for (at, event) in self.waiting.remove(&self.turn).unwrap_or_default() {
                ended |= matches!(event, Event::ScenarioEnded { .. });
                self.write(Some(self.turn), at, event);
            }
        }
    }

    /// Writes what still waits, whether or not its turn came.
    fn flush(&mut self) {
        for (scenario, events) in std::mem::take(&mut self.waiting) {
            for (at, event) in events {
                self.write(Some(scenario), at, event);
            }
        }
    }

    fn write(&mut self, scenario: Option<u32>, at: Moment, event: Event) {
        let entry = Entry { v: VERSION, n: self.next, scenario, at, event };
        match serde_json::to_string(&entry) {
            Ok(line) => {
                let line = Inert::json(&line);
                let (sealed, chain) = seal(&self.chain, &line);
                if let Err(error) = self.out.write_all(sealed.as_bytes()) {
                    self.failure.get_or_insert(error.to_string());
                }
                self.chain = chain;
                self.next += 1;
            }
            Err(error) => {
                self.failure.get_or_insert(error.to_string());
            }
        }
        if let Some(observer) = &self.observer {
            observer(&entry);
        }
    }
}

/// The journal as one scenario writes it, on its own clock.
#[derive(Clone, Debug)]
pub struct Ledger {
    journal: Arc<Journal>,
    scenario: u32,
    clock: Arc<dyn Clock>,
}

impl Ledger {
    /// Records an event at the present moment.
    pub fn record(&self, event: Event) {
        let at = self.clock.now();
        self.journal.lock().take_in(self.scenario, at, event);
    }

    /// Looks at what this scenario has recorded so far.
    pub fn view<T>(&self, look: impl FnOnce(&ScenarioView) -> T) -> T {
        let mut inner = self.journal.lock();
        look(inner.view.scenario_mut(self.scenario))
    }
}
