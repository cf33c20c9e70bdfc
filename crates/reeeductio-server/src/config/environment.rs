//! Environment variables: `SECTION__FIELD`, and `DATA_DIR`, `DEBUG`, `ENVIRONMENT` for the keys without a section.

use serde_json::{Map, Value};

use super::ConfigError;
use super::reference::KEYS;

/// Keys whose values are text, also where they look like a number.
const SECRETS: &[&str] = &["server.jwt_secret", "admin.private_key"];

/// Lays the variables that name a key over the tree. A variable that begins like one of our sections but
/// names no key of it is an error: it would be ignored in silence otherwise.
pub(super) fn overlay(
    tree: &mut Value,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, value) in variables {
        let lower = name.to_ascii_lowercase();
        let key = match lower.split_once("__") {
            Some((section, field)) => format!("{section}.{field}"),
            None if matches!(&*lower, "data_dir" | "debug" | "environment") => lower.clone(),
            None => continue,
        };
        if KEYS.iter().any(|known| known.name == key) {
            let value = if SECRETS.contains(&&*key) {
                Value::String(value)
            } else {
                read(value)
            };
            set(tree, &key, value);
        } else if let Some((section, _)) = key.split_once('.')
            && KEYS.iter().any(|known| {
                known.name.split('.').next() == Some(section) && known.name.contains('.')
            })
        {
            return Err(ConfigError::key(
                &key,
                format!(
                    "the environment variable {name} names no key; see the configuration reference"
                ),
            ));
        }
    }
    Ok(())
}

fn set(tree: &mut Value, key: &str, value: Value) {
    let mut node = tree;
    for part in key.split('.') {
        if !node.is_object() {
            *node = Value::Object(Map::new());
        }
        let Some(map) = node.as_object_mut() else {
            return;
        };
        node = map.entry(part).or_insert(Value::Null);
    }
    *node = value;
}

/// Numbers, booleans, null and lists as in JSON; everything else is text.
fn read(value: String) -> Value {
    match serde_json::from_str(&value) {
        Ok(parsed @ (Value::Bool(_) | Value::Null | Value::Number(_) | Value::Array(_))) => parsed,
        _ => Value::String(value),
    }
}
