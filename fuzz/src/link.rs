//! Invite links.

use reeeductio_client::InviteLink;

use crate::input::text;

/// A link is read as what it was written as: reading it again gives the same parts, whatever surrounds it, and no prefix of its
/// fragment is a link. Its form for people shows no secret.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let Ok(link) = InviteLink::parse(text) else {
        return;
    };
    let whole = link.expose();
    let again = InviteLink::parse(&format!(" {whole}\n")).unwrap();
    assert_eq!(again.expose(), whole);
    assert_eq!(
        (again.space(), again.server(), again.role()),
        (link.space(), link.server(), link.role())
    );
    let secret = whole.rsplit('.').next().unwrap();
    assert!(!format!("{link:?}").contains(secret));
    let cut = &whole[..whole.len() - 1];
    assert!(InviteLink::parse(cut).is_err());
}
