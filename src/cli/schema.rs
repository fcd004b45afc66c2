//! `doornail schema`: JSON Schemas of the files a user writes, or what there are and how an editor uses one.

use anyhow::Context as _;
use doornail::schemas::FileKind;

use super::options::SchemaOptions;
use super::output::Output;

const USE: &str = "
An editor with the YAML language server completes and checks a file whose first line names its schema:
    doornail schema supplier > supplier.schema.json
    # yaml-language-server: $schema=../supplier.schema.json
The second line goes to the top of suppliers/acme.yaml; its path starts at that file's folder.
";

pub(crate) fn schema(options: &SchemaOptions, output: &Output) -> anyhow::Result<u8> {
    match &options.file {
        None => output.data(list()),
        Some(name) => {
            let kind = FileKind::by_name(name).context("no such schema")?;
            let json = serde_json::to_string_pretty(&kind.schema()).context("no JSON")?;
            output.line(json);
        }
    }
    Ok(0)
}

fn list() -> String {
    let mut text = String::new();
    for kind in FileKind::all() {
        text.push_str(&format!("{:<10} {}\n           {}\n", kind.name, kind.files, kind.about));
    }
    text + USE
}
