//! Text that does nothing but be read.
//!
//! Names, answers and errors come from outside: a platform, an inventory, a terminal. Everything a report
//! shows passes through [`Inert`] first, and the journal spells out what would act; what a format itself gives meaning to (`<`, `|`) is escaped by
//! that format.

use std::fmt;

use serde::Serialize;

/// Text without control characters, line breaks, direction marks or characters nobody can see.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Inert(String);

impl Inert {
    /// Makes text inert: runs of line breaks and tabs become one space, everything else that would act
    /// or hide is written as `\u{..}`. Inert text stays as it is.
    pub fn new(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let mut inert = String::with_capacity(text.len());
        let mut breaking = false;
        for character in text.trim_end_matches(['\n', '\r']).chars() {
            if matches!(character, '\n' | '\r' | '\t') {
                if !breaking && !inert.ends_with(' ') {
                    inert.push(' ');
                }
                breaking = true;
            } else if breaking && character == ' ' {
            } else {
                breaking = false;
                if acts(character) {
                    inert.extend(character.escape_unicode());
                } else {
                    inert.push(character);
                }
            }
        }
        // Runners of workflows read what a program prints: `::command::` at the start of a line, after
        // blanks, and the older `##[command]` anywhere in it.
        let start = inert.len() - inert.trim_start().len();
        if inert[start..].starts_with("::") {
            inert.replace_range(start..=start, "\\u{3a}");
        }
        Self(without_old_commands(inert, "\\u{23}"))
    }

    /// The same for text of several lines, such as an error with its hint: their breaks and indents stay.
    pub fn lines(text: &str) -> String {
        let line = |line: &str| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            format!("{}{}", &line[..indent], Self::new(&line[indent..]))
        };
        text.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    /// The same for JSON: other spellings of the same values. Text of any other form would be changed.
    pub fn json(json: &str) -> String {
        let mut inert = String::with_capacity(json.len());
        for character in json.chars() {
            // Outside strings there is no such character but the line break, which no string holds.
            if acts(character) && character != '\n' {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    inert.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                inert.push(character);
            }
        }
        without_old_commands(inert, "\\u0023")
    }

    /// Whether a spreadsheet would compute it, were it pasted into a cell.
    pub(crate) fn is_formula(&self) -> bool {
        self.0
            .trim_start()
            .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Inert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Writes the second `#` of `##[`, `##vso[` and their like in another way.
fn without_old_commands(text: String, hash: &str) -> String {
    if !text.contains("##") {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("##") {
        let name = rest[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        clean.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if name.starts_with('[') {
            clean.push_str(hash);
            rest = &rest[1..];
        }
    }
    clean.push_str(rest);
    clean
}

/// Whether a character moves a cursor, turns text around, breaks a line, hides, or is not XML. Those that
/// hide are Unicode's default ignorable code points, save for the two that choose how a symbol is drawn.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0d}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelt_out() {
        for (text, inert) in [
            ("plain, ü, 漢字 and 👍", "plain, ü, 漢字 and 👍"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe"),
            ("a\u{2066}b\u{200f}c\u{9b}d\0", "a\\u{2066}b\\u{200f}c\\u{9b}d\\u{0}"),
            ("one\r\n  two\tthree\n", "one two three"),
            ("::warning::x\n::error::y", "\\u{3a}:warning::x ::error::y"),
            ("\n  ::set-output name=a::b", " \\u{3a}:set-output name=a::b"),
            ("a##[error]b ##vso[task] ###[x", "a#\\u{23}[error]b #\\u{23}vso[task] ##\\u{23}[x"),
            ("C## is [no] command, ## [neither", "C## is [no] command, ## [neither"),
            ("zero\u{200b}wi\u{200d}dth\u{3164}", "zero\\u{200b}wi\\u{200d}dth\\u{3164}"),
        ] {
            assert_eq!(Inert::new(text).as_str(), inert);
            assert_eq!(Inert::new(inert).as_str(), inert, "inert text stays");
        }
    }

    #[test]
    fn lines_keep_their_breaks_and_indents_and_nothing_else() {
        let text = "error: a\u{1b}[2J\n  hint: b\r\n ::error::c\n    caused by: d";
        let inert = "error: a\\u{1b}[2J\n  hint: b\n \\u{3a}:error::c\n    caused by: d";
        assert_eq!(Inert::lines(text), inert);
    }

    proptest::proptest! {
        #[test]
        fn nothing_acts_any_more(text in proptest::prelude::any::<String>()) {
            proptest::prop_assert!(!Inert::new(text).as_str().chars().any(acts));
        }

        #[test]
        fn inert_text_stays(text in "[ :#\\[a\\n\u{202e}]{0,12}") {
            let once = Inert::new(text);
            proptest::prop_assert_eq!(Inert::new(&once), once);
        }

        #[test]
        fn inert_json_holds_the_same_values(text in "(##\\[|\\PC|\\pC){0,8}") {
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let inert = Inert::json(&json);
            proptest::prop_assert!(!inert.chars().any(|c| acts(c) && c != '\n'), "{}", inert);
            proptest::prop_assert!(!inert.contains("##["), "{}", inert);
            let read: Vec<String> = serde_json::from_str(&inert).unwrap();
            proptest::prop_assert_eq!(read, [text]);
        }
    }
}
