//! Numbers in queries.

use crate::answer::Failure;

/// The numbers of a query, by their names.
pub(super) fn numbers<const N: usize>(
    query: &str,
    names: [&str; N],
) -> Result<[Option<u64>; N], Failure> {
    let mut found = [None; N];
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = names
            .iter()
            .zip(&mut found)
            .find(|(known, _)| **known == name);
        if let Some((_, place)) = place {
            let number = value.parse::<u64>();
            *place = Some(number.map_err(|_| Failure::query(&name, "an integer, 0 or more"))?);
        }
    }
    Ok(found)
}
