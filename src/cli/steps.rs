//! `doornail steps`: the vocabulary, from the one registry.

use doornail::steps::vocabulary;

use super::output::Output;

pub(crate) fn steps(output: &Output) -> u8 {
    let mut text = String::new();
    for keyword in ["Given", "When", "Then"] {
        for step in vocabulary::all().filter(|step| step.keyword == keyword) {
            let about: Vec<&str> = step.about.split_whitespace().collect();
            text.push_str(&format!("{keyword} {}\n", step.example));
            text.push_str(&wrapped(&about.join(" "), 96));
            text.push('\n');
        }
    }
    output.data(text);
    0
}

/// Breaks text at words, each line indented.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    indented(text, width, "    ")
}

/// The same with an indentation of one's own.
pub(crate) fn indented(text: &str, width: usize, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push_str(&format!("{indent}{line}\n"));
    lines
}
