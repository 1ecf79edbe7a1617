"""What one server for many machines must do: identities, boards, limits."""

from __future__ import annotations

from requirements import need

SHARED = {
    "H1": need(
        "Over HTTP a bearer token says who calls; without a valid one nothing is read or written.",
        "security S02",
        cli_surroundings="a_token_is_not_made_for_all_boards_where_one_was_named",
        server_access="no_token_or_a_wrong_one_is_told_how_to_get_in "
        "an_expired_or_revoked_token_opens_nothing_at_once "
        "a_server_that_nobody_could_enter_does_not_start",
        server_presence="what_a_token_has_open_ends_when_it_is_revoked",
        server_http="only_loopback_is_served_without_tokens",
    ),
    "H2": need(
        "A token is shown once; the store keeps a digest, and no log shows it.",
        "security S04",
        operations_access="nothing_of_a_token_that_could_be_used_is_stored",
        server_access="no_token_reaches_the_log",
    ),
    "H3": need(
        "Rights and boards come from the token alone; absent and foreign boards look the same.",
        "security S03, S07",
        server_access="rights_come_from_the_token "
        "a_board_that_is_absent_and_one_that_is_foreign_look_the_same "
        "boards_of_one_server_share_nothing",
        operations_access="a_token_opens_what_it_was_made_for",
    ),
    "H3-statements": need(
        "What only one board has is counted and shown nowhere on another of the same store.",
        "security S07",
        operations_two_boards="an_agent_of_another_board_is_nobody_to_hand_on_to "
        "the_next_moment_is_one_of_this_board the_critical_path_stays_on_this_board "
        "what_waits_for_review_elsewhere_is_not_stuck_here "
        "who_has_the_capability_on_another_board_does_not_man_this_one "
        "the_paths_of_another_boards_active_task_are_not_claimed_here "
        "what_agents_of_another_board_hold_is_shown_there_only "
        "what_people_set_on_another_board_is_no_difference_here "
        "a_join_ends_no_idle_session_of_another_board "
        "a_task_that_needs_a_cancelled_one_is_stuck_on_its_own_board "
        "a_wait_has_news_of_its_own_board_only",
        store_query_plans="a_hot_statement_reads_through_an_index",
    ),
    "H4": need(
        "A session and its leases belong to the credential that joined it.",
        "security S04",
        server_access="another_credential_can_use_neither_session_nor_lease "
        "an_older_connection_belongs_to_the_token_that_opened_it",
    ),
    "H5": need(
        "A flood is told when to come again, guessing is slowed down, and others are served.",
        "security S11",
        server_access="a_flood_is_told_when_to_come_again "
        "strangers_who_guess_are_slowed_down a_bucket_fills_again_with_time",
        server_burst="a_burst_is_answered_or_told_when_to_come_again "
        "a_burst_of_a_hundred_thousand_calls_is_withstood "
        "a_credential_cannot_open_connections_without_end a_connection_that_is_not_used_ends",
    ),
    "H6": need(
        "Host and Origin are checked at every address, whatever the token.",
        "security S01",
        server_access="a_valid_token_does_not_help_a_foreign_page "
        "host_and_origin_are_checked_wherever_it_listens "
        "an_address_that_others_reach_is_known_by_few_names "
        "names_of_hosts_are_the_same_in_capitals",
    ),
    "H7": need(
        "An identity provider's token counts only if it is meant for this server.",
        "design 7",
        server_oauth="a_token_of_the_provider_for_this_server_opens_it "
        "the_log_says_what_a_token_lacks_that_is_valid "
        "a_token_that_is_not_meant_for_this_server_opens_nothing "
        "a_token_signed_by_somebody_else_opens_nothing the_claims_limit_it_to_boards",
    ),
    "H8": need(
        "Programs without MCP read events as they happen, go on where they were cut off, and are "
        "held to the same rights.",
        "design 7",
        server_events="events_of_another_process_arrive_with_their_revision "
        "a_client_that_was_cut_off_goes_on_where_it_was "
        "more_events_than_a_page_holds_arrive_all "
        "a_stream_from_an_archived_revision_is_refused_and_one_from_its_end_is_not "
        "a_slow_read_of_the_store_for_a_stream_holds_up_nobody "
        "the_server_stops_with_an_open_stream "
        "a_token_opens_the_streams_and_figures_of_its_boards_only",
    ),
    "H9": need(
        "Health and figures tell who runs the server what is wrong, and no text of any task.",
        "design 7",
        server_events="health_says_whether_the_store_can_be_read "
        "figures_count_calls_and_tasks_and_name_no_text",
    ),
    "H9a": need(
        "A program that sets OpenTelemetry up gets a span of every call, without texts or secrets.",
        "design 7",
        server_spans="every_call_is_a_span_with_its_outcome_and_without_texts",
    ),
    "H10": need(
        "Calls that wait are bounded per session and in all.",
        "security S10",
        server_events="one_session_cannot_wait_without_end",
    ),
    "H11": need(
        "A server that is told to stop ends within 3 s, and what it acknowledged is stored.",
        "design 7",
        server_stops_writing="servers_of_both_kinds_have_less_than_three_seconds_to_end "
        "http_ends_in_time_and_all_that_it_acknowledged_is_stored "
        "stdio_ends_in_time_and_all_that_it_acknowledged_is_stored",
        server_http="it_stops_with_an_open_listen_stream_and_a_waiting_claim "
        "it_stops_cleanly_on_a_signal_that_comes_while_it_starts",
    ),
    "H12": need(
        "While the database is away a server says so, and serves again when it is back.",
        "database",
        server_database_away="calls_are_refused_with_a_reason_while_it_is_away_and_served_after",
        server_resources="a_change_that_came_while_the_store_was_away_is_seen",
    ),
    "H13": need(
        "While an identity provider cannot be asked its tokens are not called wrong.",
        "design 7",
        server_oauth="while_the_provider_cannot_be_asked_no_token_is_called_wrong "
        "a_good_token_is_not_called_unknown_when_the_provider_goes_away",
    ),
}
