//! An external program that signs in: one that ends, or one that stays and is asked again.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Open, PATIENCE, Permits, SignedIn, doubt, filled, filled_in_public};
use crate::platform::answer::{Answer, Body};
use crate::platform::schema::{Program, Stays};
use crate::probe::wallet::Values;
use crate::verdict::{Doubt, DoubtReason};

/// More than this of a stream is not read.
const LARGEST: u64 = 64 * 1024;
/// What a program started in the background may hold a stream open for ever; it is not waited for.
const GRACE: Duration = Duration::from_millis(500);
/// Unasked lines beyond these wait in the pipe.
const LINES: usize = 64;
/// What it needs to find itself; nothing else of doornail's environment is its business.
const PASSED_ON: [&str; 3] = ["PATH", "HOME", "LANG"];

pub(super) async fn sign_in(form: &Program, values: &Values, permits: &Permits) -> SignedIn {
    let patience = form.timeout.map_or(PATIENCE, |span| span.0);
    let (child, input) = match start(form, values, permits) {
        Ok(started) => started,
        Err(doubt) => return SignedIn::failed(doubt),
    };
    match &form.stays {
        None => SignedIn { answer: to_its_end(child, input, patience).await, open: None },
        Some(stays) => stay(child, input, stays, patience).await,
    }
}

fn start(form: &Program, values: &Values, permits: &Permits) -> Result<(Child, String), Doubt> {
    let mut words = Vec::new();
    for word in &form.run {
        words.push(filled_in_public(word, values)?);
    }
    let Some((program, arguments)) = words.split_first() else {
        return Err(doubt(DoubtReason::FlowBroken, "no program is named"));
    };
    if !permits.programs.contains(program) {
        let why = format!("the program {program:?} is not in `safety.allow_programs`");
        return Err(doubt(DoubtReason::HostNotAllowed, why));
    }
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    for (name, value) in &form.env {
        command.env(name, filled(value, values)?);
    }
    let input = form.stdin.as_ref().map(|text| filled(text, values)).transpose()?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(|error| {
        doubt(DoubtReason::FlowBroken, format!("{program:?} cannot be started: {error}"))
    })?;
    Ok((child, input.unwrap_or_default()))
}

/// Gives it its input, and waits for its end.
async fn to_its_end(mut child: Child, input: String, patience: Duration) -> Result<Answer, Doubt> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let whole = async {
        let (_, out, err) = tokio::join!(give(stdin, &input), read(stdout), read(stderr));
        (out, err, child.wait().await)
    };
    match timeout(patience, whole).await {
        Err(_) => Err(doubt(DoubtReason::Timeout, "the program did not come to its end")),
        Ok((_, _, Err(error))) => Err(doubt(DoubtReason::Connection, error.to_string())),
        Ok((out, err, Ok(status))) => Ok(ended(status, &out, &err)),
    }
}

async fn give(stdin: Option<ChildStdin>, input: &str) {
    if let Some(mut stdin) = stdin {
        // One that does not want it may have closed it: what it answers is what counts.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
}

/// A stream to its end or one byte beyond the bound.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What could be read before an error is judged like any other text.
        let _ = stream.take(LARGEST + 1).read_to_end(&mut bytes).await;
    }
    bytes
}

fn ended(status: ExitStatus, out: &[u8], err: &[u8]) -> Answer {
    if out.len() as u64 > LARGEST || err.len() as u64 > LARGEST {
        return Answer { status: 0, headers: Vec::new(), body: Body::TooLarge };
    }
    let (Ok(out), Ok(err)) = (std::str::from_utf8(out), std::str::from_utf8(err)) else {
        let body = Body::Unreadable("not UTF-8".to_owned());
        return Answer { status: 0, headers: Vec::new(), body };
    };
    let mut said = Map::new();
    match status.code() {
        Some(code) => said.insert("exit".to_owned(), code.into()),
        None => said.insert("signal".to_owned(), true.into()),
    };
    said.insert("stdout".to_owned(), out.trim().into());
    said.insert("stderr".to_owned(), err.trim().into());
    Answer::spoken(Json::Object(said))
}

/// Lets it sign in, and keeps it if it then waits for a question.
async fn stay(mut child: Child, input: String, stays: &Stays, patience: Duration) -> SignedIn {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return SignedIn::failed(doubt(DoubtReason::FlowBroken, "it has no streams"));
    };
    let (send, lines) = mpsc::channel(LINES);
    tokio::spawn(async move {
        let mut stdout = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            let read = (&mut stdout).take(LARGEST).read_until(b'\n', &mut line).await;
            match read {
                Ok(1..) if send.send(line).await.is_ok() => {}
                Ok(_) | Err(_) => return,
            }
        }
    });
    let _ = stdin.write_all(input.as_bytes()).await;
    let mut staying = Staying { child, stdin, lines, ask: stays.clone(), patience, over: None };
    let answer = staying.line().await;
    let open: Option<Box<dyn Open>> = match &answer {
        Ok(answer) if answer.tree().is_some_and(|said| said.get("line").is_some()) => {
            Some(Box::new(staying))
        }
        Ok(_) | Err(_) => None,
    };
    SignedIn { answer, open }
}

/// A program that signed in and waits to be asked.
struct Staying {
    child: Child,
    stdin: ChildStdin,
    lines: mpsc::Receiver<Vec<u8>>,
    ask: Stays,
    patience: Duration,
    /// How it ended: that does not change any more.
    over: Option<Answer>,
}

impl Staying {
    /// Its next line, or how it ended.
    async fn line(&mut self) -> Result<Answer, Doubt> {
        match timeout(self.patience, self.lines.recv()).await {
            Err(_) => Err(doubt(DoubtReason::Timeout, "the program did not answer")),
            Ok(Some(line)) => match std::str::from_utf8(&line) {
                Ok(text) => Ok(Answer::spoken(serde_json::json!({"line": text.trim()}))),
                Err(_) => Err(doubt(DoubtReason::Unparsable, "not UTF-8")),
            },
            Ok(None) => self.end().await,
        }
    }

    /// How it ended, once it says nothing more.
    async fn end(&mut self) -> Result<Answer, Doubt> {
        if let Some(over) = &self.over {
            return Ok(over.clone());
        }
        let stderr = self.child.stderr.take();
        let said = timeout(GRACE, read(stderr)).await.unwrap_or_default();
        match timeout(GRACE, self.child.wait()).await {
            Ok(Ok(status)) => Ok(self.over.insert(ended(status, &[], &said)).clone()),
            Ok(Err(error)) => Err(doubt(DoubtReason::Connection, error.to_string())),
            Err(_) => Err(doubt(DoubtReason::Connection, "it closed its output and goes on")),
        }
    }
}

#[async_trait]
impl Open for Staying {
    async fn again(&mut self, values: &Values) -> Result<Answer, Doubt> {
        let nonce = values.lookup("nonce").unwrap_or_default();
        let asked = format!("{}\n", filled(&self.ask.ask, values)?);
        if self.stdin.write_all(asked.as_bytes()).await.is_err() {
            return self.end().await;
        }
        let patience = self.patience;
        let answered = async {
            loop {
                // What it said unasked, or too late, answers an older question.
                let answer = self.line().await?;
                let line = answer.tree().and_then(|said| said.get("line")?.as_str());
                if line.is_none_or(|line| line.contains(&*nonce)) {
                    return Ok(answer);
                }
            }
        };
        let late = || doubt(DoubtReason::Timeout, "the program did not answer");
        timeout(patience, answered).await.unwrap_or_else(|_| Err(late()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::from_yaml;
    use crate::secret::Secret;

    fn program(script: &str, rest: &str) -> Program {
        let text = format!("run: [sh, -c, {script:?}]\n{rest}");
        from_yaml(std::path::Path::new("x.yaml"), &text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn values() -> Values {
        let mut values = Values::default();
        values.set_secret("password", Secret::new("hush".to_owned()));
        values.set("nonce", "n-1");
        values.set("user", "maya");
        values
    }

    fn permits() -> Permits {
        Permits { programs: vec!["sh".to_owned()], ..Permits::default() }
    }

    async fn said(script: &str, rest: &str) -> Result<String, DoubtReason> {
        let signed_in = sign_in(&program(script, rest), &values(), &permits()).await;
        let answer = signed_in.answer.map_err(|doubt| doubt.reason)?;
        match &answer.body {
            Body::Json(said) => Ok(said.to_string()),
            Body::TooLarge => Err(DoubtReason::TooLarge),
            Body::Unreadable(_) => Err(DoubtReason::Unparsable),
            Body::Empty | Body::Xml(_) | Body::Html(_) | Body::Text(_) => {
                panic!("{:?}", answer.body)
            }
        }
    }

    #[tokio::test]
    async fn a_program_answers_by_its_end_and_what_it_says() {
        let script = "read it; echo \"$it $PW\"; echo no >&2; exit 3";
        let rest = "env: {PW: '{{ password }}'}\nstdin: \"{{ user }}\\n\"";
        let answer = said(script, rest).await;
        let expected = r#"{"exit":3,"stdout":"maya hush","stderr":"no"}"#;
        assert_eq!(answer.as_deref(), Ok(expected));
        let killed = said("kill -9 $$", "").await;
        assert_eq!(killed.as_deref(), Ok(r#"{"signal":true,"stdout":"","stderr":""}"#));
    }

    #[tokio::test]
    async fn a_program_sees_nothing_of_our_environment() {
        // Set by the tool that runs the tests.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let answer = said("echo \"[$CARGO_MANIFEST_DIR]\"", "").await.unwrap();
        assert!(answer.contains("\"stdout\":\"[]\""), "{answer}");
    }

    #[tokio::test]
    async fn what_does_not_end_or_says_too_much_proves_nothing() {
        assert_eq!(said("sleep 60", "timeout: 100ms").await, Err(DoubtReason::Timeout));
        assert_eq!(said("head -c 100000 /dev/zero", "").await, Err(DoubtReason::TooLarge));
        assert_eq!(said("printf '\\377'", "").await, Err(DoubtReason::Unparsable));
    }

    #[tokio::test]
    async fn a_program_that_is_not_permitted_is_not_run() {
        let form = program("exit 0", "");
        let nobody = sign_in(&form, &values(), &Permits::default()).await;
        assert_eq!(nobody.answer.unwrap_err().reason, DoubtReason::HostNotAllowed);
        let mut form = form;
        form.run = vec!["/nowhere/at/all".parse().unwrap()];
        let permits =
            Permits { programs: vec!["/nowhere/at/all".to_owned()], ..Permits::default() };
        let missing = sign_in(&form, &values(), &permits).await;
        assert_eq!(missing.answer.unwrap_err().reason, DoubtReason::FlowBroken);
    }

    #[tokio::test]
    async fn a_secret_never_becomes_an_argument() {
        let mut form = program("exit 0", "");
        form.run.push("{{ password }}".parse().unwrap());
        let doubt = sign_in(&form, &values(), &permits()).await.answer.unwrap_err();
        assert!(doubt.detail.contains("`password` is a secret"), "{}", doubt.detail);
    }

    const STAYS: &str = "stays: {ask: 'who {{ nonce }}'}\ntimeout: 5s";

    #[tokio::test]
    async fn a_program_that_stays_is_asked_again_until_it_ends() {
        let script =
            "echo in; echo unasked; read q; echo \"maya: $q\"; read q; echo over >&2; exit 7";
        let signed_in = sign_in(&program(script, STAYS), &values(), &permits()).await;
        let first = signed_in.answer.unwrap();
        assert_eq!(first.tree().unwrap().to_string(), r#"{"line":"in"}"#);
        let mut open = signed_in.open.unwrap();
        let mut values = values();
        let second = open.again(&values).await.unwrap();
        assert_eq!(second.tree().unwrap()["line"], "maya: who n-1");
        values.set("nonce", "n-2");
        for _ in 0..2 {
            let last = open.again(&values).await.unwrap();
            assert_eq!(last.tree().unwrap()["exit"], 7);
            assert_eq!(last.tree().unwrap()["stderr"], "over");
        }
    }

    #[tokio::test]
    async fn a_program_that_ends_at_once_leaves_nothing_open() {
        let signed_in =
            sign_in(&program("echo no >&2; exit 1", STAYS), &values(), &permits()).await;
        assert!(signed_in.open.is_none());
        assert_eq!(signed_in.answer.unwrap().tree().unwrap()["stderr"], "no");
    }

    #[tokio::test]
    async fn the_session_opened_first_is_the_one_that_is_asked() {
        let kept = super::super::Kept::default();
        let id = CredentialId::new("x/session");
        for name in ["first", "second"] {
            let script = format!("echo in; while read q; do echo \"{name} $q\"; done");
            let signed_in = sign_in(&program(&script, STAYS), &values(), &permits()).await;
            kept.keep(id.clone(), signed_in.open.unwrap());
        }
        let answer = kept.again(&id, &values()).await.unwrap();
        assert_eq!(answer.tree().unwrap()["line"], "first who n-1");
        let unknown = kept.again(&CredentialId::new("y"), &values()).await;
        assert_eq!(unknown.unwrap_err().reason, DoubtReason::FlowBroken);
    }

    use crate::id::CredentialId;
}
