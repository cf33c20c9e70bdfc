//! Reading the configuration file.

use std::path::Path;

use serde_json::Value;

use super::ConfigError;
use super::reference::sections;

/// Reads a YAML or JSON file into a tree; an empty file is an empty tree.
pub(super) fn read(path: &Path) -> Result<Value, ConfigError> {
    let failed = |message: String| ConfigError::File {
        path: path.to_owned(),
        message,
    };
    let known = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| matches!(extension, "yaml" | "yml" | "json"));
    if !known {
        return Err(failed(
            "the name must end in .yaml, .yml or .json".to_owned(),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    // JSON is YAML.
    let mut tree: Value = serde_saphyr::from_str_with_options(&text, options())
        .map_err(|error| failed(explain(&error)))?;
    let Some(sections) = tree.as_object_mut() else {
        return Err(failed("must hold sections with keys".to_owned()));
    };
    // All keys of the section are commented out.
    sections.retain(|name, value| !(value.is_null() && is_section(name)));
    let keyless = |(name, value): &(&String, &Value)| is_section(name) && !value.is_object();
    if let Some((name, _)) = sections.iter().find(keyless) {
        return Err(ConfigError::key(name, "expected a section with keys"));
    }
    Ok(tree)
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

/// Numbers that are none become text, so that the key is named whose value they are.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}

/// Where the file is wrong, and not what is there: it may be a secret, and messages repeat names and values.
fn explain(error: &serde_saphyr::Error) -> String {
    match error.location() {
        Some(at) => format!("line {}, column {}: not valid YAML", at.line(), at.column()),
        None => "not valid YAML".to_owned(),
    }
}
