//! The defects of the published server (wire.md 14), each shown not to be ours.
//!
//! | item | what went wrong there | shown by |
//! |---|---|---|
//! | 14.1.1 | clients verify nothing | `reeeductio-core`: `chain`, `data`, `blob` |
//! | 14.1.2 | `rightsx` was a right | `security::rights_prefix_without_slash_grants_nothing` |
//! | 14.1.3 | nothing could be revoked | `security::a_tombstoned_user_is_out_at_once`, `security::a_tombstoned_tool_is_out_at_once`, `security::a_tombstoned_right_stops_at_once`, `security::a_tombstoned_role_grant_stops_at_once`, `security::a_tombstoned_role_stops_at_once`, `security::what_a_removed_user_held_does_not_come_back`, `spaces::stream::removing_a_member_ends_its_stream` |
//! | 14.1.4 | any member of the admin space deleted any blob; `..` as a blob id | `admin::a_member_with_the_right_deletes_blobs_and_others_do_not`, `security::a_blob_id_is_checked_before_it_names_a_file` |
//! | 14.1.5 | data writes checked against the wrong path | `security::data_is_checked_against_its_data_path` |
//! | 14.1.6 | the stream showed every topic to everybody | `spaces::stream::a_member_sees_the_topics_it_may_read_and_all_state` |
//! | 14.1.7 | `expires_at` ignored, `op` unchecked | `security::a_right_lapses_at_its_time`, `authorization::a_tool_past_its_time_is_out`, `authorization::entries_that_are_not_what_their_path_says_are_400` |
//! | 14.1.8 | tools granted anything, and not the role they should | `security::a_tool_grants_no_more_than_it_holds`, `authorization::an_invitation_adds_users_with_the_role_it_names` |
//! | 14.1.9 | members re-signing each other, or themselves | `security::nobody_signs_its_own_definition`, `security::members_who_sign_each_other_stay_members` |
//! | 14.1.10 | authority not derived from the chain | `security::what_somebody_puts_into_the_store_has_no_authority`, `security::a_right_stays_when_its_author_goes` |
//! | 14.1.11 | challenges for anything, replaceable by anyone | `hostile::challenges::ten_thousand_challenges_leave_nothing_behind`, `spaces::auth::other_spellings_of_an_id_are_not_ids`, `spaces::auth::a_malformed_space_id_is_400_and_an_unknown_space_404` |
//! | 14.1.12 | password login told users apart, had no limit, shared its state, showed its secrets | `security::an_unknown_user_looks_like_a_known_one`, `security::password_secrets_are_the_owners`, `security::a_new_password_setup_counts_at_once`, `spaces::opaque::two_logins_of_one_name_do_not_disturb_each_other`, `spaces::opaque::too_many_attempts_are_429_and_say_how_long_to_wait` |
//! | 14.1.13 | references without proof, existence leaked | `spaces::blobs::a_blob_of_another_space_is_nowhere`, `spaces::blobs::too_large_is_413_by_its_header_and_while_streaming` |
//! | 14.1.14 | `\|` in preimages, tokens in logs | `spaces::messages::a_type_is_short_and_free_of_bars_and_control_characters`, `security::no_token_reaches_the_log` |
//! | 14.1.15 | 422 echoed input, status by words in the text | `security::refused_input_is_not_repeated`, `security::the_status_does_not_depend_on_words` |
//! | 14.2.1 | equal milliseconds and clock steps forked chains | `correctness::equal_milliseconds_make_no_fork`, `correctness::a_clock_that_steps_back_makes_no_fork`, `correctness::of_writers_at_once_one_wins` |
//! | 14.2.2 | refresh always failed; blobs 500 on bad tokens; PUT state conflict 401 | `correctness::refresh_gives_a_fresh_token`, `spaces::auth::every_route_of_a_space_checks_the_token`, `spaces::state::put_answers_200_and_refuses_like_post` |
//! | 14.2.3 | only the oldest 10,000 state messages counted | `correctness::rights_count_after_ten_thousand_state_messages`, `correctness::five_thousand_state_messages_later_a_role_counts` |
//! | 14.2.4 | an empty blob was 404 | `correctness::an_empty_blob_comes_back` |
//! | 14.2.5 | the owner's delete of others' blobs did nothing | `correctness::the_owner_removes_a_members_blob` |
//! | 14.2.6 | refused writes counted as a tool's use | `correctness::a_refused_write_is_no_use_of_a_tool` |
//! | 14.2.7 | data answered with the server's time, equal times overwrote, DELETE forgot the order | `correctness::data_answers_with_the_signed_time`, `correctness::equal_times_do_not_overwrite`, `correctness::a_deleted_entry_cannot_be_replayed` |
//! | 14.2.8 | slashes made aliases of state paths | `spaces::state::paths_that_are_none_are_400_on_every_route` |
//! | 14.2.9 | configuration precedence | `config::tests` of this crate |
//! | 14.2.10 | client defects | `reeeductio-core`, `reeeductio-client` |
//! | 14.2.11 | caches per process, path encodings that collide | no such store here; `correctness::a_view_that_was_put_away_is_read_again_as_it_was` |
//! | 14.3 | each check read all state; blobs whole in memory | `reeeductio bench`; `correctness::five_thousand_state_messages_later_a_role_counts` |

mod correctness;
mod security;

use reeeductio_proto::MemberId;
use serde_json::json;

use crate::rig::{Member, Plan, Rig};

const MESSAGES: &str = "topics/general/messages";

/// Defines the role `reader` and gives it.
async fn assign_reader(rig: &Rig, owner: &Member, to: MemberId) {
    let right = json!({"op": "read", "path": MESSAGES});
    owner
        .try_set_json(rig, "auth/roles/reader", &json!({"role_id": "reader"}))
        .await
        .expect(201);
    owner
        .try_grant(rig, "roles/reader", "r0", &right)
        .await
        .expect(201);
    owner.try_assign(rig, to, "reader").await.expect(201);
}

/// A server that keeps one space in memory, so that looking at another makes it forget.
fn forgetful() -> Rig {
    Rig::with(|plan: &mut Plan| plan.engine.limits.cached_spaces = 1)
}

async fn forget(rig: &Rig) {
    for seed in [101, 102, 103] {
        rig.owner(seed).await;
    }
}
