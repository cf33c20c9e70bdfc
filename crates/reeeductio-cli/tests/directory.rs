//! A path that is no data directory is named, and nothing is made there.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::fs;
use std::path::Path;
use std::process::Command;

fn errors(words: &[&Path]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_reeeductio"))
        .args(words)
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    errors
}

#[test]
fn what_is_no_data_directory_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let [missing, empty, file, copy] = ["missing", "empty", "file", "copy"].map(path);
    fs::create_dir(&empty).unwrap();
    fs::write(&file, "text").unwrap();
    for wrong in [&missing, &empty, &file] {
        let said = format!("error: {} is no data directory", wrong.display());
        for words in [
            vec!["verify".as_ref(), wrong.as_path()],
            vec!["backup".as_ref(), wrong, &copy],
            vec!["repair".as_ref(), wrong, "--leftovers".as_ref()],
            vec!["repair".as_ref(), &empty, "--from".as_ref(), wrong],
        ] {
            let errors = errors(&words);
            assert!(errors.starts_with(&said), "{words:?} {errors}");
        }
    }
    for wrong in [&missing, &file] {
        let said = format!("error: {} is no data directory", wrong.display());
        let errors = errors(&["repair".as_ref(), wrong, "--from".as_ref(), &empty]);
        assert!(errors.starts_with(&said), "{errors}");
    }
    assert!(!copy.exists() && !missing.exists());
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
}
