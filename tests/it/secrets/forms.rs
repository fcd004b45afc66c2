//! Every form a secret is looked for in. Written apart from the product's own list, or both could forget
//! the same one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What separates a form that tells from one that any text could hold.
const TELLING: usize = 6;

/// The forms a secret travels in. Of base64 the three alignments, without the characters that neighbours
/// have a part in.
pub(crate) fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![secret.to_owned(), secret.trim().to_owned()];
    for skipped in 0..3 {
        let padded = [&b"\0\0"[..skipped], bytes].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            let from = (skipped * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            forms.push(text[from..to].to_owned());
        }
    }
    let hex = |upper: bool| -> String {
        let digits = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        bytes.iter().map(digits).collect()
    };
    forms.extend([hex(true), hex(false)]);
    for text in [percent(secret, true), percent(secret, false)] {
        forms.push(text.replace("%20", "+"));
        forms.push(text.replace('%', "%25"));
        forms.push(text);
    }
    forms.push(bytes.iter().map(|byte| format!("%{byte:02X}")).collect());
    let json = json(secret);
    forms.push(json.replace('/', "\\/"));
    forms.push(self::json(&json));
    forms.push(json);
    let units = || secret.encode_utf16();
    forms.push(units().map(|unit| format!("\\u{unit:04x}")).collect());
    forms.push(units().map(|unit| format!("\\u{unit:04X}")).collect());
    let odd = |c: char| !c.is_ascii_alphanumeric();
    let some = |escape: &dyn Fn(char) -> String| -> String {
        secret.chars().map(|c| if odd(c) { escape(c) } else { c.to_string() }).collect()
    };
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.push(html.clone());
    forms.push(html.replace('"', "&quot;").replace('\'', "&#39;"));
    forms.push(html.replace('"', "&quot;").replace('\'', "&apos;"));
    forms.push(html.replace('"', "&#34;").replace('\'', "&#x27;"));
    forms.push(some(&|c| format!("&#{};", u32::from(c))));
    forms.push(some(&|c| format!("&#x{:x};", u32::from(c))));
    forms.push(secret.chars().map(|c| format!("&#{};", u32::from(c))).collect());
    forms.push(some(&|c| format!("\\u{:04x}", u32::from(c))));
    forms.push(some(&|c| format!("\\{c}")));
    forms.push(secret.replace('\'', r"'\''"));
    forms.push(secret.replace('\'', r#"'"'"'"#));
    forms.push(secret.replace('\'', "''"));
    forms.push(secret.replace('"', "\"\""));
    forms.push(format!("{secret:?}").trim_matches('"').to_owned());
    forms.push(secret.escape_default().to_string());
    forms.into_iter().filter(|form| form.len() >= TELLING).map(String::into_bytes).collect()
}

/// With everything but unreserved characters as `%XX`.
pub(crate) fn percent(text: &str, upper: bool) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| match (plain(byte), upper) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        })
        .collect()
}

/// Between the quotes of a JSON string.
pub(crate) fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Looks for many secrets at once.
pub(crate) struct Search {
    finder: AhoCorasick,
    names: Vec<String>,
}

impl Search {
    /// For secrets by name; several lines are looked for one by one too.
    pub(crate) fn of(secrets: &[(String, String)]) -> Self {
        let (mut names, mut needles) = (Vec::new(), Vec::new());
        for (name, secret) in secrets {
            let lines = secret.lines().filter(|line| !line.starts_with("-----") && *line != secret);
            for part in lines.chain([secret.as_str()]) {
                let forms = forms(part);
                // Of what is shorter only encodings tell; it is looked for in its own place.
                assert!(!forms.is_empty(), "{name} is too short to look for");
                for form in forms {
                    names.push(name.clone());
                    needles.push(form);
                }
            }
        }
        Self { finder: AhoCorasick::new(&needles).unwrap(), names }
    }

    /// The name of a secret that stands in some bytes, and what stands before it.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<String> {
        let found = self.finder.find(bytes)?;
        let around = &bytes[found.start().saturating_sub(80)..found.start()];
        let around = String::from_utf8_lossy(around);
        Some(format!("{} after {around:?}", self.names[found.pattern()]))
    }

    pub(crate) fn demand_none(&self, place: &str, bytes: &[u8]) {
        if let Some(found) = self.find(bytes) {
            panic!("in {place}: {found}");
        }
    }

    /// Everything in a folder and below, names included. Gives the number of files.
    pub(crate) fn demand_none_below(&self, folder: &Path) -> usize {
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let place = path.display().to_string();
            self.demand_none("a file's name", place.as_bytes());
            if path.is_dir() {
                count += self.demand_none_below(&path);
            } else {
                self.demand_none(&place, &fs::read(&path).unwrap());
                count += 1;
            }
        }
        count
    }
}

#[test]
fn the_search_finds_a_secret_in_every_form_it_looks_for() {
    let secret = "s3cr/t+\"key\"='<&> ü%\\";
    let search = Search::of(&[("it".to_owned(), secret.to_owned())]);
    let basic: Vec<String> =
        ["u", "us", "use"].map(|user| STANDARD.encode(format!("{user}:{secret}"))).into();
    let more = [
        secret.to_owned(),
        "s3cr%2Ft%2B%22key%22%3D%27%3C%26%3E%20%C3%BC%25%5C".to_owned(),
        "s3cr%2ft%2b%22key%22%3d%27%3c%26%3e+%c3%bc%25%5c".to_owned(),
        "s3cr%252Ft%252B%2522key%2522%253D%2527%253C%2526%253E%2520%25C3%25BC%2525%255C".to_owned(),
        "s3cr/t+\\\"key\\\"='<&> ü%\\\\".to_owned(),
        "s3cr\\/t+\\\"key\\\"='<&> ü%\\\\".to_owned(),
        "s3cr/t+&quot;key&quot;=&#39;&lt;&amp;&gt; ü%\\".to_owned(),
        "s3cr&#47;t&#43;&#34;key&#34;&#61;&#39;&#60;&#38;&#62;&#32;&#252;&#37;&#92;".to_owned(),
        "733363722f742b226b6579223d273c263e20c3bc255c".to_owned(),
        "733363722F742B226B6579223D273C263E20C3BC255C".to_owned(),
        "s3cr/t+\"key\"='\\''<&> ü%\\".to_owned(),
    ];
    for text in basic.iter().chain(&more) {
        assert!(search.find(format!("x{text}x").as_bytes()).is_some(), "{text}");
    }
    assert_eq!(search.find(b"s3cr/t and others"), None);
}
