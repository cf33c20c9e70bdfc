//! Apps: a space whose state is the directory of an app's users and channels (`spec/apps.md`).
//!
//! These are the entries and notes of an app and of its channels, and the rules by which they count. Nothing here asks a server.

mod admission;
mod app_key;
mod audit;
mod channel;
mod content;
mod directory;
mod name;
mod note;

pub use admission::{Admission, AdmissionFault, judge_admission};
pub use app_key::{AppKey, AppKeyError};
pub use audit::{Audit, Audited};
pub use channel::{
    Admits, ChannelProfile, KeeperPowers, invitation, invitation_path, invited_user,
};
pub use content::{
    CHANNEL_MESSAGE, ChannelContent, ContentError, Form, MAX_CONTENT_TYPE, MAX_SUBJECT,
};
pub use directory::{
    Asks, ChannelEntry, DirectoryError, DirectoryName, PrivateNames, UserEntry, keeper_entry,
    keeper_of, name_at, profile_entry,
};
pub use name::{MAX_NAME, NameError};
pub use note::{ANSWER, ASK, AnswerNote, AskNote, KEEP, KeepNote};
