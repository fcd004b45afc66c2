//! JSON Schemas of the files a user writes, so that an editor completes and checks them while they are
//! written.
//!
//! They are made of the types that read the files. A schema accepts every form that the reader accepts, but
//! for numbers and booleans in quotes, and refuses what the reader cannot take: unknown keys, wrong types,
//! missing keys. What only makes sense together with other files is for `doornail check`.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::config::Config;
use crate::drill::mocked::SeedForm;
use crate::inventory::{Procedure, Supplier};
use crate::platform::schema::Description;

/// A kind of file that a user writes.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// The word for it.
    pub name: &'static str,
    /// Where such files are, below the project folder.
    pub files: &'static str,
    /// What they say.
    pub about: &'static str,
    build: fn() -> Schema,
}

static KINDS: [FileKind; 5] = [
    FileKind {
        name: "config",
        files: "doornail.yaml",
        about: "environments, their platforms, and the rules of safety",
        build: schema_of::<Config>,
    },
    FileKind {
        name: "supplier",
        files: "suppliers/*.yaml",
        about: "who a third party is, and everything it holds",
        build: schema_of::<Supplier>,
    },
    FileKind {
        name: "procedure",
        files: "procedures/*.yaml",
        about: "an offboarding under test, step by step",
        build: schema_of::<Procedure>,
    },
    FileKind {
        name: "platform",
        files: "platforms/*.yaml",
        about: "a platform of your own: its credentials, and what each action kills and spares",
        build: schema_of::<Description>,
    },
    FileKind {
        name: "seed",
        files: "the file of `doornail mock serve --seed`",
        about: "how served mocks begin",
        build: schema_of::<SeedForm>,
    },
];

impl FileKind {
    /// All of them.
    pub fn all() -> &'static [Self] {
        &KINDS
    }

    /// The one of this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Builds its JSON Schema, of draft 2020-12.
    pub fn schema(&self) -> Value {
        let mut schema = (self.build)();
        schema.insert("title".to_owned(), self.files.into());
        schema.insert("description".to_owned(), self.about.into());
        schema.to_value()
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(AsRead);
    settings.into_generator().into_root_schema_for::<T>()
}

/// What the types do not say about how they are read and described.
#[derive(Clone, Debug)]
struct AsRead;

impl Transform for AsRead {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            *text = unwrapped(text);
        }
        // No format of the standard, only the name of a Rust type.
        if schema.get("format").is_some_and(|format| format != "date") {
            schema.remove("format");
        }
        explain_variants(schema);
        let is_open = schema.get("properties").is_some()
            && schema.get("additionalProperties").is_some_and(Value::is_object);
        // What is flattened is read after its type is known: there a number stays a number.
        let rest = if is_open { schema.remove("additionalProperties") } else { None };
        accept_scalars_as_text(schema);
        transform_subschemas(self, schema);
        if let Some(rest) = rest {
            schema.insert("additionalProperties".to_owned(), rest);
        }
    }
}

/// Of a variant with a value its key is typed, so the key is what has to be explained.
fn explain_variants(schema: &mut Schema) {
    let Some(Value::Array(variants)) = schema.get_mut("oneOf") else { return };
    for variant in variants {
        let Some(about) = variant.get("description").cloned() else { continue };
        let Some(Value::Object(keys)) = variant.get_mut("properties") else { continue };
        for key in keys.values_mut().filter_map(Value::as_object_mut) {
            key.entry("description").or_insert_with(|| about.clone());
        }
    }
}

/// A number or boolean where any text is due is read as text: ids are often numbers.
fn accept_scalars_as_text(schema: &mut Schema) {
    if ["pattern", "format", "enum", "const"].iter().any(|key| schema.get(*key).is_some()) {
        return;
    }
    let Some(types) = schema.get_mut("type") else { return };
    let text = Value::from("string");
    if *types == text {
        *types = Value::Array(vec![text.clone()]);
    }
    if let Value::Array(types) = types
        && types.contains(&text)
    {
        types.extend(["number".into(), "boolean".into()]);
    }
}

/// Lines are broken where the source is; paragraphs stay.
fn unwrapped(text: &str) -> String {
    let paragraphs: Vec<String> =
        text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
    paragraphs.join("\n\n")
}

#[cfg(test)]
mod tests;
