use super::*;

#[test]
fn a_link_has_one_tool_for_a_space_and_a_password() {
    let secret = LinkSecret::new([0x33; 32]);
    let [here, there] = [1, 2].map(|seed| SpaceId::from_public_key([seed; 32]));
    let tool =
        |secret: &LinkSecret, space, password| secret.tool(space, password).unwrap().tool_id();
    let tools = [
        tool(&secret, &here, None),
        tool(&secret, &there, None),
        tool(&LinkSecret::new([0x34; 32]), &here, None),
        tool(&secret, &here, Some("correct horse")),
        tool(&secret, &here, Some("Correct horse")),
        tool(&secret, &there, Some("correct horse")),
    ];
    for (index, one) in tools.iter().enumerate() {
        assert!(!tools[index + 1..].contains(one), "{index}");
    }
    assert_eq!(tool(&secret, &here, Some("correct horse")), tools[3]);
}

#[test]
fn an_empty_password_is_not_the_same_as_none() {
    let space = SpaceId::from_public_key([1; 32]);
    let refused = LinkSecret::new([0x33; 32]).tool(&space, Some(""));
    assert_eq!(refused.unwrap_err(), PasswordError::Weak("is empty"));
}

#[test]
fn a_secret_shows_nothing() {
    let secret = LinkSecret::new([0xC3; 32]);
    assert_eq!(format!("{secret:?}"), "LinkSecret(..)");
}
