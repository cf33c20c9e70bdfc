//! Searching bytes for many secrets at once, in every form in which a program may have written them.

use std::collections::{BTreeSet, HashMap};

use reeeductio_proto::encoding::{encode, encode_url};

/// Bytes of a secret that are looked for at once. A part is enough: a page of a database may hold the rest.
const PIECE: usize = 16;
/// Bytes of a needle by which it is found.
const START: usize = 8;
/// Bits of the table of starts.
const BITS: u32 = 20;

/// Secrets to be found by any 16 bytes of them that begin at a multiple of 16, or by the last 16.
pub(crate) struct Needles {
    names: Vec<String>,
    /// Needles by their first bytes, each with the number of its name.
    by_start: HashMap<u64, Vec<(Vec<u8>, usize)>>,
    /// Whether a needle may begin with bytes of this hash. Spares a look into the map for nearly every byte.
    may_start: Vec<bool>,
}

impl Needles {
    pub(crate) fn new() -> Self {
        Self {
            names: Vec::new(),
            by_start: HashMap::new(),
            may_start: vec![false; 1 << BITS],
        }
    }

    /// Adds a secret of at least 16 bytes.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(
            secret.len() >= PIECE,
            "{name} is too short to be recognised"
        );
        let name = self.name(name);
        let whole = secret.chunks_exact(PIECE);
        for piece in whole.chain([&secret[secret.len() - PIECE..]]) {
            for form in forms(piece) {
                self.insert(form, name);
            }
        }
    }

    /// Adds a text, also as UTF-16.
    pub(crate) fn add_text(&mut self, name: &str, text: &str) {
        self.add(name, text.as_bytes());
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.add(name, &little);
        self.add(name, &big);
    }

    fn name(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn insert(&mut self, needle: Vec<u8>, name: usize) {
        let start = u64::from_be_bytes(needle[..START].try_into().unwrap());
        assert_ne!(start, 0, "zeros are not searched for");
        self.may_start[hash(start)] = true;
        let same = self.by_start.entry(start).or_default();
        if !same.contains(&(needle.clone(), name)) {
            same.push((needle, name));
        }
    }

    /// Returns the names of the secrets that the bytes hold.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut window = 0_u64;
        for (index, byte) in bytes.iter().enumerate() {
            window = (window << 8) | u64::from(*byte);
            // Most of the memory is zeros.
            if window == 0 || !self.may_start[hash(window)] {
                continue;
            }
            let Some(start) = (index + 1).checked_sub(START) else {
                continue;
            };
            for (needle, name) in self.by_start.get(&window).into_iter().flatten() {
                if bytes[start..].starts_with(needle) {
                    found.insert(self.names[*name].clone());
                }
            }
        }
        found
    }
}

#[allow(clippy::cast_possible_truncation)]
fn hash(start: u64) -> usize {
    // Run for every byte of the memory, in a test that the compiler does not optimise.
    (start.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS)) as usize
}

/// Hexadecimal digits, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| char::from_digit(digit.into(), 16).unwrap());
    digits.collect()
}

/// The forms of a piece of a secret: its bytes, the texts that stand for them, and base64 of these texts.
fn forms(piece: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = base64_forms(piece);
    texts.push(hex(piece));
    texts.push(hex(piece).to_uppercase());
    let nested = texts.iter().flat_map(|text| base64_forms(text.as_bytes()));
    let nested: Vec<String> = nested.collect();
    texts.extend(nested);
    // As `{:?}` prints bytes, and as JSON has them.
    texts.push(piece.escape_ascii().to_string());
    let numbers: Vec<String> = piece.iter().map(u8::to_string).collect();
    texts.push(numbers.join(", "));
    texts.push(numbers.join(","));
    let mut forms = vec![piece.to_vec()];
    forms.extend(texts.into_iter().map(String::into_bytes));
    forms
}

/// Base64 in both alphabets, wherever in the encoded bytes the piece begins: without the characters that also depend on the bytes beside it.
fn base64_forms(piece: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let bytes = [&[0; 2][..before.min(2)], piece].concat();
        let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for text in [encode(&bytes), encode_url(&bytes)] {
            forms.push(text[first..end].to_owned());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

#[test]
fn a_secret_is_found_in_every_form_and_another_is_not() {
    let secret: Vec<u8> = (0..40_u8)
        .map(|byte| byte.wrapping_mul(89) ^ 0xA5)
        .collect();
    let mut needles = Needles::new();
    needles.add("secret", &secret);
    needles.add_text("text", "a text of some length");
    let wrapped = |before: &[u8], secret: &[u8]| [before, secret, b"after it"].concat();
    let utf16: Vec<u8> = "a text of some length"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        needles.found_in(&utf16),
        BTreeSet::from(["text".to_owned()])
    );
    for before in 0..7 {
        let before = &b"in front"[..before];
        let bytes = wrapped(before, &secret);
        let json = format!(r#"{{"wrap": "{}"}}"#, encode(&bytes));
        let forms = [
            encode(&bytes).into_bytes(),
            encode_url(&bytes).into_bytes(),
            encode(json.as_bytes()).into_bytes(),
            format!("{bytes:?}").into_bytes(),
            bytes.escape_ascii().to_string().into_bytes(),
            hex(&secret).into_bytes(),
            hex(&secret).to_uppercase().into_bytes(),
            // Cut in two, by the end of a page for instance.
            wrapped(before, &secret[..25]),
            wrapped(before, &secret[16..]),
            bytes,
        ];
        for form in forms {
            let shown = String::from_utf8_lossy(&form).into_owned();
            assert_eq!(
                needles.found_in(&form),
                BTreeSet::from(["secret".to_owned()]),
                "{shown}"
            );
        }
    }
    let other: Vec<u8> = secret.iter().rev().copied().collect();
    assert_eq!(needles.found_in(&other), BTreeSet::new());
    assert_eq!(needles.found_in(encode(&other).as_bytes()), BTreeSet::new());
}
