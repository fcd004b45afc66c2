//! Writing the journal: one line per event, flushed at once, chained.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::{GENESIS, JournalError, digest, replay_bytes, seal};
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
    /// that scenarios played side by side give the same journal every time. None in a journal that is
    /// taken up again: its scenarios are continued one by one.
    turn: Option<u32>,
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
        hold(&out, &file)?;
        let inner = Inner {
            file,
            out,
            next: 0,
            chain: GENESIS.to_owned(),
            view: RunView::default(),
            failure: None,
            observer,
            turn: Some(1),
            waiting: BTreeMap::new(),
        };
        Ok(Arc::new(Self { inner: Mutex::new(inner) }))
    }

    /// Takes up a journal where it ended, perhaps days later: the chain goes on. A torn last line is moved
    /// to `journal.torn`, and its hash recorded.
    ///
    /// # Errors
    /// If the file cannot be read or written, a line is no entry, or the chain is broken.
    pub fn reopen(folder: &Path, observer: Option<Observer>) -> Result<Arc<Self>, JournalError> {
        let file = folder.join("journal.ndjson");
        let unwritable = |source| JournalError::Unwritable { file: file.clone(), source };
        let out = File::options().append(true).open(&file).map_err(unwritable)?;
        hold(&out, &file)?;
        let bytes = std::fs::read(&file)
            .map_err(|source| JournalError::Unreadable { file: file.clone(), source })?;
        let found = replay_bytes(&file, &bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let torn = &bytes[whole..];
        if !torn.is_empty() {
            std::fs::write(folder.join("journal.torn"), torn).map_err(unwritable)?;
            out.set_len(whole as u64).map_err(unwritable)?;
        }
        let next = found.entries.last().map_or(0, |entry| entry.n + 1);
        let inner = Inner {
            view: RunView::of(&found.entries),
            file,
            out,
            next,
            chain: found.head,
            failure: None,
            observer,
            turn: None,
            waiting: BTreeMap::new(),
        };
        let journal = Arc::new(Self { inner: Mutex::new(inner) });
        if !torn.is_empty() {
            journal.record(Event::Recovered { torn: digest(torn) });
        }
        Ok(journal)
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

/// Keeps every other process from writing it.
fn hold(out: &File, file: &Path) -> Result<(), JournalError> {
    match out.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { file: file.to_owned() }),
        Err(TryLockError::Error(source)) => {
            Err(JournalError::Unwritable { file: file.to_owned(), source })
        }
    }
}

impl Inner {
    /// Takes an event in: it counts at once, and is written in its turn.
    fn take_in(&mut self, scenario: u32, at: Moment, event: Event) {
        let entry = Entry { v: VERSION, n: self.next, scenario: Some(scenario), at, event };
        self.view.apply(&entry);
        let Entry { event, .. } = entry;
        let Some(mut turn) = self.turn else {
            self.write(Some(scenario), at, event);
            return;
        };
        if scenario != turn {
            self.waiting.entry(scenario).or_default().push((at, event));
            return;
        }
        let mut ended = matches!(event, Event::ScenarioEnded { .. });
        self.write(Some(scenario), at, event);
        while ended {
            turn += 1;
            ended = false;
            for (at, event) in self.waiting.remove(&turn).unwrap_or_default() {
                ended |= matches!(event, Event::ScenarioEnded { .. });
                self.write(Some(turn), at, event);
            }
        }
        self.turn = Some(turn);
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
    /// The number of its scenario, from 1.
    pub fn scenario(&self) -> u32 {
        self.scenario
    }

    /// Records an event at the present moment.
    pub fn record(&self, event: Event) {
        let at = self.clock.now();
        self.record_at(at, event);
    }

    /// Records an event that happened earlier and is known only now, such as a termination that somebody
    /// else began.
    pub fn record_at(&self, at: Moment, event: Event) {
        self.journal.lock().take_in(self.scenario, at, event);
    }

    /// Looks at what this scenario has recorded so far.
    pub fn view<T>(&self, look: impl FnOnce(&ScenarioView) -> T) -> T {
        let mut inner = self.journal.lock();
        look(inner.view.scenario_mut(self.scenario))
    }
}
