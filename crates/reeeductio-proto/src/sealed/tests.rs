use super::*;

fn header(expires: Option<u64>, target: Option<Target>) -> SealedHeader {
    SealedHeader {
        lane: [1; 8],
        epoch: 0x0203_0405,
        key_id: [6; 8],
        authority: [7; 32],
        salt: [8; 16],
        commitment: [9; 32],
        expires,
        target,
        payload_hash: [10; 32],
    }
}

fn all() -> Vec<SealedHeader> {
    let target = |change| Target {
        change,
        message: [11; 32],
        revision: 3,
    };
    let (edit, delete) = (target(TargetChange::Edit), target(TargetChange::Delete));
    let mut all = Vec::new();
    for expires in [None, Some(1_760_000_000_000)] {
        for target in [None, Some(edit), Some(delete)] {
            all.push(header(expires, target));
        }
    }
    all
}

#[test]
fn headers_are_read_as_they_were_written() {
    let lengths: Vec<usize> = all().iter().map(|each| each.to_bytes().len()).collect();
    assert_eq!(lengths, [135, 171, 171, 143, 179, 179]);
    for each in all() {
        assert_eq!(SealedHeader::parse(&each.to_bytes()), Ok(each));
    }
}

#[test]
fn what_is_cut_off_or_too_long_is_refused() {
    for each in all() {
        let bytes = each.to_bytes();
        for length in 0..bytes.len() {
            let error = SealedHeader::parse(&bytes[..length]).unwrap_err();
            assert!(matches!(error, FormatError::Malformed(_)), "{length}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        let error = SealedHeader::parse(&longer).unwrap_err();
        assert!(matches!(error, FormatError::Malformed(_)));
    }
}

#[test]
fn formats_suites_and_flags_of_later_releases_are_named() {
    let bytes = header(None, None).to_bytes();
    let with = |index: usize, value| {
        let mut bytes = bytes.clone();
        bytes[index] = value;
        SealedHeader::parse(&bytes).unwrap_err().to_string()
    };
    assert_eq!(with(0, 2), "format 2 is not known to this release");
    assert_eq!(with(0, 0), "format 0 is not known to this release");
    assert_eq!(with(1, 2), "suite 2 is not known to this release");
    assert_eq!(with(2, 0x08), "flags 8 is not known to this release");
    assert_eq!(with(2, 0x80), "flags 128 is not known to this release");
    assert_eq!(with(2, 0x06), "a message is an edit or a delete, not both");
    let target = Target {
        change: TargetChange::Edit,
        message: [0; 32],
        revision: 0,
    };
    let error = SealedHeader::parse(&header(None, Some(target)).to_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "revisions begin with 1");
}
