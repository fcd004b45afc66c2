//! SOQL, as much of it as listings need: fields, one object, conditions joined by `AND`.

use serde_json::Value;

/// A query that was understood.
pub(super) struct Query {
    pub(super) fields: Vec<String>,
    pub(super) object: String,
    pub(super) conditions: Vec<Condition>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
}

/// One comparison.
pub(super) struct Condition {
    pub(super) field: String,
    operator: String,
    values: Vec<Value>,
}

impl Condition {
    /// Tells whether a field's value fits.
    pub(super) fn fits(&self, value: &Value) -> bool {
        let same = |wanted: &Value| match (value.as_str(), wanted.as_str()) {
            (Some(one), Some(other)) => {
                let ids = one.len() == 18 && other.len() == 15;
                one.eq_ignore_ascii_case(other) || (ids && one.starts_with(other))
            }
            _ => value == wanted,
        };
        match self.operator.as_str() {
            "=" | "IN" => self.values.iter().any(same),
            "!=" | "<>" | "NOT IN" => !self.values.iter().any(same),
            "LIKE" => {
                let text = value.as_str().unwrap_or_default().to_lowercase();
                let pattern = self.values[0].as_str().unwrap_or_default().to_lowercase();
                like(&text, &pattern)
            }
            _ => {
                let order = match (value.as_str(), self.values[0].as_str()) {
                    (Some(one), Some(other)) => one.partial_cmp(other),
                    _ => value.as_f64().partial_cmp(&self.values[0].as_f64()),
                };
                order.is_some_and(|order| match self.operator.as_str() {
                    ">" => order.is_gt(),
                    ">=" => order.is_ge(),
                    "<" => order.is_lt(),
                    _ => order.is_le(),
                })
            }
        }
    }
}

/// Matches `%`; the first piece must begin the text and the last one end it.
fn like(text: &str, pattern: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('%').collect();
    let [first, middle @ .., last] = pieces.as_slice() else {
        return text == pattern;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    for piece in middle {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Reads a query; `None` where it is not understood.
pub(super) fn parse(text: &str) -> Option<Query> {
    let mut words = Words { rest: text };
    words.keyword("SELECT")?;
    let mut fields = Vec::new();
    loop {
        let field = words.next()?;
        if field.eq_ignore_ascii_case("COUNT") {
            (words.next()? == "(" && words.next()? == ")").then_some(())?;
        }
        fields.push(field);
        match words.next()?.as_str() {
            "," => {}
            word if word.eq_ignore_ascii_case("FROM") => break,
            _ => return None,
        }
    }
    let object = words.next()?;
    let mut query = Query { fields, object, conditions: Vec::new(), limit: None, offset: 0 };
    while let Some(word) = words.next() {
        match word.to_uppercase().as_str() {
            "WHERE" | "AND" => query.conditions.push(condition(&mut words)?),
            // Rows come in the order of their making, whatever is asked for.
            "ORDER" => {
                words.keyword("BY")?;
                words.next()?;
            }
            "ASC" | "DESC" | "NULLS" | "FIRST" | "LAST" | "," => {}
            "LIMIT" => query.limit = Some(words.next()?.parse().ok()?),
            "OFFSET" => query.offset = words.next()?.parse().ok()?,
            _ => return None,
        }
    }
    Some(query)
}

fn condition(words: &mut Words<'_>) -> Option<Condition> {
    let field = words.next()?;
    let mut operator = words.next()?.to_uppercase();
    if operator == "NOT" {
        words.keyword("IN")?;
        operator = "NOT IN".into();
    }
    let mut values = Vec::new();
    if operator.ends_with("IN") {
        (words.next()? == "(").then_some(())?;
        loop {
            values.push(value(&words.next()?));
            match words.next()?.as_str() {
                "," => {}
                ")" => break,
                _ => return None,
            }
        }
    } else {
        ["=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"].contains(&&*operator).then_some(())?;
        values.push(value(&words.next()?));
    }
    Some(Condition { field, operator, values })
}

fn value(word: &str) -> Value {
    if let Some(text) = word.strip_prefix('\'') {
        return text.into();
    }
    match word.to_lowercase().as_str() {
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        number => number.parse::<u64>().map_or_else(|_| word.into(), Value::from),
    }
}

/// Cuts a query into words; a quoted text keeps its opening quote to be told from a word.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn keyword(&mut self, wanted: &str) -> Option<()> {
        self.next()?.eq_ignore_ascii_case(wanted).then_some(())
    }

    fn next(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        if first == '\'' {
            return self.quoted();
        }
        let symbol = |c: char| "<>=!".contains(c);
        let end = if symbol(first) {
            self.rest.find(|c| !symbol(c))
        } else if "(),".contains(first) {
            Some(1)
        } else {
            self.rest.find(|c: char| c.is_whitespace() || symbol(c) || "(),'".contains(c))
        };
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(word.to_owned())
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::from("'");
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '\'' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                _ => text.push(c),
            }
        }
        None
    }
}
