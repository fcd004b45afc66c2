//! Readings of a text: what it says once percent, backslash and entity escapes are undone, and which part
//! of it says so. Not for parsing: whatever is no escape is read as it stands.

use std::ops::Range;

/// Deeper nestings of escapes are not undone.
const DEEPEST: usize = 3;

/// Bytes, and where in the original each came from.
pub(super) struct Reading {
    pub(super) bytes: Vec<u8>,
    from: Vec<Range<usize>>,
}

impl Reading {
    /// The part of the original that a part of this reading came from.
    pub(super) fn origin(&self, part: Range<usize>) -> Range<usize> {
        match (self.from.get(part.start), self.from.get(part.end.wrapping_sub(1))) {
            (Some(first), Some(last)) => first.start..last.end,
            (None, _) | (_, None) => 0..0,
        }
    }

    fn plain(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let from = (0..bytes.len()).map(|at| at..at + 1).collect();
        Self { bytes, from }
    }

    /// This reading with one kind of escape undone; none if there is no such escape in it.
    fn undo(&self, escape: Escape) -> Option<Self> {
        if !self.bytes.contains(&escape.mark()) {
            return None;
        }
        let mut undone = Self { bytes: Vec::new(), from: Vec::new() };
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (says, length) = if rest[0] == escape.mark() { escape.read(rest) } else { None }
                .unwrap_or_else(|| (vec![rest[0]], 1));
            let origin = self.origin(at..at + length);
            undone.from.extend(says.iter().map(|_| origin.clone()));
            undone.bytes.extend(says);
            at += length;
        }
        (undone.bytes.len() != self.bytes.len()).then_some(undone)
    }
}

/// Every reading of a text, itself first. Escapes are undone one kind after another, in every order:
/// a backslash in a value that was percent-encoded is no escape.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let mut all = vec![Reading::plain(text)];
    let mut last = 0..1;
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for reading in &all[last.clone()] {
            next.extend(Escape::ALL.iter().filter_map(|escape| reading.undo(*escape)));
        }
        last = all.len()..all.len() + next.len();
        all.append(&mut next);
    }
    all
}

#[derive(Clone, Copy)]
enum Escape {
    /// `%2F`, as in addresses and forms.
    Percent,
    /// `\n`, `\/`, `\u002f`, `\x2f`, as in JSON, source text and shells.
    Backslash,
    /// `&amp;`, `&#47;`, `&#x2f;`, as in HTML and XML.
    Entity,
}

impl Escape {
    const ALL: [Self; 3] = [Self::Percent, Self::Backslash, Self::Entity];

    fn mark(self) -> u8 {
        match self {
            Self::Percent => b'%',
            Self::Backslash => b'\\',
            Self::Entity => b'&',
        }
    }

    /// What the escape at the start of `rest` says, and its length.
    fn read(self, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
        match self {
            Self::Percent => Some((vec![hex_byte(rest.get(1..3)?)?], 3)),
            Self::Backslash => backslash(rest),
            Self::Entity => entity(rest),
        }
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_digit = |byte: &u8| char::from(*byte).is_digit(radix);
    if digits.is_empty() || !digits.iter().all(is_digit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    number(digits, 16).and_then(|value| u8::try_from(value).ok())
}

fn utf8(value: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(value)?.to_string().into_bytes())
}

fn backslash(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest.get(1)? {
        b'n' => Some((vec![b'\n'], 2)),
        b'r' => Some((vec![b'\r'], 2)),
        b't' => Some((vec![b'\t'], 2)),
        b'x' => Some((vec![hex_byte(rest.get(2..4)?)?], 4)),
        b'u' if rest.get(2) == Some(&b'{') => {
            let end = rest.iter().take(12).position(|byte| *byte == b'}')?;
            Some((utf8(number(&rest[3..end], 16)?)?, end + 1))
        }
        b'u' => {
            let unit = number(rest.get(2..6)?, 16)?;
            if !(0xd800..0xdc00).contains(&unit) {
                return Some((utf8(unit)?, 6));
            }
            // Half of a pair, as JSON writes what lies beyond the first plane.
            let low = rest.get(6..12).filter(|low| low.starts_with(b"\\u"))?;
            let low = number(&low[2..], 16)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            Some((utf8(0x10000 + ((unit - 0xd800) << 10) + low)?, 12))
        }
        other => Some((vec![*other], 2)),
    }
}

/// The named references of the characters that a secret may hold and a page may escape.
const NAMED: [(&str, u8); 38] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("nbsp", b' '),
];

fn entity(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let name = &rest[1..end];
    let says = match name {
        [b'#', b'x' | b'X', digits @ ..] => utf8(number(digits, 16)?)?,
        [b'#', digits @ ..] => utf8(number(digits, 10)?)?,
        _ => {
            let (_, byte) = NAMED.iter().find(|(known, _)| known.as_bytes() == name)?;
            vec![*byte]
        }
    };
    Some((says, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, wanted: &str) -> bool {
        readings(text).iter().any(|reading| reading.bytes == wanted.as_bytes())
    }

    #[test]
    fn escapes_of_every_kind_are_undone_also_one_within_another() {
        for (text, wanted) in [
            ("a%2Fb%2fc", "a/b/c"),
            ("a%252Fb", "a/b"),
            (r"a\/b\u002fc\x2fd\n", "a/b/c/d\n"),
            (r"\ud83d\udd11\u{1f511}", "🔑🔑"),
            ("a&amp;b&#39;c&#x27;d&sol;", "a&b'c'd/"),
            (r#"{\"a\":\"b\\\\c\"}"#, r#"{"a":"b\c"}"#),
            ("%5Cn", "\n"),
            ("%5Cn", "\\n"),
            ("%26amp%3B", "&"),
        ] {
            assert!(says(text, wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_is_read_as_it_stands() {
        for text in ["100%", "%zz", "\\", "\\u12", "\\ud800x", "&", "&;", "&nope;", "&#xffffffff;"]
        {
            assert!(says(text, text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn origins_lie_within_the_text_in_order(text in r"(%2|%41|\\|u00|41|&|#|;|amp|[a-z🔑]){0,12}") {
            for reading in readings(&text) {
                let mut before = 0;
                for at in 0..reading.bytes.len() {
                    let origin = reading.origin(at..at + 1);
                    proptest::prop_assert!(origin.start >= before && origin.end <= text.len());
                    proptest::prop_assert!(origin.start < origin.end);
                    before = origin.start;
                }
            }
        }
    }
}
