use super::*;

fn golden() -> serde_json::Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../spec/vectors/jwt_websocket.json"
    );
    let file: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["jwt"].clone()
}

fn tokens(golden: &serde_json::Value) -> (Tokens, SpaceId, MemberId) {
    let secret = golden["secret_utf8"].as_str().unwrap().as_bytes().to_vec();
    let claim = |name: &str| golden["claims"][name].as_str().unwrap().to_owned();
    (
        Tokens::new(secret.into(), 24 * HOUR, 720 * HOUR),
        SpaceId::parse(&claim("space_id")).unwrap(),
        MemberId::parse(&claim("id")).unwrap(),
    )
}

const ISSUED: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

fn signed_in() -> SignIn {
    SignIn::new(ISSUED, None, None)
}

#[test]
fn a_token_is_the_published_servers_with_the_protocol_of_streams_added() {
    let golden = golden();
    let (tokens, space, member) = tokens(&golden);
    let (token, expires_at) = tokens.issue(space, &member, &signed_in(), ISSUED).unwrap();
    assert_eq!(
        expires_at,
        golden["response"]["expires_at"].as_i64().unwrap()
    );
    let published = golden["token"].as_str().unwrap();
    let mut parts = token.split('.');
    let header = parts.next().unwrap();
    let payload = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
    let payload = String::from_utf8(payload).unwrap();
    let bare = payload.replace(r#","stream":2}"#, "}");
    assert_ne!(bare, payload);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(bare));
    assert_eq!(signed, published.rsplit_once('.').unwrap().0);
    for token in [token.as_str(), published] {
        assert_eq!(tokens.check(token, space, ISSUED).unwrap().member, member);
    }
}

#[test]
fn what_is_expired_foreign_changed_or_of_another_algorithm_is_refused() {
    let golden = golden();
    let (tokens, space, member) = tokens(&golden);
    let (token, expires_at) = tokens.issue(space, &member, &signed_in(), ISSUED).unwrap();
    let code = |token: &str, space, now| tokens.check(token, space, now).unwrap_err().code();
    assert_eq!(code(&token, space, expires_at), ErrorCode::TokenExpired);
    assert!(tokens.check(&token, space, expires_at - 1).is_ok());
    let other = SpaceId::from_public_key([7; 32]);
    assert_eq!(code(&token, other, ISSUED), ErrorCode::TokenWrongSpace);
    assert_eq!(
        code(&token, space, ISSUED - 120_000),
        ErrorCode::TokenInvalid
    );
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(
            code(&changed, space, ISSUED),
            ErrorCode::TokenInvalid,
            "{index}"
        );
    }
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let payload = token.split('.').nth(1).unwrap();
    assert_eq!(
        code(&format!("{unsigned}.{payload}."), space, ISSUED),
        ErrorCode::TokenInvalid
    );
    for garbage in ["", ".", "..", "a.b", "a.b.c.d"] {
        assert_eq!(code(garbage, space, ISSUED), ErrorCode::TokenInvalid);
    }
}
#[test]
fn a_token_that_lasts_longer_than_time_is_taken() {
    let (tokens, space, member) = tokens(&golden());
    let payload = serde_json::json!({
        "space_id": space, "id": member, "iat": ISSUED / 1000, "exp": i64::MAX,
    });
    let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let tag = tokens.mac(signed.as_bytes()).unwrap().finalize();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.into_bytes()));
    let claims = tokens.check(&token, space, ISSUED).unwrap();
    assert_eq!(claims.expires_at, i64::MAX);
}

#[test]
fn refreshed_tokens_remember_the_sign_in_and_end_with_its_session() {
    let (tokens, space, member) = tokens(&golden());
    let end = ISSUED + 720 * HOUR;
    assert_eq!(tokens.session_end(&signed_in()), end);
    for (at, expires_at) in [
        (ISSUED + HOUR, ISSUED + 25 * HOUR),
        (end - 24 * HOUR, end),
        (end - HOUR, end),
        (end - 1000, end),
    ] {
        let (token, told) = tokens.issue(space, &member, &signed_in(), at).unwrap();
        let claims = tokens.check(&token, space, at).unwrap();
        assert_eq!((told, claims.expires_at), (expires_at, expires_at));
        assert_eq!(claims.sign_in, signed_in());
    }
}

#[test]
fn a_sign_in_counts_until_tokens_are_ended_after_it() {
    let check = |at: Option<i64>, ended: Option<i64>, counts: bool| {
        let (tokens, space, member) = tokens(&golden());
        let sign_in = SignIn::new(ISSUED, at, None);
        let (token, _) = tokens.issue(space, &member, &sign_in, ISSUED).unwrap();
        let claims = tokens.check(&token, space, ISSUED).unwrap();
        assert_eq!(claims.sign_in.counts(ended), counts, "{at:?} {ended:?}");
    };
    check(None, None, true);
    // However close together: in one second, before it began by this clock, or long ago by another.
    for ended in [0, ISSUED - 1, ISSUED, ISSUED + 1, ISSUED + HOUR] {
        check(None, Some(ended), false);
        check(Some(ended - 1), Some(ended), false);
        check(Some(ended), Some(ended), true);
    }
}
