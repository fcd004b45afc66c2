//! Printing: data to stdout, everything else to stderr; a closed pipe is quiet.

use std::io::{self, IsTerminal as _, Write as _};

use super::options::Color;

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
    pub(crate) fn data(self, text: impl AsRef<[u8]>) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_ref()).and_then(|()| out.flush());
    }

    /// Prints a line of data.
    pub(crate) fn line(self, text: impl AsRef<str>) {
        self.data(format!("{}\n", text.as_ref()));
    }

    /// Prints a remark.
    pub(crate) fn note(self, text: impl AsRef<str>) {
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "{}", text.as_ref());
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
