//! Words that only one module of a crate may name.

/// A word, where it is forbidden, and the one module there that may have it: a file, and the folder of its name.
struct Place {
    word: &'static str,
    folder: &'static str,
    only: &'static str,
}

impl Place {
    fn allows(&self, name: &str) -> bool {
        let folder = self.only.strip_suffix(".rs").unwrap_or(self.only);
        let below = name.strip_prefix(folder);
        name == self.only || below.is_some_and(|rest| rest.starts_with('/'))
    }
}

const PLACES: &[Place] = &[
    Place {
        word: "reeeductio_backend_sqlite",
        folder: "crates/reeeductio-server/src/",
        only: "crates/reeeductio-server/src/wiring.rs",
    },
    Place {
        word: "reeeductio_backend_objects",
        folder: "crates/reeeductio-server/src/",
        only: "crates/reeeductio-server/src/wiring.rs",
    },
    Place {
        word: "anyhow",
        folder: "crates/reeeductio-server/src/",
        only: "crates/reeeductio-server/src/main.rs",
    },
];

/// Every word that is out of its place in a file.
pub(super) fn broken(name: &str, text: &str) -> Vec<String> {
    PLACES
        .iter()
        .filter(|place| name.starts_with(place.folder) && !place.allows(name))
        .filter(|place| {
            text.lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(place.word))
        })
        .map(|place| {
            format!(
                "{name} names {}: only {} does in that crate",
                place.word, place.only
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_outside_the_wiring_is_found() {
        let text = "use reeeductio_backend_sqlite::SqliteRecords;";
        assert_eq!(broken("crates/reeeductio-server/src/app.rs", text).len(), 1);
        assert!(broken("crates/reeeductio-server/src/wiring.rs", text).is_empty());
        assert!(broken("crates/reeeductio-server/src/wiring/binding.rs", text).is_empty());
        let other = "crates/reeeductio-server/src/wiring_of_tests.rs";
        assert_eq!(broken(other, text).len(), 1);
        assert!(broken("crates/reeeductio-backend-sqlite/tests/x.rs", text).is_empty());
    }

    #[test]
    fn untyped_errors_in_the_servers_library_are_found_but_not_words_about_them() {
        let name = "crates/reeeductio-server/src/serve.rs";
        assert_eq!(broken(name, "-> anyhow::Result<()>").len(), 1);
        assert!(broken(name, "/// Not anyhow.").is_empty());
    }
}
