//! Running one command of a procedure: what it may see, how long it may take, how much of what it says is
//! kept. Its stdout is nobody's: what went wrong is said on stderr.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{ChildStderr, Command};

use crate::chase::Stop;
use crate::journal::event::ActionResult;
use crate::secret::Secret;
use crate::span::Span;

/// So much of the end of stderr is kept.
const MOST: usize = 16 * 1024;
/// So many of its last lines are shown.
const LINES: usize = 5;
/// So much of them is shown.
const LONGEST: usize = 240;
/// What was started in the background may hold stderr open for ever; it is not waited for.
const GRACE: Duration = Duration::from_millis(500);

/// How a command ended.
pub(super) enum Ended {
    /// It was not started, or did not come to its end; says why.
    NoEnd(ActionResult),
    /// It came to its end, and said this on stderr.
    End { status: ExitStatus, said: String },
}

impl Ended {
    /// As the journal has it. `clean` takes away what must not be seen, before anything is cut.
    pub(super) fn result(self, clean: impl Fn(&str) -> String) -> ActionResult {
        match self {
            Self::NoEnd(result) => result,
            Self::End { status, .. } if status.success() => {
                ActionResult::Accepted { answer: status.to_string() }
            }
            Self::End { status, said } => {
                let said = clean(&said);
                let lines: Vec<&str> = said.lines().collect();
                let tail = lines[lines.len().saturating_sub(LINES)..].join(" / ");
                let shown: String = tail.chars().take(LONGEST).collect();
                ActionResult::Refused { why: format!("{status}: {shown}") }
            }
        }
    }
}

/// The end of a stream.
#[derive(Default)]
struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    /// Reads to the end of the stream; what was read is kept if nobody waits for that.
    async fn read(&mut self, stream: Option<ChildStderr>) {
        let Some(mut stream) = stream else { return };
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut chunk).await {
            self.bytes.extend(&chunk[..length]);
            let excess = self.bytes.len().saturating_sub(MOST);
            self.is_cut |= excess > 0;
            self.bytes.drain(..excess);
        }
    }

    /// The whole lines of it: half a secret would not be recognised.
    fn text(mut self) -> String {
        let text = String::from_utf8_lossy(self.bytes.make_contiguous());
        match (self.is_cut, text.split_once('\n')) {
            (false, _) => text.into_owned(),
            (true, Some((_, whole))) => whole.to_owned(),
            (true, None) => "(one line, too long to be shown)".to_owned(),
        }
    }
}

/// Runs a command to its end or its deadline. How it ends is a finding, never a crash.
pub(super) async fn run(
    words: &[String],
    environment: &[(String, Secret)],
    withheld: &[OsString],
    timeout: Duration,
    stop: &Stop,
) -> Ended {
    let no_end = |why: String| Ended::NoEnd(ActionResult::Refused { why });
    let Some((program, arguments)) = words.split_first() else {
        let why = "the command is empty".to_owned();
        return Ended::NoEnd(ActionResult::NotDone { why });
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for name in withheld {
        command.env_remove(name);
    }
    let started = command
        .envs(environment.iter().map(|(name, value)| (name, value.expose())))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return no_end(format!("cannot be started: {error}")),
    };
    let stderr = child.stderr.take();
    let mut tail = Tail::default();
    let to_its_end = async {
        let mut reading = std::pin::pin!(tail.read(stderr));
        tokio::select! {
            biased;
            () = &mut reading => child.wait().await,
            status = child.wait() => {
                let _ = tokio::time::timeout(GRACE, &mut reading).await;
                status
            }
        }
    };
    let status = tokio::select! {
        status = tokio::time::timeout(timeout, to_its_end) => status,
        () = stop.stopped() => return no_end("the drill was stopped while it ran".to_owned()),
    };
    match status {
        Err(_) => no_end(format!("no end within {}", Span(timeout))),
        Ok(Err(error)) => no_end(format!("its end cannot be seen: {error}")),
        Ok(Ok(status)) => Ended::End { status, said: tail.text() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said_by(script: &str, timeout: Duration) -> ActionResult {
        let words = ["sh", "-c", script].map(str::to_owned);
        let ended = run(&words, &[], &[], timeout, &Stop::default()).await;
        ended.result(|text| text.replace("hush", "[secret]"))
    }

    fn why(result: ActionResult) -> String {
        match result {
            ActionResult::Refused { why } => why,
            ActionResult::Accepted { answer } => panic!("accepted: {answer}"),
            ActionResult::NotDone { why } => panic!("not done: {why}"),
        }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn the_last_lines_of_a_failure_are_kept_and_no_more() {
        let script = "for n in 1 2 3 4 5 6; do echo line $n >&2; done; echo hush >&2; exit 3";
        let why = why(said_by(script, LONG).await);
        assert_eq!(why, "exit status: 3: line 3 / line 4 / line 5 / line 6 / [secret]");
    }

    #[tokio::test]
    async fn endless_output_takes_no_memory_and_half_a_line_is_not_shown() {
        let script = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2; exit 1";
        assert_eq!(why(said_by(script, LONG).await), "exit status: 1: end");
        let script = "head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1";
        let shown = why(said_by(script, LONG).await);
        assert_eq!(shown, "exit status: 1: (one line, too long to be shown)");
        let script = "head -c 10000 /dev/zero | tr '\\0' x >&2; exit 1";
        assert_eq!(why(said_by(script, LONG).await).len(), "exit status: 1: ".len() + LONGEST);
    }

    #[tokio::test]
    async fn what_goes_on_in_the_background_is_not_waited_for() {
        let began = std::time::Instant::now();
        let result = said_by("sleep 20 & exit 0", LONG).await;
        assert_eq!(result, ActionResult::Accepted { answer: "exit status: 0".to_owned() });
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_deadline_is_a_finding() {
        assert_eq!(why(said_by("sleep 20", Duration::from_millis(50)).await), "no end within 50ms");
    }
}
