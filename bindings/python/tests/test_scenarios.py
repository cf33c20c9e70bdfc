"""The list of what every SDK must do, and the tests here that do it."""

import ast
import json
from pathlib import Path

import pytest

TESTS = {
    "messages-sealed": ["test_messages.test_a_sealed_message_is_read_by_members_only"],
    "messages-plain": ["test_messages.test_a_plain_message_is_as_it_was_posted"],
    "messages-order": [
        "test_messages.test_messages_come_oldest_first_and_are_one_chain",
        "test_messages.test_a_topic_that_nobody_wrote_to_is_empty",
    ],
    "messages-one": ["test_messages.test_one_message_by_its_hash"],
    "messages-named-head": ["test_messages.test_a_message_goes_behind_the_one_that_is_named_or_nowhere"],
    "messages-refused": ["test_messages.test_what_is_no_message_is_refused"],
    "messages-ids": ["test_messages.test_the_id_of_a_message_is_computed_alike"],
    "state-plain": ["test_state.test_plain_state_is_what_was_set_last", "test_state.test_a_tombstone_ends_an_entry"],
    "state-sealed": ["test_state.test_sealed_state_opens_with_the_key_it_was_sealed_with"],
    "state-history": ["test_state.test_the_history_holds_every_change"],
    "state-named-head": ["test_state.test_state_behind_a_named_head"],
    "state-refused": ["test_state.test_a_path_has_one_spelling", "test_state.test_nobody_writes_without_a_right"],
    "data-values": ["test_data.test_values_plain_and_sealed"],
    "data-absent": [
        "test_data.test_a_value_that_is_not_there_and_one_that_is_gone",
        "test_data.test_rights_are_asked_for_and_paths_checked",
    ],
    "data-private": ["test_data.test_a_users_own_values_are_sealed_for_nobody_else"],
    "blobs-bytes": ["test_files.test_bytes_plain_and_sealed"],
    "blobs-files": ["test_files.test_a_file_goes_up_and_comes_down"],
    "blobs-limits": ["test_files.test_a_blob_may_be_too_large", "test_signing_in.test_who_is_no_administrator"],
    "members-rights": ["test_members.test_a_user_has_the_rights_it_was_given"],
    "members-own": ["test_members.test_a_right_to_what_is_ones_own_is_no_wider"],
    "members-roles": [
        "test_members.test_a_role_gives_its_rights_until_it_is_taken_back",
        "test_members.test_a_role_that_has_expired_gives_nothing",
    ],
    "members-tools": ["test_members.test_a_tool_acts_as_often_as_it_may"],
    "members-removed": ["test_members.test_members_are_listed_and_removed"],
    "members-invited": ["test_members.test_an_invitation_lets_as_many_in_as_it_says"],
    "members-refused-rights": [
        "test_members.test_what_is_no_right_is_refused",
        "test_members.test_nobody_gives_what_it_does_not_have",
    ],
    "passwords-yield-keys": ["test_passwords.test_a_password_yields_the_members_keys"],
    "passwords-changed": ["test_passwords.test_a_member_with_the_role_registers_and_changes_its_password"],
    "passwords-refused": ["test_passwords.test_what_is_refused"],
    "passwords-guessing": ["test_passwords.test_guessing_is_slowed_down"],
    "handles-sign-in": [
        "test_signing_in.test_the_first_call_signs_in_and_the_session_says_so",
        "test_signing_in.test_signing_in_by_hand",
        "test_signing_in.test_a_session_by_itself",
    ],
    "handles-strangers": ["test_signing_in.test_a_stranger_is_refused"],
    "handles-checked": ["test_signing_in.test_a_handle_is_made_of_ids_and_keys"],
    "handles-no-server": ["test_signing_in.test_nobody_listens_there"],
    "handles-secrets": ["test_signing_in.test_secrets_are_not_shown"],
    "servers-registration": ["test_signing_in.test_a_space_is_registered_by_the_admin_space"],
    "servers-administration": ["test_signing_in.test_an_administrator", "test_signing_in.test_who_is_no_administrator"],
    "live-messages": ["test_streams.test_messages_arrive_while_they_are_posted"],
    "live-strangers": ["test_streams.test_a_stranger_has_no_stream"],
    "lies-messages": ["test_hostile_server.test_changed_messages_are_caught"],
    "lies-forged-message": ["test_hostile_server.test_a_stranger_with_a_right_signature_is_left_out"],
    "lies-swapped-values": ["test_hostile_server.test_values_that_changed_places_are_caught"],
    "lies-old-value": ["test_hostile_server.test_an_old_value_is_caught"],
    "lies-blobs": ["test_hostile_server.test_other_bytes_of_a_blob_are_caught"],
    "lies-garbage": ["test_hostile_server.test_garbage_is_an_error_and_not_a_crash"],
}


def test_every_scenario_has_a_test_here(repository):
    listed = json.loads((repository / "testing" / "scenarios.json").read_text())["scenarios"]
    assert sorted(TESTS) == sorted(scenario["id"] for scenario in listed)


@pytest.mark.parametrize("name", [name for names in TESTS.values() for name in names])
def test_it_is_there(name):
    module, _, function = name.partition(".")
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text())
    assert function in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
