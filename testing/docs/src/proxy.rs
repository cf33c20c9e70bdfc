//! The configuration of nginx: its form, and that it leads to the server and lets live streams through.

use anyhow::{Context as _, Result, ensure};

/// Settings that nginx needs for the `WebSocket` of a live stream, which it does not pass on by itself.
const WEB_SOCKETS: &[&str] = &[
    "proxy_http_version 1.1;",
    "proxy_set_header Upgrade $http_upgrade;",
];

/// Fails unless the configuration leads to the server at `address`.
pub(crate) fn check(text: &str, address: Option<&str>) -> Result<()> {
    let mut depth = 0_usize;
    let mut directives = Vec::new();
    for line in text.lines().map(str::trim) {
        match line.chars().next_back() {
            None => {}
            _ if line.starts_with('#') => {}
            Some('{') => depth += 1,
            Some('}') if line == "}" => depth = depth.checked_sub(1).context("a } too many")?,
            Some(';') => directives.push(line),
            _ => anyhow::bail!("{line:?} does not end with ; or {{"),
        }
    }
    ensure!(depth == 0, "{depth} blocks are not closed");
    let address = address.context("no server runs on this page yet")?;
    let pass = format!("proxy_pass http://{address};");
    for needed in [&*pass].iter().chain(WEB_SOCKETS) {
        ensure!(directives.contains(needed), "it does not say {needed}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    const RIGHT: &str = "location / {\n  proxy_pass http://127.0.0.1:9;\n  proxy_http_version 1.1;\n  proxy_set_header Upgrade $http_upgrade;\n}\n";

    #[test]
    fn a_configuration_that_leads_to_the_server_passes() {
        check(RIGHT, Some("127.0.0.1:9")).unwrap();
    }

    #[test]
    fn one_that_does_not_is_refused() {
        assert!(check(RIGHT, Some("127.0.0.1:8")).is_err());
        assert!(check(RIGHT, None).is_err());
        for gone in ["}", "1.1;", "Upgrade $http_upgrade", "location / {"] {
            assert!(
                check(&RIGHT.replace(gone, ""), Some("127.0.0.1:9")).is_err(),
                "{gone}"
            );
        }
    }
}
