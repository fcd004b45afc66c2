//! A server on loopback that says what a test wrote down.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Wire;

/// What is waited for (a word of the line; nothing is waited for where it is empty), and what is said then: `%`
/// stands for the first word heard. `CLOSE` closes, `HANG` says nothing until the other side has left, and what
/// begins with `LATE ` is said after a while.
pub(super) type Script = Vec<(&'static str, &'static str)>;

/// Longer than the tests of slow servers wait.
const SLOW: std::time::Duration = std::time::Duration::from_millis(600);

/// Plays one script a connection, and then gives what was heard.
pub(super) async fn play(scripts: Vec<Script>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        for script in scripts {
            let (stream, _) = listener.accept().await.unwrap();
            act(stream, script, &mut heard).await;
        }
        heard
    });
    (port, heard)
}

/// Plays one script on a connection; gives the connection back unless it was closed.
pub(super) async fn act<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    script: Script,
    heard: &mut Vec<String>,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    for (wait, say) in script {
        if !wait.is_empty() {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                heard.push("(left)".to_owned());
                return None;
            }
            let line = line.trim_end().to_owned();
            assert!(line.contains(wait), "waited for {wait:?}, heard {line:?}");
            first = line.split(' ').next().unwrap_or_default().to_owned();
            heard.push(line);
        }
        match say {
            "CLOSE" => return None,
            "HANG" => {
                let mut line = String::new();
                while stream.read_line(&mut line).await.unwrap_or(0) > 0 {}
                return None;
            }
            say if say.starts_with("LATE ") => {
                tokio::time::sleep(SLOW).await;
                stream.write_all(&say.as_bytes()["LATE ".len()..]).await.unwrap();
            }
            say => stream.write_all(say.replace('%', &first).as_bytes()).await.unwrap(),
        }
    }
    Some(stream.into_inner())
}

pub(super) fn wire() -> Wire {
    Wire::new(vec!["127.0.0.1".to_owned()], Vec::new(), false)
}
