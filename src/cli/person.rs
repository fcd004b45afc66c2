//! The operator at the terminal: does by hand what no API does, and types in what is kept nowhere.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;

use async_trait::async_trait;
use doornail::drill::person::{Nobody, Person, Reply};
use doornail::drill::secrets::Prompt;
use doornail::secret::Secret;

use super::output::Output;

/// Whoever sits at the terminal; nobody if there is none.
pub(crate) fn person(output: Output) -> Arc<dyn Person> {
    if io::stdin().is_terminal() { Arc::new(Operator(output)) } else { Arc::new(Nobody) }
}

/// Asks for secrets at the terminal, without showing them; not at all if there is none.
pub(crate) fn prompt(output: Output) -> Option<Prompt> {
    if !io::stdin().is_terminal() {
        return None;
    }
    Some(Arc::new(move |label| {
        output.note(format!("{label} (not shown):"));
        rpassword::read_password().ok().filter(|typed| !typed.is_empty()).map(Secret::new)
    }))
}

struct Operator(Output);

/// What is typed, up to Enter.
fn line() -> tokio::task::JoinHandle<io::Result<String>> {
    tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    })
}

#[async_trait]
impl Person for Operator {
    async fn ask(&self, what: &str) -> Reply {
        self.0.note(format!(
            "to do by hand: {what}\npress Enter when it is done, or type n if it is not:"
        ));
        match line().await {
            Ok(Ok(line)) if line.is_empty() => Reply::Nobody,
            Ok(Ok(line)) if line.trim().is_empty() => Reply::Done,
            Ok(Ok(_)) => Reply::NotDone,
            Ok(Err(_)) | Err(_) => Reply::Nobody,
        }
    }

    async fn agree(&self, question: &str) -> Reply {
        self.0.note(format!("{question}\ntype yes to go on; anything else stops it:"));
        match line().await {
            Ok(Ok(line)) if line.trim() == "yes" => Reply::Done,
            Ok(Ok(_) | Err(_)) | Err(_) => Reply::NotDone,
        }
    }
}
