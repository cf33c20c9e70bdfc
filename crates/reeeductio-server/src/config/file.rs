//! Reading the configuration file.

use std::path::Path;

use serde_json::Value;

use super::ConfigError;

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
    let tree: Value = serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string()))?;
    if tree.is_object() {
        Ok(tree)
    } else {
        Err(failed("must hold sections with keys".to_owned()))
    }
}
