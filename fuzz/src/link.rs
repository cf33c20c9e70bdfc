//! Invite links.

use reeeductio_client::{AnchoredLink, InviteLink};

use crate::input::text;

/// A link is read as what it was written as: reading it again gives the same parts, whatever surrounds it, and no prefix of its
/// fragment is a link. Its form for people shows no secret.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    anchored(text);
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

/// The same of a link into a space with a policy.
fn anchored(text: &str) {
    let Ok(link) = AnchoredLink::parse(text) else {
        return;
    };
    assert!(InviteLink::parse(text).is_err());
    let whole = link.expose();
    let again = AnchoredLink::parse(&format!(" {whole}\n")).unwrap();
    assert_eq!(again.expose(), whole);
    let (page, fragment) = whole.rsplit_once('#').unwrap();
    let (space, server) = (link.space(), link.server());
    let (secret, anchor) = (link.secret().clone(), link.anchor());
    assert_eq!(again.secret().expose(), secret.expose());
    // Written again from what was read, unless it is nothing that a writer takes for a page or a server.
    let page = Some(page).filter(|page| !page.is_empty());
    if let Ok(written) =
        AnchoredLink::new(space, secret, anchor, link.needs_password(), server, page)
        && written.server() == server
    {
        assert!(written.expose().ends_with(fragment));
    }
    let secret = fragment.split('.').nth(2).unwrap();
    assert!(!format!("{link:?}").contains(secret));
    assert!(AnchoredLink::parse(&whole[..whole.len() - 1]).is_err());
}
