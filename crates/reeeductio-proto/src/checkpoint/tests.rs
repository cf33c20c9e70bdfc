use ed25519_dalek::{Signer as _, SigningKey};

use super::*;

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint {
        origin: Origin::new("spaces.example:8000", space(), [0, 0, 0, 0, 0, 0, 1, 0xAB]).unwrap(),
        size,
        root: [7; 32],
    }
}

fn signed(checkpoint: &Checkpoint, seed: u8) -> String {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let signature = key.sign(checkpoint.text().as_bytes()).to_bytes();
    let public = key.verifying_key().to_bytes();
    checkpoint.to_note(&public, &Signature::from_bytes(signature))
}

fn public(seed: u8) -> [u8; 32] {
    SigningKey::from_bytes(&[seed; 32])
        .verifying_key()
        .to_bytes()
}

#[test]
fn a_checkpoint_is_a_signed_note_of_three_lines() {
    let checkpoint = checkpoint(1_000_000);
    let note = signed(&checkpoint, 5);
    let lines: Vec<&str> = note.split('\n').collect();
    let origin = format!("spaces.example:8000/{}/00000000000001ab", space());
    assert_eq!(
        lines[..4],
        [
            &origin,
            "1000000",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            ""
        ]
    );
    assert!(lines[4].starts_with(&format!("\u{2014} {origin} ")));
    assert_eq!(Checkpoint::verify(&note, &public(5)), Ok(checkpoint));
    assert_eq!(
        Checkpoint::verify(&note, &public(6)),
        Err(CheckpointError::Unsigned)
    );
}

#[test]
fn signatures_of_others_are_passed_over_and_a_forged_one_is_not() {
    let (one, other) = (checkpoint(9), checkpoint(10));
    let note = signed(&one, 5);
    let line = |note: &str| note.split_once("\n\n").unwrap().1.to_owned();
    let foreign = format!("{}\n{}{}", one.text(), line(&signed(&one, 6)), line(&note));
    assert_eq!(Checkpoint::verify(&foreign, &public(5)), Ok(one.clone()));
    let forged = format!("{}\n{}", one.text(), line(&signed(&other, 5)));
    let refused = Checkpoint::verify(&forged, &public(5));
    assert_eq!(
        refused,
        Err(CheckpointError::Signature(SignatureError::Mismatch))
    );
    let many = format!(
        "{}\n{}{}",
        one.text(),
        line(&signed(&one, 6)).repeat(16),
        line(&note)
    );
    assert!(Checkpoint::verify(&many, &public(5)).is_err());
}

#[test]
fn other_spellings_of_the_same_numbers_are_refused() {
    let note = signed(&checkpoint(9), 5);
    let key = public(5);
    for (old, new) in [
        ("\n9\n", "\n09\n"),
        ("\n9\n", "\n+9\n"),
        ("\n9\n", "\n9\nextension\n"),
        ("\n9\n", "\n\n"),
        ("\n9\n", "\n99999999999999999999\n"),
        ("1ab\n", "1AB\n"),
        ("0000000000", "000000000"),
        ("wc=\n", "wc\n"),
        ("example:8000", "exa mple"),
        ("\u{2014}", "-"),
        ("\n\n", "\n"),
    ] {
        let changed = note.replacen(old, new, 1);
        assert_ne!(changed, note, "{old}");
        let refused = Checkpoint::verify(&changed, &key);
        assert_eq!(refused, Err(CheckpointError::Malformed), "{new}");
    }
    for length in 0..note.len() {
        if let Some(cut) = note.get(..length) {
            assert!(Checkpoint::verify(cut, &key).is_err(), "{length}");
        }
    }
    assert!(Checkpoint::verify(&"x".repeat(MOST + 1), &key).is_err());
}

#[test]
fn hosts_cannot_be_taken_for_other_parts() {
    for host in [
        "",
        "a/b",
        "a b",
        "a+b",
        "a\nb",
        "\u{fc}.example",
        &"x".repeat(254),
    ] {
        assert_eq!(Origin::new(host, space(), [0; 8]), None, "{host}");
    }
}
