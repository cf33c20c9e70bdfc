//! Traefik, which is not run: Debian does not have it. Its files must be YAML that leads to the server.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{BEHIND, HOST};

/// Fails unless a file is the static configuration, or the dynamic one that leads to the server.
pub(crate) fn check(text: &str) -> Result<()> {
    let file: Value = serde_saphyr::from_str(text)?;
    if file.get("entryPoints").is_some() {
        let entry = file
            .pointer("/entryPoints/websecure")
            .context("no websecure")?;
        let timeout = entry.pointer("/transport/respondingTimeouts/readTimeout");
        ensure!(
            timeout == Some(&Value::from("0s")),
            "long uploads are cut off"
        );
        ensure!(file.get("accessLog").is_none(), "tokens are logged");
        return Ok(());
    }
    let router = file
        .pointer("/http/routers/reeeductio")
        .context("no router")?;
    let rule = router.get("rule").and_then(Value::as_str);
    let service = router.get("service").and_then(Value::as_str);
    let service = service.context("the router has no service")?;
    let url = file.pointer(&format!(
        "/http/services/{service}/loadBalancer/servers/0/url"
    ));
    ensure!(
        rule.is_some_and(|rule| rule.contains(&format!("Host(`{HOST}`)"))),
        "no rule for {HOST}"
    );
    ensure!(
        url == Some(&Value::from(format!("http://{BEHIND}"))),
        "it does not lead to {BEHIND}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    const STATIC: &str = "entryPoints: {websecure: {address: ':443', transport: {respondingTimeouts: {readTimeout: 0s}}}}";
    const DYNAMIC: &str = "http:
  routers: {reeeductio: {rule: 'Host(`spaces.example.org`)', service: spaces}}
  services: {spaces: {loadBalancer: {servers: [{url: 'http://127.0.0.1:8000'}]}}}
";

    #[test]
    fn files_that_lead_to_the_server_pass() {
        check(STATIC).unwrap();
        check(DYNAMIC).unwrap();
    }

    #[test]
    fn files_that_do_not_are_refused() {
        for (right, part, wrong) in [
            (STATIC, "0s", "60s"),
            (STATIC, "entryPoints:", "accessLog: {}\nentryPoints:"),
            (STATIC, "websecure", "web"),
            (DYNAMIC, "service: spaces", "service: other"),
            (DYNAMIC, "8000", "8001"),
            (DYNAMIC, "spaces.example.org", "example.org"),
        ] {
            assert!(
                check(&right.replace(part, wrong)).is_err(),
                "{part} -> {wrong}"
            );
        }
    }
}
