//! The proxies that the environment names.

use std::ffi::OsString;

/// A variable that is set, with the name under which it was found.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) value: OsString,
}

/// Proxy settings of the environment.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Environment {
    pub(super) http: Option<Variable>,
    pub(super) https: Option<Variable>,
    pub(super) no_proxy: Option<Variable>,
}

impl Environment {
    /// Reads the environment of this process.
    pub(super) fn read() -> Self {
        Self::read_from(|name| {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place where the client reads the environment, and only if it is told to"
            )]
            std::env::var_os(name)
        })
    }

    fn read_from(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = variable(name).filter(|value| !value.is_empty())?;
                Some(Variable { name, value })
            })
        };
        // A CGI server puts the header `Proxy` of a request there (httpoxy, CVE-2016-5385).
        let http: &[_] = if variable("REQUEST_METHOD").is_some() {
            &["http_proxy"]
        } else {
            &["http_proxy", "HTTP_PROXY"]
        };
        let all = || first(&["all_proxy", "ALL_PROXY"]);
        Self {
            http: first(http).or_else(all),
            https: first(&["https_proxy", "HTTPS_PROXY"]).or_else(all),
            no_proxy: first(&["no_proxy", "NO_PROXY"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::read_from(|name| {
            let (_, value) = variables.iter().find(|(set, _)| *set == name)?;
            Some(OsString::from(value))
        })
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is compared with what was found"
    )]
    fn found(name: &'static str, value: &str) -> Option<Variable> {
        let value = OsString::from(value);
        Some(Variable { name, value })
    }

    #[test]
    fn each_scheme_has_its_variable_and_all_proxy_fills_the_gap() {
        let environment = read(&[
            ("HTTPS_PROXY", "http://s"),
            ("ALL_PROXY", "http://a"),
            ("NO_PROXY", "localhost"),
        ]);
        assert_eq!(environment.https, found("HTTPS_PROXY", "http://s"));
        assert_eq!(environment.http, found("ALL_PROXY", "http://a"));
        assert_eq!(environment.no_proxy, found("NO_PROXY", "localhost"));
    }

    #[test]
    fn lower_case_comes_first_and_empty_is_not_set() {
        let environment = read(&[
            ("HTTP_PROXY", "http://upper"),
            ("http_proxy", "http://lower"),
            ("https_proxy", ""),
            ("HTTPS_PROXY", "http://s"),
            ("no_proxy", ""),
        ]);
        assert_eq!(environment.http, found("http_proxy", "http://lower"));
        assert_eq!(environment.https, found("HTTPS_PROXY", "http://s"));
        assert_eq!(environment.no_proxy, None);
    }

    #[test]
    fn in_a_cgi_program_a_request_cannot_choose_the_proxy() {
        let cgi = ("REQUEST_METHOD", "GET");
        let environment = read(&[cgi, ("HTTP_PROXY", "http://attacker")]);
        assert_eq!(environment.http, None);
        let environment = read(&[cgi, ("http_proxy", "http://ours")]);
        assert_eq!(environment.http, found("http_proxy", "http://ours"));
    }
}
