//! Prefixes of paths.

use std::fmt;

use crate::path::{DataPath, PathError, StatePath};

/// Names the entry at a path and all entries below it, or every entry there is.
///
/// A prefix ends where a segment ends: `tasks/1` covers `tasks/1` and `tasks/1/title`, not `tasks/10`.
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct PathPrefix(Option<DataPath>);

impl PathPrefix {
    /// The prefix of all paths.
    pub const ALL: Self = Self(None);

    /// Reads a prefix: a path, with or without a slash at its end. The empty text is [`ALL`](Self::ALL).
    ///
    /// ```
    /// use reeeductio_proto::PathPrefix;
    /// let prefix = PathPrefix::parse("tasks/1")?;
    /// assert!(prefix.covers("tasks/1") && prefix.covers("tasks/1/title"));
    /// assert!(!prefix.covers("tasks/10"));
    /// # Ok::<(), reeeductio_proto::PathError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Ok(Self::ALL);
        }
        let path = DataPath::parse(text.strip_suffix('/').unwrap_or(text))?;
        Ok(Self(Some(path)))
    }

    /// The path that it names with everything below; `None` for all paths.
    pub fn path(&self) -> Option<&DataPath> {
        self.0.as_ref()
    }

    /// Returns whether a path is the prefix or below it.
    pub fn covers(&self, path: &str) -> bool {
        let Some(prefix) = &self.0 else {
            return true;
        };
        let rest = path.strip_prefix(prefix.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The texts between which, both exclusive, the paths below it sort by their bytes: without the one at the prefix. The
    /// second is `None` where there is no end.
    pub fn bounds_below(&self) -> (String, Option<String>) {
        match &self.0 {
            None => (String::new(), None),
            // '0' follows '/'.
            Some(path) => (format!("{path}/"), Some(format!("{path}0"))),
        }
    }
}

impl From<DataPath> for PathPrefix {
    fn from(path: DataPath) -> Self {
        Self(Some(path))
    }
}

impl From<&StatePath> for PathPrefix {
    fn from(path: &StatePath) -> Self {
        Self(DataPath::parse(path.as_str()).ok())
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_ref().map_or("", DataPath::as_str))
    }
}

impl fmt::Debug for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.as_ref().map_or("", DataPath::as_str), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 9] = [
        "a", "a/b", "a/b c", "a/b-x", "a/b/c", "a/b/c/d", "a/b0", "a/bc", "b",
    ];

    #[test]
    fn a_prefix_covers_its_path_and_what_is_below_it() {
        let prefix = PathPrefix::parse("a/b").unwrap();
        let covered: Vec<&str> = PATHS
            .into_iter()
            .filter(|path| prefix.covers(path))
            .collect();
        assert_eq!(covered, ["a/b", "a/b/c", "a/b/c/d"]);
        assert_eq!(PathPrefix::parse("a/b/").unwrap(), prefix);
        assert!(PATHS.into_iter().all(|path| PathPrefix::ALL.covers(path)));
        for bad in ["/", "/a", "a//", "a/../b", "a\n"] {
            assert!(PathPrefix::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_bounds_hold_what_is_below_and_nothing_else() {
        for prefix in ["", "a", "a/b"] {
            let prefix = PathPrefix::parse(prefix).unwrap();
            let (low, high) = prefix.bounds_below();
            for path in PATHS {
                let below =
                    prefix.covers(path) && prefix.path().is_none_or(|at| at.as_str() != path);
                let within = low.as_str() < path && high.as_deref().is_none_or(|high| path < high);
                assert_eq!(within, below, "{path} below {prefix}");
            }
        }
    }
}
