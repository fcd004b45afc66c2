//! Printing: data to stdout, everything else to stderr; a closed pipe is quiet. Whatever a text repeats of
//! files, platforms and commands is made inert here, once for all: nothing prints in another way.

use std::io::{self, IsTerminal as _, Write as _};

use doornail::report::inert::Inert;

use super::options::Color;

/// What goes to stdout.
#[derive(Debug)]
pub(crate) struct Data(Vec<u8>);

/// Text is made inert.
impl From<String> for Data {
    fn from(text: String) -> Self {
        Self(Inert::lines(&text).into_bytes())
    }
}

/// Bytes are a report's, which is inert already, and may hold colours of its own.
impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    color: bool,
    terminal: bool,
}

impl Output {
    pub(crate) fn new(color: Color) -> Self {
        let terminal = io::stdout().is_terminal();
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            }
        };
        Self { color, terminal: io::stderr().is_terminal() }
    }

    /// Whether text may be coloured.
    pub(crate) fn color(self) -> bool {
        self.color
    }

    /// Whether somebody watches a terminal.
    pub(crate) fn is_terminal(self) -> bool {
        self.terminal
    }

    /// Prints data.
    pub(crate) fn data(self, data: impl Into<Data>) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(&data.into().0).and_then(|()| out.flush());
    }

    /// Prints a line of data.
    pub(crate) fn line(self, text: impl AsRef<str>) {
        self.data(format!("{}\n", text.as_ref()));
    }

    /// Prints a remark.
    pub(crate) fn note(self, text: impl AsRef<str>) {
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "{}", Inert::lines(text.as_ref()));
    }

    /// Prints an error with all its causes.
    pub(crate) fn error(self, error: &anyhow::Error) {
        let mut text = format!("error: {error}");
        for cause in error.chain().skip(1) {
            text.push_str(&format!("\n  caused by: {cause}"));
        }
        self.note(text);
    }
}
