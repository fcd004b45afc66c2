//! Writing the journal: one line per event, flushed at once, chained.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::{GENESIS, JournalError, seal};
use super::event::{Entry, Event, VERSION};
use super::view::{RunView, ScenarioView};
use crate::clock::{Clock, Moment};

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
        };
        Ok(Arc::new(Self { inner: Mutex::new(inner) }))
    }

    /// Records an event of the run as a whole.
    pub fn record(&self, event: Event) {
        self.lock().append(None, Moment::START, event);
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
    fn append(&mut self, scenario: Option<u32>, at: Moment, event: Event) {
        let entry = Entry { v: VERSION, n: self.next, scenario, at, event };
        match serde_json::to_string(&entry) {
            Ok(line) => {
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
        self.view.apply(&entry);
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
        self.journal.lock().append(Some(self.scenario), at, event);
    }

    /// Looks at what this scenario has recorded so far.
    pub fn view<T>(&self, look: impl FnOnce(&ScenarioView) -> T) -> T {
        let mut inner = self.journal.lock();
        look(inner.view.scenario_mut(self.scenario))
    }
}
