//! Rules for every Cargo.toml of the workspace.

/// The root's table has a reason on every line; every other manifest takes its dependencies from there and
/// its lints from the workspace.
pub(super) fn broken(name: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let mut section = "";
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim();
        if section == "[workspace.dependencies]" {
            if !value.contains("path =") && reason(value).is_none_or(str::is_empty) {
                broken.push(format!("{name}: no `# reason` for {key}"));
            }
        } else if section.ends_with("dependencies]")
            && !key.ends_with(".workspace")
            && !value.contains("workspace = true")
        {
            broken.push(format!(
                "{name}: {key} does not come from the table of the root Cargo.toml"
            ));
        }
    }
    // A package outside the workspace, such as fuzz/, cannot inherit.
    let member = text.contains("version.workspace = true");
    if member && !text.contains("[lints]\nworkspace = true") {
        broken.push(format!("{name}: no `[lints] workspace = true`"));
    }
    if text.contains("[package]") && !member {
        broken.retain(|line| !line.contains("does not come from"));
    }
    broken
}

fn reason(value: &str) -> Option<&str> {
    value.split_once(" # ").map(|(_, reason)| reason.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let text = "\
[workspace.dependencies]
ours = { path = \"crates/ours\" }
a = \"1\" # why
b = \"1\"
c = \"1\" #
[workspace.lints.rust]
d = \"warn\"
";
        assert_eq!(
            broken("Cargo.toml", text),
            [
                "Cargo.toml: no `# reason` for b",
                "Cargo.toml: no `# reason` for c"
            ]
        );
    }

    #[test]
    fn a_member_that_goes_its_own_way_is_found() {
        let text = "\
[package]
version.workspace = true
[lints]
workspace = true
[dependencies]
a.workspace = true
b = { workspace = true, features = [\"x\"] }
[dev-dependencies]
c = \"1\"
";
        assert_eq!(
            broken("x/Cargo.toml", text),
            ["x/Cargo.toml: c does not come from the table of the root Cargo.toml"]
        );
        let text = "[package]\nversion.workspace = true\n";
        assert_eq!(
            broken("x/Cargo.toml", text),
            ["x/Cargo.toml: no `[lints] workspace = true`"]
        );
    }

    #[test]
    fn a_package_outside_the_workspace_names_its_own_dependencies() {
        let text = "[package]\nversion = \"0.0.0\"\n[dependencies]\na = \"1\"\n";
        assert!(broken("fuzz/Cargo.toml", text).is_empty());
    }
}
