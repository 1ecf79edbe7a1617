"""The bar for reliability and security, as far as tests of this repository show it."""

from __future__ import annotations

from requirements import Requirement, need

BAR: dict[str, Requirement] = {
    "R01": need(
        "Claim torture: sixteen processes with random deaths; every task done exactly once.",
        "bar R01",
        e2e_kill="sixteen_processes_with_random_deaths_do_every_task_once "
        "sixteen_processes_with_many_deaths_do_twenty_thousand_tasks_once",
    ),
    "R02": need(
        "After torture and after every property run the log replays to the tables.",
        "bar R02",
        e2e_kill="killed_writers_lose_nothing_acknowledged",
        operations_verify="whatever_the_verbs_do_the_tables_equal_the_replay_of_the_log",
    ),
    "R03": need(
        "Recorded histories are linearizable, and a planted bug is caught.",
        "bar R03",
        property_claims_linearize="a_hundred_histories_are_linearizable "
        "a_task_that_is_handed_out_twice_is_noticed "
        "the_checker_refuses_impossible_histories",
    ),
    "R04": need(
        "A state machine drives every operation against a naive model.",
        "bar R04",
        property_board_machine="any_calls_by_sessions_with_one_lease_each_keep_the_board_true "
        "any_calls_by_sessions_with_several_leases_keep_the_board_true",
    ),
    "R05": need(
        "Every order of a few calls of three agents on a small plan keeps the board true.",
        "bar R05",
        property_every_interleaving="every_order_of_few_calls_keeps_the_board_true "
        "every_order_of_many_calls_keeps_the_board_true a_lease_that_outlives_its_end_is_found",
    ),
    "R06": need(
        "Calls lost, doubled or late, crashes and kills, by seed: the plan comes to its end.",
        "bar R06",
        property_simulation="lost_doubled_and_late_calls_crashes_and_kills_leave_the_board_true "
        "a_hundred_long_stories_leave_the_board_true "
        "the_same_seed_tells_the_same_story_and_some_tell_of_every_kind_of_trouble "
        "the_simulation_finds_a_planted_bug",
    ),
    "R07": need(
        "Whichever write or flush fails, its call is whole or absent, typed, and works again.",
        "bar R07",
        e2e_every_write_fails="a_call_is_whole_or_absent_whichever_write_fails",
    ),
    "R08": need(
        "A full disk is a typed error without half a change, and passes without a restart.",
        "bar R08",
        e2e_store_in_trouble="a_full_disk_is_said_and_the_same_calls_succeed_when_there_is_room "
        "a_board_on_a_small_disk_fills_it_and_recovers",
        store_failures="a_rollback_by_a_full_disk_fails_the_whole_batch_and_stores_nothing",
    ),
    "R09": need(
        "A store held by somebody else: short holds are waited for, long ones are StoreBusy, reads "
        "go on.",
        "bar R09",
        store_failures="a_store_held_too_long_is_busy_and_readable_meanwhile "
        "a_write_waits_for_a_short_hold",
        e2e_store_in_trouble="a_locked_store_is_busy_and_the_same_request_succeeds_once_afterwards",
    ),
    "R10": need(
        "Clocks: time never runs backwards, a sleeping laptop expires nobody at once.",
        "bar R10",
        store_promises="time_never_runs_backwards_even_over_a_restart",
        store_writes="time_goes_on_after_the_wall_clock_was_set_back "
        "time_goes_on_for_processes_that_each_live_for_a_moment",
        operations_expiry="after_a_gap_of_all_calls_expiry_is_put_off_by_two_minutes",
    ),
    "R11": need(
        "Damage and foreign files are detected with one sentence; doctor fails on them.",
        "bar R11",
        store_failures="a_file_that_is_no_database_is_corrupt "
        "a_database_of_another_program_is_refused_and_left_alone",
        cli_surroundings="doctor_fails_on_a_board_that_somebody_changed_by_hand "
        "doctor_fails_on_a_file_that_is_no_store",
    ),
    "R12": need(
        "Killed between commit and reply: the repeated call gets the first reply, done once.",
        "bar R12",
        e2e_killed_before_the_reply="a_call_whose_reply_was_lost_is_answered_again_and_done_once "
        "a_client_of_a_server_that_died_before_its_reply_repeats_the_call",
    ),
    "R13": need(
        "A client that gives up waiting holds nothing.",
        "bar R13",
        server_http="a_client_that_gives_up_waiting_holds_nothing",
        server_presence="a_client_of_the_older_protocol_that_is_gone_waits_no_more",
        server_waiting="a_stdio_client_that_gives_up_waiting_holds_nothing "
        "a_cancelled_wait_leaves_no_lease",
    ),
    "R14": need(
        "A thousand calls wait on one server: one task serves exactly one, many serve all in "
        "seconds.",
        "bar R14",
        benchmarks_benchmarks_run="one_task_wakes_one_of_those_who_wait_and_many_wake_all "
        "a_thousand_who_wait_are_served_in_seconds_by_a_small_server",
        server_waiting="a_new_call_passes_those_whom_a_change_has_woken",
    ),
    "R14-lone": need(
        "A lone claim, check or finish takes no thread; whatever may hold up others does.",
        "bar R14",
        server_at_once="a_lone_claim_check_and_finish_take_no_thread "
        "calls_that_come_together_take_threads "
        "others_are_answered_while_another_process_keeps_a_claim_waiting",
        store_writes="at_once_begins_nothing_while_another_process_may_write "
        "at_once_begins_nothing_while_another_caller_writes",
        store_flush="nothing_is_done_at_once_on_a_slow_disk_until_it_is_quick_again "
        "what_is_done_at_once_is_flushed_too",
    ),
    "R15": need(
        "No wake-up is lost between a look and a wait.",
        "bar R15",
        operations_waiting="no_wake_up_is_lost_in_three_hundred_races_between_finish_and_wait",
        store_feed="a_commit_racing_with_the_wait_is_not_lost",
    ),
    "R16": need(
        "No input kills the server or shows a traceback.",
        "bar R16",
        server_stdio="no_line_can_kill_it_or_make_it_show_a_traceback "
        "nothing_but_the_protocol_is_on_stdout "
        "whoever_sends_what_cannot_be_served_is_told_what_is_wrong "
        "a_host_that_does_not_read_fills_no_memory",
        server_any_message="every_request_over_stdio_is_answered_once "
        "every_request_over_http_is_answered",
        server_explaining="a_request_that_does_not_fit_is_told_why "
        "a_request_before_the_handshake_is_told_to_begin_with_it",
        server_http="a_broken_body_is_an_error_without_a_traceback "
        "a_client_that_leaves_within_its_request_is_no_error",
    ),
    "R17": need(
        "Circles of a thousand and chains of ten thousand need no recursion.",
        "bar R17",
        graph_cycles="a_chain_of_ten_thousand_needs_no_recursion",
        operations_add="a_circle_of_a_thousand_is_found_and_shortened",
        operations_cancel="a_chain_of_a_thousand_is_cancelled_without_recursion",
    ),
    "R18": need(
        "Both protocol eras and all transports answer the same.",
        "bar R18",
        server_tools="every_tool_answers_the_same_in_both_eras_and_on_all_transports",
    ),
    "R19": need(
        "An older store is upgraded, a newer one refused with a sentence everywhere.",
        "bar R19",
        store_schema="an_older_store_is_backed_up_and_upgraded "
        "a_migration_that_fails_changes_nothing",
        store_store_of_0_1_0="it_is_upgraded_and_sound what_it_was_lies_beside_it "
        "its_tables_are_those_of_a_new_store the_plan_is_worked_to_its_end",
        store_store_upgrade="nobody_edits_a_migration_that_is_out "
        "a_store_that_has_the_tables_already_gets_the_number "
        "the_store_of_a_build_in_between_is_refused_and_left_alone "
        "a_kill_leaves_the_old_store_or_the_new_one "
        "a_disk_that_is_full_meanwhile_leaves_the_old_store",
        e2e_store_in_trouble="a_newer_store_is_refused_by_the_python_api "
        "a_newer_store_is_refused_by_the_command_with_a_sentence "
        "a_newer_store_is_refused_by_a_tool_call_with_a_sentence "
        "a_store_that_is_upgraded_under_a_running_server_is_not_written_to",
    ),
    "R20": need(
        "Half an hour of mixed load: memory, descriptors and the write-ahead log stay flat.",
        "bar R20",
        benchmarks_benchmarks_run="under_mixed_load_neither_the_log_nor_the_descriptors_grow "
        "half_an_hour_of_mixed_load_makes_nothing_grow",
    ),
    "R21": need(
        "The server stops at once on end of input and on signals, open streams and all.",
        "bar R21",
        server_stdio="it_stops_at_once_with_streams_and_waits_open "
        "it_stops_on_a_signal_before_any_message",
        server_http="it_stops_with_an_open_listen_stream_and_a_waiting_claim",
    ),
    "R22": need(
        "Only loopback and known origins over HTTP; hostile text stays data; files are private.",
        "bar R22",
        server_http="a_foreign_host_name_is_refused a_foreign_origin_is_refused "
        "only_loopback_is_served_without_tokens a_body_over_the_limit_is_refused",
        server_hostile_text="hostile_text_comes_back_only_inside_json_strings",
        cli_output="stored_text_cannot_act_on_the_terminal",
        store_processes="the_files_are_for_their_owner_only",
    ),
    "S05": need(
        "A replayed lease or request has the first effect only, and only for its own credential.",
        "security S05",
        operations_finish="a_repeated_finish_gives_the_first_reply_and_changes_nothing",
        operations_fencing="an_older_lease_of_the_same_session_is_over_too",
        server_access="another_credential_can_use_neither_session_nor_lease",
    ),
    "S06": need(
        "The package reaches out for nothing but the keys of an identity provider.",
        "security S06",
        server_outbound="only_an_identity_providers_keys_are_fetched",
    ),
    "S08": need(
        "No stored text reaches the list of tools, an error or anything but JSON strings.",
        "security S08",
        server_tools="the_list_is_pinned_so_that_no_stored_text_can_reach_it",
        server_hostile_text="hostile_text_comes_back_only_inside_json_strings "
        "hostile_arguments_are_not_echoed_by_errors",
    ),
    "S09": need(
        "A resource's address is a key or it is nothing: no file is read by one.",
        "security S09",
        server_resources="an_unknown_resource_is_not_found",
    ),
    "S12": need(
        "No text reaches a shell, a statement or the terminal as anything but text.",
        "security S12",
        server_outbound="no_text_reaches_a_shell_or_an_interpreter",
        operations_join="a_name_that_looks_like_sql_or_markup_is_only_a_name",
        cli_output="stored_text_cannot_act_on_the_terminal",
    ),
    "S13": need(
        "The log cannot be changed, a secret can be struck out of it, and archives are chained.",
        "security S13",
        store_promises="append_only_tables_refuse_changes_unless_redacting",
        operations_redact="the_log_is_append_only_again_afterwards",
        operations_archive="a_changed_archive_is_noticed",
    ),
    "S14": need(
        "An installation brings this package and what it names, runs no code by itself, and calls "
        "nobody.",
        "security S14",
        docs_supply_chain="a_wheel_holds_the_package_and_nothing_that_runs_at_its_installation "
        "a_build_runs_no_code_of_this_repository "
        "every_dependency_comes_by_its_name_with_a_lowest_version "
        "every_import_is_of_a_dependency_that_is_named_or_brought_by_one",
        docs_docs="every_dependency_has_its_line_in_the_architecture",
        server_outbound="only_an_identity_providers_keys_are_fetched",
    ),
}
