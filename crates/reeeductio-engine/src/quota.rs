//! Refusing what a quota does not allow.

use reeeductio_backend::OverQuota;
use reeeductio_proto::ErrorCode;

use crate::refusal::Refusal;

impl From<OverQuota> for Refusal {
    fn from(over: OverQuota) -> Self {
        let whose = match over {
            OverQuota::Member => "You have",
            OverQuota::Space => "This space has",
        };
        Self::new(
            ErrorCode::QuotaExceeded,
            format!(
                "{whose} stored as much of this kind as the server allows. Remove something, or ask its operator for more."
            ),
        )
    }
}
