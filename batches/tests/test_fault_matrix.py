"""The faults that were thought of, and the tests that show each; none may be without."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WORKERS, SERVICES = "batches/tests/test_fault_workers.py", "batches/tests/test_fault_services.py"
PROVIDER, POINTS = "batches/tests/test_fault_provider.py", "batches/tests/test_faults.py"
EXECUTOR, RESULTS = "batches/tests/test_executor.py", "batches/tests/test_results.py"
LOAD = "batches/tests/test_fault_load.py"
SWEEP, GATES = "batches/tests/test_sweep.py", "batches/tests/test_gates.py"
CLAIMING, QUEUE = "batches/tests/test_claiming.py", "batches/tests/test_queue.py"

# The row's number, the fault, and its tests, negative controls among them.
MATRIX = {
    1: ("worker killed in a call", (WORKERS, "test_killed_worker_costs_each_page_one_more_call_at_most")),
    2: ("whole worker killed", (WORKERS, "test_other_workers_go_on_and_take_a_dead_ones_pages")),
    3: (
        "worker stopped for longer than its lease",
        (WORKERS, "test_worker_that_was_stopped_beyond_its_lease_changes_nothing_any_more"),
        (RESULTS, "test_late_workers_result_is_dropped_by_its_token"),
        (RESULTS, "test_without_the_token_the_late_result_would_be_stored"),
    ),
    4: (
        "worker told to end",
        (EXECUTOR, "test_stopping_worker_hands_its_pages_back_unburnt"),
        (POINTS, "test_death_after_a_release_burns_no_attempt"),
    ),
    5: (
        "worker out of memory over one page",
        (WORKERS, "test_page_that_needs_more_memory_than_there_is_fails_alone"),
        (WORKERS, "test_poisonous_page_is_quarantined_and_the_others_are_done"),
    ),
    6: (
        "death after the answer, before the commit",
        (POINTS, "test_death_after_an_answer_buys_each_page_at_most_once_more"),
        (EXECUTOR, "test_answer_that_was_stored_before_a_crash_is_not_bought_again"),
        (EXECUTOR, "test_without_the_journal_the_same_crash_buys_twice"),
    ),
    7: ("death after the commit", (POINTS, "test_death_after_a_commit_is_no_loss")),
    8: (
        "death between the last page and the end of its batch",
        (POINTS, "test_death_between_the_last_page_and_the_end_is_seen_by_the_sweep"),
        (POINTS, "test_death_at_the_end_of_a_batch_ends_it_once_with_one_mail"),
    ),
    9: (
        "death between a mail and its mark",
        (POINTS, "test_mail_whose_sender_died_comes_again_under_the_same_id"),
    ),
    10: ("two beats at once", (WORKERS, "test_two_beats_at_once_do_everything_once")),
    11: (
        "beat away for an hour",
        (WORKERS, "test_beat_that_comes_back_finds_no_heap_of_old_ticks"),
        (EXECUTOR, "test_offline_batch_runs_from_submit_to_completed"),
        ("nimbus/tests/test_health.py", "test_red_two_minutes_after_the_last_tick"),
        ("batches/tests/test_doctor.py", "test_doctor_and_support_are_told_when_beat_was_last_heard_of"),
    ),
    12: ("broker restarted, empty", (SERVICES, "test_broker_that_was_emptied_is_told_again")),
    13: (
        "broker down",
        (SERVICES, "test_upload_and_submit_need_no_broker"),
        (SERVICES, "test_executor_needs_no_broker"),
        (SWEEP, "test_broker_that_is_down_fails_no_submit"),
    ),
    14: ("broker full", (SERVICES, "test_valkey_that_is_full_stops_nothing")),
    15: (
        "broker slow",
        (SERVICES, "test_valkey_that_hangs_holds_no_request_for_long"),
        (SERVICES, "test_broker_that_hangs_holds_no_submit_for_long"),
    ),
    16: (
        "database restarted",
        (SERVICES, "test_lost_connections_lose_no_page_and_burn_no_attempt"),
        ("nimbus/tests/test_services.py", "test_data_survives_a_killed_postmaster"),
    ),
    17: ("database down", (SERVICES, "test_database_that_is_away_is_waited_for")),
    18: ("no database connection left", (SERVICES, "test_api_without_a_database_asks_to_come_back")),
    19: ("deadlock", (SERVICES, "test_deadlock_is_tried_again_until_both_are_through")),
    20: (
        "statement timeout",
        (SERVICES, "test_statement_that_takes_too_long_is_503_and_leaves_nothing"),
    ),
    21: (
        "disk full",
        (SERVICES, "test_full_disk_is_503_and_leaves_no_half_file"),
        (SERVICES, "test_disk_without_room_is_said_so"),
    ),
    22: (
        "429 with Retry-After",
        (EXECUTOR, "test_retry_after_is_waited_out"),
        (GATES, "test_refusals_that_speak_close_the_key_for_their_retry_after"),
    ),
    23: (
        "429 of an empty account",
        (EXECUTOR, "test_empty_account_pauses_the_batch_without_burning_attempts"),
        (PROVIDER, "test_batch_goes_on_once_the_bill_is_paid"),
        (PROVIDER, "test_owner_is_told_once_of_each_pause_and_members_are_not"),
    ),
    24: (
        "storm of 5xx",
        (PROVIDER, "test_storm_of_errors_fails_no_page_and_burns_no_attempt_for_long"),
        (GATES, "test_breaker_opens_after_ten_failures_and_lets_one_call_look"),
    ),
    25: ("401", (PROVIDER, "test_key_that_is_turned_down_pauses_the_batch_and_burns_nothing")),
    26: (
        "hangs, resets, cut bodies",
        (PROVIDER, "test_lines_that_break_are_asked_again"),
        (GATES, "test_slow_answers_are_waited_for_and_hung_ones_given_up"),
    ),
    27: ("answer for another request", (PROVIDER, "test_answer_for_another_request_is_not_stored")),
    28: (
        "model retired",
        (PROVIDER, "test_model_that_is_gone_fails_the_pages_with_its_name_for_it"),
    ),
    32: (
        "messages ten times and in any order",
        (WORKERS, "test_every_task_delivered_ten_times_changes_nothing_more"),
    ),
    36: (
        "cancel, pause, delete, revoke meanwhile",
        (EXECUTOR, "test_cancelled_batch_ends_its_calls_soon"),
        (WORKERS, "test_who_lost_the_page_makes_no_second_call"),
        (WORKERS, "test_paused_batch_makes_no_second_call_and_keeps_what_it_bought"),
        (WORKERS, "test_project_that_is_deleted_while_it_runs_buys_nothing_more"),
        ("batches/tests/test_spending.py", "test_cap_pauses_the_batch_and_names_itself"),
        ("batches/tests/test_spending.py", "test_call_that_finds_no_room_is_not_in_the_journal"),
        ("projects/tests/test_authentication.py", "test_revoked_key_is_answered_401"),
    ),
    37: (
        "clock an hour wrong",
        (WORKERS, "test_worker_whose_clock_is_an_hour_wrong_keeps_its_leases_and_its_calls"),
    ),
    38: (
        "old and new code at once",
        (WORKERS, "test_every_task_is_known_and_takes_no_arguments"),
    ),
    39: (
        "page that kills its workers",
        (WORKERS, "test_poisonous_page_is_quarantined_and_the_others_are_done"),
        (SWEEP, "test_who_died_beside_a_poisonous_page_is_innocent"),
    ),
    40: (
        "one page beside ten thousand of somebody else",
        (LOAD, "test_single_page_beside_a_large_batch_is_done_soon_while_many_poll"),
        (CLAIMING, "test_small_organization_gets_its_place_beside_a_large_one"),
        (CLAIMING, "test_page_that_backs_off_is_left_alone"),
    ),
}  # fmt: skip
ROWS = {*range(1, 29), 32, *range(36, 41)}


@cache
def names_in(path):
    found = ast.walk(ast.parse((ROOT / path).read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_is_there():
    assert set(MATRIX) == ROWS


@pytest.mark.parametrize("row", sorted(MATRIX))
def test_row_has_tests_that_exist(row):
    _, *tests = MATRIX[row]

    assert tests
    assert [name for path, name in tests if not name.startswith("test_") or name not in names_in(path)] == []
