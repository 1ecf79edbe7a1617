"""What a store on PostgreSQL must do, and how stores move."""

from __future__ import annotations

from requirements import need

POSTGRES = {
    "P1": need(
        "On PostgreSQL concurrent adders of edges never commit a cycle.",
        "database",
        store_postgres_races="eight_adders_of_edges_never_commit_a_cycle",
    ),
    "P2": need(
        "Two that finish the last upstreams in step never leave a dependent waiting.",
        "database",
        store_postgres_races="two_finishers_in_step_never_leave_a_dependent_stuck",
    ),
    "P3": need(
        "No task is claimed twice, whatever the number of processes.",
        "database",
        store_postgres_races="sixteen_processes_never_claim_a_task_twice "
        "threads_lose_no_increment_on_one_row",
        property_claims_linearize=("histories_of_eight_threads_over_two_handles_are_linearizable"),
    ),
    "P4": need(
        "What the database undoes is done again; boards do not wait for each other.",
        "database",
        store_postgres_races="a_transaction_that_the_database_undid_is_done_again "
        "boards_do_not_wait_for_each_other",
    ),
    "P5": need(
        "A server that is away is a typed error; work goes on when it is back, and nothing "
        "acknowledged is lost.",
        "database",
        store_postgres_trouble=(
            "a_server_that_goes_away_is_a_typed_error_and_work_goes_on_when_it_is_back "
            "a_server_that_was_restarted_between_two_calls_is_not_noticed "
            "a_waiting_claim_outlives_the_server "
            "what_was_acknowledged_before_the_server_was_killed_is_there_and_nothing_twice "
            "a_killed_process_leaves_nothing_half_done_and_others_go_on "
            "a_server_that_lets_nobody_in_is_not_one_that_is_away "
            "a_server_that_is_full_lets_one_in_at_another_time"
        ),
    ),
    "P6": need(
        "Tables of another version, or of another program, are refused with a sentence.",
        "database",
        store_postgres_trouble="an_empty_database_is_refused_until_it_is_upgraded "
        "a_database_of_another_program_is_refused_and_left_alone "
        "another_schema_is_refused_at_the_door_and_by_a_server_that_is_running",
        store_postgres_schema="a_new_store_is_what_the_migrations_make "
        "an_older_database_is_upgraded_when_asked_and_wholly_or_not_at_all",
    ),
    "P7": need(
        "Whatever the calls, the board equals the model and the replay of its log there, too.",
        "database",
        property_board_machine="any_calls_keep_the_board_true_on_postgresql",
    ),
    "P8": need(
        "No message shows the database's password.",
        "database",
        store_postgres_trouble="no_message_shows_the_password "
        "a_password_that_is_not_encoded_is_not_shown",
        cli_db="a_server_that_is_away_is_one_sentence_without_the_password",
    ),
    "P9": need(
        "A copy between files and databases has the same rows, or nothing is copied.",
        "database",
        store_copying="a_copy_has_the_same_rows_and_work_goes_on_there "
        "a_target_that_holds_something_is_refused_and_left_alone a_copy_that_differs_is_undone",
    ),
    "P10": need(
        "A backup of either database is restored whole, and what was there is kept.",
        "database",
        store_copying="a_backup_of_either_database_is_restored_and_work_goes_on "
        "a_restored_file_takes_the_place_of_the_old_one_which_is_kept "
        "a_restore_that_is_killed_leaves_the_store_where_it_was "
        "the_log_of_a_store_that_was_moved_away_is_not_taken_for_the_backups "
        "what_is_no_backup_is_refused_and_the_store_stays",
    ),
    "P11": need(
        "Servers on one database are one service: a finish on one wakes who waits at another, and "
        "what was claimed through one is finished through another.",
        "database",
        server_shared="a_finish_on_one_server_wakes_a_waiting_claim_on_the_other "
        "what_was_claimed_through_a_server_that_died_is_finished_through_the_other",
    ),
    "P12": need(
        "A closed store has no connection left.",
        "database",
        store_postgres_trouble="a_closed_store_leaves_no_connection_open "
        "a_feed_that_may_not_listen_keeps_no_connection",
    ),
    "P13": need(
        "Doctor reads every row of a database, and names what is damaged, missing or switched off.",
        "database",
        store_postgres_soundness="a_database_as_it_was_made_is_sound "
        "what_is_missing_or_switched_off_is_named "
        "a_damaged_page_is_found_and_the_other_tables_are_looked_at",
    ),
    "P14": need(
        "Questions travel together: a claim and a finish wait seldom, and never get an old answer.",
        "database",
        store_postgres_round_trips="a_claim_and_a_finish_wait_seldom "
        "questions_asked_ahead_are_sent_once_and_answered_by_one_wait "
        "a_change_makes_what_was_asked_ahead_forgotten "
        "what_is_asked_ahead_is_read_behind_the_row_that_is_taken_first",
    ),
    "P15": need(
        "A pooler that keeps sessions is as good as the server; one that lends them is refused.",
        "database",
        store_postgres_session="through_a_pooler_by_session_a_finish_wakes_a_waiting_claim "
        "a_session_of_its_own_is_set_up_and_behind_a_pooler_it_is_asked_for "
        "a_session_that_another_connection_meets_is_refused_and_left_as_it_was "
        "a_pooler_that_lends_sessions_is_refused_with_what_to_do "
        "a_pooler_whose_connections_are_all_in_use_is_away_for_a_moment",
    ),
    "P16": need(
        "Work goes on at the new primary without a restart.",
        "database",
        store_postgres_found="a_connection_that_leads_to_a_former_primary_is_left_for_a_new_one "
        "hosts_none_of_which_is_the_primary_yet_are_away_for_a_moment",
    ),
    "P17": need(
        "A role with the documented rights works, in whatever schema and with whatever settings "
        "of the database; an encoding that cannot hold texts is refused.",
        "database",
        store_postgres_found="one_role_makes_the_tables_and_another_works_on_them "
        "two_stores_in_one_database_have_nothing_in_common settings_of_a_database_change_nothing "
        "a_database_of_another_encoding_is_refused_before_it_has_tables",
    ),
}
