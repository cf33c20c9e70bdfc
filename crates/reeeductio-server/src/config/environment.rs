//! Environment variables: `SECTION__FIELD`, and `DATA_DIR`, `DEBUG`, `ENVIRONMENT` for the keys without a section.

use std::ffi::OsString;

use serde_json::{Map, Value};

use super::reference::{KEYS, sections};
use super::{ConfigError, Environment};

/// Keys whose values are text, also where they look like a number.
const TEXTS: &[&str] = &["data_dir", "server.jwt_secret", "admin.private_key"];
/// Edits by which a section in a variable's name may differ from one of ours and still be taken for it.
const TYPING_ERRORS: usize = 2;

/// The variables that give keys their values.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Each with its key.
    variables: Vec<(String, String)>,
}

impl Named {
    /// Says which variable a value came from, if one did.
    pub(super) fn explain(&self, error: ConfigError) -> ConfigError {
        let ConfigError::Key { key, message } = error else {
            return error;
        };
        let is_of = |named: &str| {
            let rest = key.strip_prefix(named);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let variable = self.variables.iter().find(|(named, _)| is_of(named));
        match variable {
            Some((_, name)) => {
                ConfigError::key(&key, format!("{message} (environment variable {name})"))
            }
            None => ConfigError::Key { key, message },
        }
    }
}

/// The variables that are Unicode. Another one is refused if it names a key, or nearly does: it would be ignored in
/// silence otherwise.
pub(crate) fn texts(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut texts = Vec::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if let Ok(value) = value.into_string() {
            texts.push((name, value));
        } else if let Some(key) = key_of(&name)
            && is_meant_for_us(&key)
        {
            let message = format!("the environment variable {name} is not Unicode");
            return Err(ConfigError::key(&key, message));
        }
    }
    Ok(texts)
}

/// Returns whether a variable is ours by the key it would name, whatever its value. `DEBUG` and `ENVIRONMENT` may be
/// meant for another program.
fn is_meant_for_us(key: &str) -> bool {
    match key.split_once('.') {
        Some((section, _)) => section_meant(section).is_some(),
        None => key == "data_dir",
    }
}

/// The key that a variable would name.
fn key_of(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    match lower.split_once("__") {
        Some((section, field)) => Some(format!("{section}.{field}")),
        None => matches!(&*lower, "data_dir" | "debug" | "environment").then_some(lower),
    }
}

/// Lays the variables that name a key over the tree. A variable that begins like one of our sections, or
/// nearly so, but names no key of it is an error: it would be ignored in silence otherwise.
pub(super) fn overlay(
    tree: &mut Value,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Named, ConfigError> {
    let mut named = Named::default();
    for (name, value) in variables {
        let Some(key) = key_of(&name) else {
            continue;
        };
        if KEYS.iter().any(|known| known.name == key) {
            let value = if TEXTS.contains(&&*key) {
                Value::String(value)
            } else {
                read(value)
            };
            if is_of_another_program(&key, &value) {
                continue;
            }
            set(tree, &key, value);
            named.variables.push((key, name));
        } else if let Some((section, field)) = key.split_once('.')
            && let Some(meant) = section_meant(section)
        {
            let advice = if meant == section {
                "see the configuration reference".to_owned()
            } else {
                let variable = format!("{meant}__{field}").to_ascii_uppercase();
                format!("the section is {meant}, as in {variable}")
            };
            return Err(ConfigError::key(
                &key,
                format!("the environment variable {name} names no key; {advice}"),
            ));
        }
    }
    Ok(named)
}

/// Many programs have variables called `DEBUG` and `ENVIRONMENT`. Ours have no effect, so that a value we do
/// not know is no reason not to start.
fn is_of_another_program(key: &str, value: &Value) -> bool {
    match key {
        "debug" => !value.is_boolean(),
        "environment" => serde_json::from_value::<Environment>(value.clone()).is_err(),
        _ => false,
    }
}

/// The section of ours that this is, or is a typing error for.
fn section_meant(section: &str) -> Option<&'static str> {
    sections()
        .map(|known| (edits(section, known), known))
        .min()
        .filter(|(edits, _)| *edits <= TYPING_ERRORS)
        .map(|(_, known)| known)
}

/// Letters to insert, remove or replace to make one text the other.
fn edits(one: &str, other: &str) -> usize {
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.bytes().enumerate() {
        let mut left = row + 1;
        let mut diagonal = row;
        for (cell, b) in above.iter_mut().skip(1).zip(other.bytes()) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    above.last().copied().unwrap_or_default()
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
