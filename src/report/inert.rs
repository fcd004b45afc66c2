//! Text that does nothing but be read.
//!
//! Names, answers and errors come from outside: a platform, an inventory, a terminal. Everything a report
//! shows passes through [`Inert`] first; what a format itself gives meaning to (`<`, `|`) is escaped by
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
        Self(inert)
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

/// Whether a character moves a cursor, turns text around, breaks a line, hides, or is not XML.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
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
            ("::warning::x\n::error::y", "::warning::x ::error::y"),
        ] {
            assert_eq!(Inert::new(text).as_str(), inert);
            assert_eq!(Inert::new(inert).as_str(), inert, "inert text stays");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_acts_any_more(text in proptest::prelude::any::<String>()) {
            proptest::prop_assert!(!Inert::new(text).as_str().chars().any(acts));
        }
    }
}
