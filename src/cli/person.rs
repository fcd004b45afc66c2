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

/// How often a choice is asked for that is none of those given.
const CHOICES: usize = 3;
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

    async fn choose(&self, what: &str, words: &[&str]) -> Option<usize> {
        let numbered: Vec<String> =
            words.iter().enumerate().map(|(n, word)| format!("  {}  {word}", n + 1)).collect();
        self.0.note(format!("to try by hand: {what}\n{}", numbered.join("\n")));
        for _ in 0..CHOICES {
            self.0.note(format!("which one did you see? 1 to {}:", words.len()));
            let Ok(Ok(line)) = line().await else { return None };
            if line.is_empty() {
                return None;
            }
            // Only a number is a choice: what else is typed is never a verdict.
            let number = line.trim().parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            if let Some(chosen) = number.filter(|chosen| *chosen < words.len()) {
                return Some(chosen);
            }
        }
        None
    }

    fn name(&self) -> String {
        std::env::var("USER").unwrap_or_else(|_| "unknown user".to_owned())
    }

    async fn agree(&self, question: &str) -> Reply {
        self.0.note(format!("{question}\ntype yes to go on; anything else stops it:"));
        match line().await {
            Ok(Ok(line)) if line.trim() == "yes" => Reply::Done,
            Ok(Ok(_) | Err(_)) | Err(_) => Reply::NotDone,
        }
    }
}
